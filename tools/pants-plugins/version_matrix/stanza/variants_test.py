"""Stanzas of which a field is parametrized, as on any target of Pants."""

from __future__ import annotations

import json

import pytest
from pants.base.specs import RawSpecs, RecursiveGlobSpec
from pants.engine.addresses import Address, Addresses
from pants.engine.internals.parametrize import Parametrize
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.rules import QueryRule
from pants.engine.target import Tags
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
from version_matrix.stanza.variants import OneForAllVariants, wrong_variant

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
        'tags=parametrize(a=["slow"], b=["fast"])',
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


def test_each_variant_has_its_own_tags(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, 'tags=parametrize(a=["slow"], b=["fast", "net"])')
    targets = [rule_runner.get_target(each) for each in addresses(rule_runner)]
    own = {"slow": "a", "fast": "b", "net": "b"}
    # The stanza's variants, their test files and their cells.
    assert [
        (target.address.parameters["tags"], len(target[Tags].value or ()))
        for target in targets
        if not target.has_field(CellLockField)
    ] == [("a", 1), ("b", 2), ("a", 1), ("b", 2)]
    for target in targets:
        told = [own[tag] for tag in target[Tags].value or () if tag in own]
        assert told and set(told) == {target.address.parameters["tags"]}


@pytest.mark.parametrize(
    "field",
    [
        "dependencies=parametrize(a=[], b=[])",
        'resolve=parametrize("a", "b")',
        'interpreter_constraints=parametrize(a=[">=3.8"], b=[">=3.9"])',
        'package=parametrize("rq", "arq")',
        'requirements=parametrize(a={"*": ["h11"]}, b={})',
        'python=parametrize(a=">=3.8", b={"*": ">=3.9"})',
        "known_failures=parametrize(a={}, b={'*': 'why'})",
        "samples=parametrize(a=3, b=4)",
        "max_majors=parametrize(a=3, b=4)",
        "sdists=parametrize(a=[], b=['h11'])",
        'axes=parametrize(a=["redis>=4"], b=["redis>=5"])',
        'combine=parametrize("pairs", "all")',
        'sources=parametrize(a=["test_rq.py"], b=["test_arq.py"])',
        'description=parametrize("one", "two")',
    ],
)
def test_what_may_change_a_lock_is_refused_with_the_way_to_say_it(
    rule_runner: RuleRunner, field: str
) -> None:
    name = field.partition("=")[0]
    rule_runner.write_files({f"{FOLDER}/BUILD": f'python_matrix_tests(name="matrix", {field})\n'})
    with pytest.raises(ExecutionError) as told:
        addresses(rule_runner)
    assert (
        f"{FOLDER}:matrix: {name} cannot be parametrized, because cells of one suite share their "
        "locks, and only extra_env_vars, programs, tags, timeout change none: write two stanzas, "
        "each with a `name` of its own."
    ) in str(told.value)


def test_no_field_of_a_stanza_is_left_to_words_of_pants() -> None:
    """A new field says what becomes of it."""
    (tags,) = (
        field.__name__
        for field in MatrixTestsTarget.core_fields
        if not issubclass(field, OneForAllVariants)
    )
    assert tags == "MatrixTagsField"


def test_a_group_of_fields_is_refused_alike() -> None:
    """As Pants 2.19 and later call it."""
    address = Address(FOLDER, target_name="matrix", parameters={"parametrize": "one"})
    assert f"{FOLDER}:matrix: a group of fields cannot be parametrized" in (
        wrong_variant(address) or ""
    )


def test_a_field_that_there_is_not_is_told_as_ever(rule_runner: RuleRunner) -> None:
    for stated in ('pakage="rq"', 'pakage=parametrize("rq", "arq")'):
        text = f'python_matrix_tests(name="matrix", {stated})\n'
        rule_runner.write_files({f"{FOLDER}/BUILD": text})
        with pytest.raises(ExecutionError, match="Unrecognized field `pakage=(.|\\n)*package"):
            addresses(rule_runner)


def test_defaults_may_set_any_field(rule_runner: RuleRunner) -> None:
    rule_runner.write_files(
        {
            "BUILD": '__defaults__({"python_matrix_tests": dict(package="rq", axes=["redis"])})\n',
            f"{FOLDER}/BUILD": 'python_matrix_tests(name="matrix")\n',
        }
    )
    assert suite_of(rule_runner.get_target(Address(FOLDER, target_name="matrix"))).axes == (
        "redis",
    )
