"""Stanzas of which a field is parametrized, as on any target of Pants."""

from __future__ import annotations

import json

import pytest
from pants.base.specs import RawSpecs, RecursiveGlobSpec
from pants.engine.addresses import Address, Addresses
from pants.engine.internals.parametrize import Parametrize
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.rules import QueryRule
from pants.testutil.rule_runner import RuleRunner

from version_matrix.stanza import target_generation
from version_matrix.stanza.addresses import stanza_address
from version_matrix.stanza.cell_fields import CellLockField
from version_matrix.stanza.targets import (
    MatrixCellTarget,
    MatrixTestFileTarget,
    MatrixTestsTarget,
    once_each,
    suite_of,
)

FOLDER = "lib/tests/rq"
SAMPLES = {
    "samples": [{"version": "1.8", "tier": "lowest", "pythons": ["3.8"], "lock": "sha256:0"}],
    "combinations": [
        {
            "releases": {"rq": "1.8", "redis": "5.0"},
            "role": "all",
            "pythons": ["3.8"],
            "lock": "sha256:0",
        }
    ],
    "snapshot": "",
}
LOCK = f"{FOLDER}/matrix/1.8@redis=5.0.lock"


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[*target_generation.rules(), QueryRule(Addresses, [RawSpecs])],
        target_types=[MatrixTestsTarget, MatrixTestFileTarget, MatrixCellTarget],
        objects={"parametrize": Parametrize},
    )
    runner.write_files(
        {
            f"{FOLDER}/test_rq.py": "",
            f"{FOLDER}/matrix/samples.json": json.dumps(SAMPLES),
            LOCK: "",
        }
    )
    return runner


def stanza(rule_runner: RuleRunner, field: str) -> None:
    text = f'python_matrix_tests(name="matrix", package="rq", axes=["redis"], {field})\n'
    rule_runner.write_files({f"{FOLDER}/BUILD": text})


def addresses(rule_runner: RuleRunner) -> list[Address]:
    everything = RawSpecs(recursive_globs=(RecursiveGlobSpec(""),), description_of_origin="tests")
    return sorted(rule_runner.request(Addresses, [everything]))


@pytest.mark.parametrize(
    "field",
    [
        'extra_env_vars=parametrize(a=["A=1"], b=["A=2"])',
        "timeout=parametrize(a=60, b=120)",
        'programs=parametrize(a=["sh"], b=["ls"])',
    ],
)
def test_what_changes_no_lock_makes_variants_that_share_the_generated_folder(
    rule_runner: RuleRunner, field: str
) -> None:
    stanza(rule_runner, field)
    name = field.partition("=")[0]
    found = addresses(rule_runner)
    cells = [each for each in found if each.is_generated_target and not each.is_file_target]
    assert [each.parameters for each in cells] == [
        {name: variant, "python": "3.8", "redis": "5.0"} for variant in ("a", "b")
    ]
    targets = [rule_runner.get_target(each) for each in cells]
    assert {target[CellLockField].value for target in targets} == {LOCK}
    stanzas = [rule_runner.get_target(stanza_address(target)) for target in targets]
    assert [each.address.parameters for each in stanzas] == [{name: "a"}, {name: "b"}]
    assert {suite_of(each).address for each in stanzas} == {f"{FOLDER}:matrix"}
    assert [each.address.parameters for each in once_each(stanzas)] == [{name: "a"}]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "field",
    [
        "dependencies=parametrize(a=[], b=[])",
        'resolve=parametrize("a", "b")',
        'interpreter_constraints=parametrize(a=[">=3.8"], b=[">=3.9"])',
    ],
)
def test_what_may_change_a_lock_is_refused_with_the_way_to_say_it(
    rule_runner: RuleRunner, field: str
) -> None:
    stanza(rule_runner, field)
    with pytest.raises(ExecutionError, match="cannot be parametrized.* write two stanzas"):
        addresses(rule_runner)


@pytest.mark.parametrize(
    "field", ['package=parametrize("rq", "arq")', "samples=parametrize(a=3, b=4)"]
)
def test_what_pants_parametrizes_on_no_generator_it_refuses_itself(
    rule_runner: RuleRunner, field: str
) -> None:
    text = f'python_matrix_tests(name="matrix", {field})\n'
    rule_runner.write_files({f"{FOLDER}/BUILD": text})
    with pytest.raises(ExecutionError, match="cannot parametrize the '(package|samples)' field"):
        addresses(rule_runner)
