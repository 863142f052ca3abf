from __future__ import annotations

from typing import Sequence

import pytest
from pants.backend.python.dependency_inference import rules as python_inference
from pants.backend.python.target_types import (
    InterpreterConstraintsField,
    PythonRequirementTarget,
    PythonSourcesGeneratorTarget,
)
from pants.backend.python.target_types_rules import rules as python_target_rules
from pants.engine.addresses import Address, Addresses
from pants.engine.rules import QueryRule
from pants.engine.target import DependenciesRequest
from pants.testutil.rule_runner import RuleRunner

from version_matrix.stanza import import_inference, target_generation
from version_matrix.stanza.stanza_fields import MatrixTestDependenciesField
from version_matrix.stanza.targets import MatrixCellTarget, MatrixTestFileTarget, MatrixTestsTarget

STANZA = "python_matrix_tests(name='matrix', package='httpx[http2]>=0.16'{})\n"
TEST = "import httpx._client.deep\nimport h2\nimport pytest\nfrom lib.core import thing\n"
FILES = {
    "lib/BUILD": "python_sources(interpreter_constraints=['>=3.9'])\n",
    "lib/__init__.py": "",
    "lib/core.py": "",
    "tests/BUILD": STANZA.format(""),
    "tests/test_it.py": TEST,
    "tests/matrix/0.28.1.lock": "h2==4.1.0\nhttpx==0.28.1\npytest==8.0\n",
}


@pytest.fixture
def rule_runner(monkeypatch: pytest.MonkeyPatch) -> RuleRunner:
    # Where it is set, Pants brings constraints of its own.
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    runner = RuleRunner(
        rules=[
            *import_inference.rules(),
            *target_generation.rules(),
            *python_inference.rules(),
            *python_target_rules(),
            QueryRule(Addresses, [DependenciesRequest]),
        ],
        target_types=[
            MatrixTestsTarget,
            MatrixTestFileTarget,
            MatrixCellTarget,
            PythonRequirementTarget,
            PythonSourcesGeneratorTarget,
        ],
    )
    runner.write_files(FILES)
    return runner


def dependencies(rule_runner: RuleRunner, *options: str) -> Sequence[str]:
    rule_runner.set_options(options, env_inherit={"PATH"})
    test = rule_runner.get_target(
        Address("tests", target_name="matrix", relative_file_path="test_it.py")
    )
    request = DependenciesRequest(test[MatrixTestDependenciesField])
    return [address.spec for address in rule_runner.request(Addresses, [request])]


def test_what_cells_install_wants_no_owner(
    rule_runner: RuleRunner, caplog: pytest.LogCaptureFixture
) -> None:
    assert dependencies(rule_runner) == ["lib/core.py"]
    assert caplog.messages == []


def test_nor_before_anything_is_locked(
    rule_runner: RuleRunner, caplog: pytest.LogCaptureFixture
) -> None:
    rule_runner.write_files({"tests/matrix/0.28.1.lock": ""})
    assert dependencies(rule_runner) == ["lib/core.py"]
    assert caplog.messages == []


def test_where_it_has_an_owner_that_is_who_it_was(
    rule_runner: RuleRunner, caplog: pytest.LogCaptureFixture
) -> None:
    requirements = "python_requirement(name='{0}', requirements=['{0}'])\n"
    rule_runner.write_files(
        {"3rdparty/BUILD": requirements.format("httpx") + requirements.format("pytest")}
    )
    assert dependencies(rule_runner) == ["3rdparty:httpx", "3rdparty:pytest", "lib/core.py"]
    assert caplog.messages == []


def test_what_they_do_not_install_wants_one(
    rule_runner: RuleRunner, caplog: pytest.LogCaptureFixture
) -> None:
    more = "import elsewhere\nimport lob.core\n"
    rule_runner.write_files({"tests/test_it.py": f"{TEST}{more}"})
    dependencies(rule_runner)
    (told,) = caplog.messages
    assert "elsewhere (line: 5)" in told and "lob.core (line: 6)" in told
    assert "httpx" not in told and "h2" not in told and "pytest" not in told


def test_what_pants_is_told_to_ignore_is_ignored(
    rule_runner: RuleRunner, caplog: pytest.LogCaptureFixture
) -> None:
    rule_runner.write_files({"tests/test_it.py": "import elsewhere.deep\n"})
    assert dependencies(rule_runner, "--python-infer-ignored-unowned-imports=['elsewhere']") == []
    assert dependencies(rule_runner, "--python-infer-unowned-dependency-behavior=ignore") == []
    assert dependencies(rule_runner, "--no-python-infer-imports") == []
    assert caplog.messages == []


def test_dependencies_that_the_stanza_names(rule_runner: RuleRunner) -> None:
    named = ", dependencies=['lib/__init__.py', '!lib/core.py']"
    rule_runner.write_files({"tests/BUILD": STANZA.format(named)})
    assert dependencies(rule_runner) == ["lib/__init__.py"]


@pytest.mark.parametrize(
    "stanza, option, expected",
    [
        ("", [], ("CPython>=3.9,<3.14",)),
        (", python='>=3.10'", [], ("CPython>=3.10,<3.14",)),
        # What some releases want says nothing of the others.
        (", python={'*': '<3.13', '>=2': '>=3.12'}", [], ("CPython>=3.9,<3.11",)),
        (", python='>=4'", [], None),
        (", interpreter_constraints=['CPython==3.11.*']", [], ("CPython==3.11.*",)),
        ("", ["--python-interpreter-constraints=['>=3.8']"], None),
        # Of other builds, and of what `generate-matrix` refuses.
        (
            "",
            ["--version-matrix-target-pythons=['3.14.2t', 'pypy3.11.13']"],
            ("CPython>=3.11,<3.15",),
        ),
        (
            ", python='<3.12'",
            ["--version-matrix-target-pythons=['3.14.2t', 'pypy3.11.13']"],
            ("CPython>=3.11,<3.12",),
        ),
        ("", ["--version-matrix-target-pythons=['3.1', '3.12.1', 'x']"], ("CPython>=3.12,<3.13",)),
    ],
)
def test_what_test_files_run_on_where_nobody_says_it(
    rule_runner: RuleRunner, stanza: str, option: list[str], expected: tuple[str, ...] | None
) -> None:
    pythons = "--version-matrix-target-pythons=['3.13.0', '3.10.1', '3.9.18']"
    rule_runner.set_options([pythons, *option])
    rule_runner.write_files({"tests/BUILD": STANZA.format(stanza)})
    target = rule_runner.get_target(
        Address("tests", target_name="matrix", relative_file_path="test_it.py")
    )
    assert target[InterpreterConstraintsField].value == expected
