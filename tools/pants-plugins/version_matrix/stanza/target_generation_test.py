from __future__ import annotations

import json
from textwrap import dedent
from typing import Any

import pytest
from pants.base.specs import RawSpecs, RecursiveGlobSpec
from pants.build_graph.address import AddressInput
from pants.engine.addresses import Address, Addresses
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.rules import QueryRule
from pants.engine.target import (
    GeneratedTargets,
    GenerateTargetsRequest,
    SourcesPaths,
    SourcesPathsRequest,
    Tags,
    Target,
)
from pants.testutil.rule_runner import RuleRunner
from pants.util.docutil import bin_name

from version_matrix.stanza import target_generation
from version_matrix.stanza.cell_fields import (
    CellDependenciesField,
    CellKnownFailureField,
    CellKnownFailureUntilField,
    CellLockField,
    CellProblemField,
    CellPythonField,
    CellSourcesField,
    CellTierField,
    CellUnresolvableField,
    CellVersionField,
    SkipOutsideCellsField,
)
from version_matrix.stanza.stanza_fields import MatrixSdistsField
from version_matrix.stanza.suite import Rule, Suite
from version_matrix.stanza.target_generation import GenerateMatrixTargets
from version_matrix.stanza.targets import (
    MatrixCellTarget,
    MatrixTestFileTarget,
    MatrixTestsTarget,
    suite_of,
)

FOLDER = "lib/tests/httpx"
GENERATOR = Address(FOLDER, target_name="matrix")

STANZA = """\
python_matrix_tests(
    name="matrix",
    package="httpx>=0.16",
    known_failures={
        "==0.16.*": {"reason": "too old", "until": "2027-01-31", "python": "<3.9"},
        "==0.28.1": "too new",
    },
    sdists=["Some_Old.Project"],
    tags=["slow"],
    timeout=60,
    extra_env_vars=["PATH"],
)
"""

SAMPLES = [
    {"version": "0.16.1", "tier": "lowest", "pythons": ["3.8", "3.12"], "lock": "sha256:0"},
    {"version": "0.28.1", "tier": "latest", "pythons": ["3.12"], "lock": "sha256:1"},
]


def samples_json(samples: Any) -> str:
    return json.dumps({"samples": samples, "snapshot": ""})


FILES = {
    f"{FOLDER}/BUILD": STANZA,
    f"{FOLDER}/test_one.py": "",
    f"{FOLDER}/test_two.py": "",
    f"{FOLDER}/helper.py": "",
    f"{FOLDER}/matrix/samples.json": samples_json(SAMPLES),
    f"{FOLDER}/matrix/releases.jsonl": "",
    f"{FOLDER}/matrix/0.16.1.lock": "httpx==0.16.1\n",
    f"{FOLDER}/matrix/0.28.1.lock": "httpx==0.28.1\n",
}


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[
            *target_generation.rules(),
            QueryRule(Address, [AddressInput]),
            QueryRule(Addresses, [RawSpecs]),
            QueryRule(GeneratedTargets, [GenerateMatrixTargets]),
            QueryRule(SourcesPaths, [SourcesPathsRequest]),
        ],
        target_types=[MatrixTestsTarget, MatrixTestFileTarget, MatrixCellTarget],
    )
    runner.write_files(FILES)
    return runner


def addresses(rule_runner: RuleRunner) -> list[str]:
    everything = RawSpecs(recursive_globs=(RecursiveGlobSpec(""),), description_of_origin="tests")
    return sorted(a.spec for a in rule_runner.request(Addresses, [everything]))


def cell(rule_runner: RuleRunner, version: str, python: str | None = None) -> Target:
    address = GENERATOR.create_generated(version)
    return rule_runner.get_target(address.parametrize({"python": python}) if python else address)


def cells(rule_runner: RuleRunner) -> list[str]:
    return [spec for spec in addresses(rule_runner) if "#" in spec]


# ------------------------------------------------------------------------------------------
# What a stanza makes
# ------------------------------------------------------------------------------------------


def test_a_target_for_each_test_file_and_one_for_each_cell(rule_runner: RuleRunner) -> None:
    assert addresses(rule_runner) == [
        "lib/tests/httpx/test_one.py:matrix",
        "lib/tests/httpx/test_two.py:matrix",
        "lib/tests/httpx:matrix",
        "lib/tests/httpx:matrix#0.16.1@python=3.12",
        "lib/tests/httpx:matrix#0.16.1@python=3.8",
        "lib/tests/httpx:matrix#0.28.1@python=3.12",
    ]


@pytest.mark.parametrize("version", ["1!2.0", "1.0+local.1", "1.0rc1", "1.0.post1"])
def test_an_address_of_any_version_can_be_typed(rule_runner: RuleRunner, version: str) -> None:
    sample = {"version": version, "tier": "latest", "pythons": ["3.12"], "lock": "sha256:0"}
    rule_runner.write_files({f"{FOLDER}/matrix/samples.json": samples_json([sample])})
    (spec,) = cells(rule_runner)
    typed = AddressInput.parse(spec, description_of_origin="a command line")
    address = rule_runner.request(Address, [typed])
    assert rule_runner.get_target(address)[CellVersionField].value == version
    assert rule_runner.get_target(address)[CellLockField].value is None


def test_a_cell_knows_its_lock_its_tests_and_its_place_in_the_matrix(
    rule_runner: RuleRunner,
) -> None:
    target = cell(rule_runner, "0.16.1", "3.8")
    assert target[CellVersionField].value == "0.16.1"
    assert target[CellTierField].value == "lowest"
    assert target[CellPythonField].value == "3.8"
    assert target[CellLockField].value == f"{FOLDER}/matrix/0.16.1.lock"
    assert target[CellProblemField].value is None
    assert target[MatrixSdistsField].value == ("some-old-project",)
    sources = rule_runner.request(SourcesPaths, [SourcesPathsRequest(target[CellSourcesField])])
    assert sources.files == (
        f"{FOLDER}/matrix/0.16.1.lock",
        f"{FOLDER}/test_one.py",
        f"{FOLDER}/test_two.py",
    )
    assert target[CellDependenciesField].value == (
        f"{FOLDER}/test_one.py:matrix",
        f"{FOLDER}/test_two.py:matrix",
    )


def test_tags_select_and_those_of_the_stanza_stay(rule_runner: RuleRunner) -> None:
    tags = cell(rule_runner, "0.16.1", "3.8")[Tags].value
    assert tags == ("slow", "tier:lowest", "package:httpx", "python:3.8")
    file = rule_runner.get_target(
        Address(FOLDER, target_name="matrix", relative_file_path="test_one.py")
    )
    assert file[Tags].value == ("slow",)


def test_what_is_for_running_goes_to_cells_and_what_is_for_reading_to_files(
    rule_runner: RuleRunner,
) -> None:
    target = cell(rule_runner, "0.28.1", "3.12")
    own = {field.alias: field.value for field in target.field_values.values()}
    assert own["timeout"] == 60
    assert own["extra_env_vars"] == ("PATH",)
    file = rule_runner.get_target(
        Address(FOLDER, target_name="matrix", relative_file_path="test_one.py")
    )
    # The native runner leaves it to the cells.
    assert file[SkipOutsideCellsField].value is True


@pytest.mark.parametrize(
    "version, python, reason, until",
    [
        ("0.16.1", "3.8", "too old", "2027-01-31"),
        ("0.16.1", "3.12", None, None),
        ("0.28.1", "3.12", "too new", None),
    ],
)
def test_known_failures_are_those_of_the_cells_they_cover(
    rule_runner: RuleRunner, version: str, python: str, reason: str | None, until: str | None
) -> None:
    target = cell(rule_runner, version, python)
    assert target[CellKnownFailureField].value == reason
    assert target[CellKnownFailureUntilField].value == until


def test_a_suite_of_a_library_s_own_requirements(rule_runner: RuleRunner) -> None:
    rule_runner.write_files(
        {
            "own/BUILD": "python_matrix_tests(name='floors')",
            "own/test_own.py": "",
            "own/floors/samples.json": samples_json(
                [{"version": "lowest", "tier": "lowest", "pythons": ["3.9"], "lock": ""}]
            ),
            "own/floors/lowest.lock": "",
        }
    )
    address = Address("own", target_name="floors", generated_name="lowest")
    target = rule_runner.get_target(address.parametrize({"python": "3.9"}))
    assert target[Tags].value == ("tier:lowest", "python:3.9")
    assert target[CellProblemField].value is None


def test_a_suite_may_stand_in_the_build_file_of_the_root(rule_runner: RuleRunner) -> None:
    rule_runner.write_files(
        {
            "BUILD": "python_matrix_tests(name='matrix', package='httpx')",
            "test_root.py": "",
            "matrix/samples.json": samples_json(SAMPLES[1:]),
            "matrix/0.28.1.lock": "",
        }
    )
    address = Address("", target_name="matrix", generated_name="0.28.1")
    target = rule_runner.get_target(address.parametrize({"python": "3.12"}))
    assert target[CellProblemField].value is None
    assert target[CellLockField].value == "matrix/0.28.1.lock"
    assert suite_of(rule_runner.get_target(Address("", target_name="matrix"))).folder == "matrix"


def test_two_suites_of_a_folder_have_files_and_cells_of_their_own(rule_runner: RuleRunner) -> None:
    rule_runner.write_files(
        {
            f"{FOLDER}/BUILD": dedent("""\
                python_matrix_tests(name="matrix", package="httpx", sources=["test_one.py"])
                python_matrix_tests(name="other", package="h2", sources=["test_two.py"])
                """),
            f"{FOLDER}/other/samples.json": samples_json(SAMPLES[1:]),
            f"{FOLDER}/other/0.28.1.lock": "",
        }
    )
    assert addresses(rule_runner) == [
        "lib/tests/httpx/test_one.py:matrix",
        "lib/tests/httpx/test_two.py:other",
        "lib/tests/httpx:matrix",
        "lib/tests/httpx:matrix#0.16.1@python=3.12",
        "lib/tests/httpx:matrix#0.16.1@python=3.8",
        "lib/tests/httpx:matrix#0.28.1@python=3.12",
        "lib/tests/httpx:other",
        "lib/tests/httpx:other#0.28.1@python=3.12",
    ]


# ------------------------------------------------------------------------------------------
# What cannot run stays visible
# ------------------------------------------------------------------------------------------


def command() -> str:
    return f"`{bin_name()} generate-matrix //{FOLDER}:matrix`"


def test_a_suite_that_was_never_generated_is_a_cell_that_says_so() -> None:
    runner = RuleRunner(
        rules=[*target_generation.rules(), QueryRule(Addresses, [RawSpecs])],
        target_types=[MatrixTestsTarget, MatrixTestFileTarget, MatrixCellTarget],
    )
    runner.write_files({f"{FOLDER}/BUILD": STANZA, f"{FOLDER}/test_one.py": ""})
    assert cells(runner) == [f"{FOLDER}:matrix#not-generated"]
    assert cell(runner, "not-generated")[CellProblemField].value == (
        f"{FOLDER}:matrix has no {FOLDER}/matrix/samples.json yet. Run {command()}."
    )


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> feature\n",
        samples_json([SAMPLES[0], SAMPLES[0]]),
        samples_json([{**SAMPLES[0], "version": "../../escape"}]),
        b"\xff\xfe".decode("latin-1"),
    ],
)
def test_samples_that_cannot_be_read_are_a_cell_that_says_so(
    rule_runner: RuleRunner, content: str
) -> None:
    path = f"{FOLDER}/matrix/samples.json"
    rule_runner.write_files({path: content.encode("latin-1")})
    assert cells(rule_runner) == [f"{FOLDER}:matrix#unreadable"]
    problem = cell(rule_runner, "unreadable")[CellProblemField].value
    assert problem is not None
    assert problem.startswith(f"{path} cannot be read (")
    assert problem.endswith(f"). Run {command()}, which writes it anew.")


def test_cells_find_the_lock_of_their_python_or_say_why_there_is_none(
    rule_runner: RuleRunner,
) -> None:
    hard = {
        "version": "0.29.0",
        "tier": "latest",
        "pythons": ["3.8", "3.9", "3.12"],
        "lock": "",
        "own_locks": {"3.9": ""},
        "unresolvable": {"3.8": {"reason": "h11 has no wheel for it", "inputs": ""}},
    }
    rule_runner.write_files(
        {
            f"{FOLDER}/matrix/samples.json": samples_json([*SAMPLES, hard]),
            f"{FOLDER}/matrix/0.29.0.lock": "",
            f"{FOLDER}/matrix/0.29.0-py3.9.lock": "",
        }
    )
    found = {p: cell(rule_runner, "0.29.0", p) for p in ("3.8", "3.9", "3.12")}
    assert {p: target[CellLockField].value for p, target in found.items()} == {
        "3.8": None,
        "3.9": f"{FOLDER}/matrix/0.29.0-py3.9.lock",
        "3.12": f"{FOLDER}/matrix/0.29.0.lock",
    }
    assert found["3.8"][CellUnresolvableField].value == "h11 has no wheel for it"
    assert all(target[CellProblemField].value is None for target in found.values())


def test_a_sample_without_its_lock_keeps_its_cells_and_they_say_so(rule_runner: RuleRunner) -> None:
    newer = {"version": "0.29.0", "tier": "latest", "pythons": ["3.8", "3.12"], "lock": ""}
    rule_runner.write_files({f"{FOLDER}/matrix/samples.json": samples_json([*SAMPLES, newer])})
    assert cells(rule_runner)[-2:] == [
        f"{FOLDER}:matrix#0.29.0@python=3.12",
        f"{FOLDER}:matrix#0.29.0@python=3.8",
    ]
    lacking = cell(rule_runner, "0.29.0", "3.8")
    assert lacking[CellProblemField].value == (
        f"{FOLDER}/matrix/0.29.0.lock is missing. Run {command()}."
    )
    assert lacking[CellLockField].value is None
    assert cell(rule_runner, "0.28.1", "3.12")[CellProblemField].value is None


# ------------------------------------------------------------------------------------------
# What makes the targets anew
# ------------------------------------------------------------------------------------------


def generated(rule_runner: RuleRunner) -> GeneratedTargets:
    generator = rule_runner.get_target(GENERATOR)
    assert isinstance(generator, MatrixTestsTarget)
    request = GenerateMatrixTargets(
        generator,
        template_address=GENERATOR,
        template={"package": "httpx>=0.16"},
        overrides={},
    )
    return rule_runner.request(GeneratedTargets, [request])


@pytest.mark.parametrize(
    "path, anew",
    [
        ("matrix/0.28.1.lock", False),
        ("matrix/releases.jsonl", False),
        ("test_one.py", False),
        ("matrix/samples.json", True),
        ("test_three.py", True),
    ],
)
def test_only_names_and_samples_make_the_targets_anew(
    rule_runner: RuleRunner, path: str, anew: bool
) -> None:
    before = generated(rule_runner)
    content = samples_json(SAMPLES[:1]) if path.endswith(".json") else "# edited\n"
    rule_runner.write_files({f"{FOLDER}/{path}": content})
    # As long as the targets are equal the engine hands out the same object, and nothing that
    # follows from them is computed again.
    assert (generated(rule_runner) is not before) is anew


@pytest.mark.parametrize("path", ["matrix/0.28.1.lock", "matrix/samples.json", "BUILD"])
def test_a_change_of_one_suite_leaves_the_others_be(
    rule_runner: RuleRunner, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    rule_runner.write_files({"other/BUILD": STANZA, "other/test_other.py": ""})
    runs: list[str] = []

    def counted(generator: Target) -> Suite:
        runs.append(generator.address.spec)
        return suite_of(generator)

    monkeypatch.setattr(target_generation, "suite_of", counted)
    addresses(rule_runner)
    assert sorted(runs) == [f"{FOLDER}:matrix", "other:matrix"]
    runs.clear()
    changed = {
        "matrix/samples.json": samples_json(SAMPLES[:1]),
        "BUILD": STANZA.replace("0.16", "0.17"),
    }
    rule_runner.write_files({f"{FOLDER}/{path}": changed.get(path, "# a longer file\n")})
    addresses(rule_runner)
    # A lock of another size is another entry of its folder, which may run the rule once more.
    assert set(runs) <= {f"{FOLDER}:matrix"}
    assert runs or path.endswith(".lock")


# ------------------------------------------------------------------------------------------
# Stanzas that cannot be understood
# ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields, culprit",
    [
        ('package="not a name"', "'package'|'not a name' is not a requirement (PEP 508)"),
        ('package=""', "'package'|'' is not a requirement (PEP 508)"),
        ('package="httpx>=banana"', "'package'|>=banana"),
        (
            "package=\"httpx ; os_name == 'nt'\"",
            "'package'|expected a name, extras and a specifier",
        ),
        ('package="httpx @ file:///x.whl"', "'package'|names a URL: expected a name"),
        ('requirements={"*": ["h2 @ file:///h2.whl"]}', "'requirements'|names a URL: expected"),
        ('package=None, requirements={"<1": ["h2"]}', "requirements['<1'] is about releases"),
        ("package=None, samples=3", "samples=3 is about releases of a package"),
        ("package=3", "'package'|a string"),
        ("samples=0", "'samples'|samples=0: expected a whole number of at least 1"),
        ("samples=-1", "'samples'|samples=-1: expected a whole number of at least 1"),
        ('samples="5"', "'samples'|an integer"),
        ('requirements=["anyio"]', "'requirements'|a dict whose keys are specifiers"),
        ('requirements={"*": "anyio"}', "'requirements'|a dict of lists of requirements"),
        ('requirements={"*": 3}', "'requirements'|a dict of lists of requirements"),
        ('requirements={"*": {"anyio": "3"}}', "'requirements'|a dict of lists of requirements"),
        ('requirements={"*": [3]}', "'requirements'|a dict of lists of requirements"),
        ('requirements={3: ["anyio"]}', "'requirements'|a dict whose keys are specifiers"),
        ('requirements={"1.0": ["anyio"]}', "'requirements'|'1.0' is no key of a rule"),
        ('requirements={"*": ["an yio"]}', "'requirements'|'an yio' is not a requirement"),
        ('python="3.12"', "'python'|'3.12' is not a version specifier (PEP 440)"),
        ("python=3.12", "'python'|a dict whose keys are specifiers"),
        ('python={"*": 3}', "'python'|a specifier, or a dict of specifiers"),
        ('python={"1.0": ">=3.9"}', "'python'|'1.0' is not a version specifier"),
        ('known_failures="broken"', "'known_failures'|a dict whose keys are specifiers"),
        ('known_failures={"<1": ""}', "'known_failures'|has no reason: say why, with a link"),
        ('known_failures={"<1": 3}', "'known_failures'|a reason, or a dict of strings"),
        ('known_failures={"<1": {"reason": 3}}', "'known_failures'|a reason, or a dict of strings"),
        ('known_failures={"<1": {"why": "x"}}', "'known_failures'|has 'why': expected 'reason'"),
        (
            'known_failures={"<1": {"reason": "x", "until": "soon"}}',
            "'known_failures'|has until='soon': expected a date like 2027-01-31",
        ),
        ('known_failures={"old": "x"}', "'known_failures'|'old' is no key of a rule"),
        ('sdists=["not a name"]', "'sdists'|'not a name' is not a requirement (PEP 508)"),
        ('sdists=["h2>=3"]', "'sdists'|'h2>=3' is more than the name of a project"),
        ('sdists="h2"', "'sdists'|an iterable of strings"),
        ('sample="5"', "sample|python_matrix_tests"),
    ],
)
def test_a_wrong_field_is_told_with_its_target_and_what_was_expected(
    rule_runner: RuleRunner, fields: str, culprit: str
) -> None:
    package = "" if "package=" in fields else 'package="httpx", '
    stanza = f'python_matrix_tests(name="matrix", {package}{fields})'
    rule_runner.write_files({f"{FOLDER}/BUILD": stanza})
    with pytest.raises(ExecutionError) as raised:
        rule_runner.get_target(GENERATOR)
    message = " ".join(str(raised.value).split())
    for expected in (f"{FOLDER}:matrix", *culprit.split("|")):
        assert expected in message


def test_a_stanza_becomes_a_suite(rule_runner: RuleRunner) -> None:
    rule_runner.write_files({f"{FOLDER}/BUILD": dedent("""\
                python_matrix_tests(
                    name="matrix",
                    package="httpx[http2]>=0.16",
                    requirements={"*": ["anyio>=3"], "<0.24": ("anyio<4",)},
                    python={"*": ">=3.8", ">=0.28": ">=3.9"},
                    samples=5,
                )
                """)})
    suite = suite_of(rule_runner.get_target(GENERATOR))
    assert (suite.address, suite.folder) == (f"{FOLDER}:matrix", f"{FOLDER}/matrix")
    assert suite.package == "httpx[http2]>=0.16"
    assert suite.rules_for("0.23.0") == (Rule("*", ("anyio>=3",)), Rule("<0.24", ("anyio<4",)))
    assert suite.python == (("*", ">=3.8"), (">=0.28", ">=3.9"))
    assert suite.samples == 5
    assert (suite.sdists, suite.known_failures) == ((), ())


def test_one_specifier_on_python_is_for_every_release(rule_runner: RuleRunner) -> None:
    stanza = 'python_matrix_tests(name="matrix", package="httpx", python=">=3.9")'
    rule_runner.write_files({f"{FOLDER}/BUILD": stanza})
    assert suite_of(rule_runner.get_target(GENERATOR)).python == (("*", ">=3.9"),)


def test_two_suites_of_one_name_are_refused(rule_runner: RuleRunner) -> None:
    rule_runner.write_files({f"{FOLDER}/BUILD": STANZA + STANZA})
    with pytest.raises(ExecutionError, match="matrix"):
        rule_runner.get_target(GENERATOR)


def test_the_generator_is_registered() -> None:
    assert issubclass(GenerateMatrixTargets, GenerateTargetsRequest)
    assert GenerateMatrixTargets.generate_from is MatrixTestsTarget
