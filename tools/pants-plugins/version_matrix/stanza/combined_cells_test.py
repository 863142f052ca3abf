"""The cells of a suite with axes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pants.base.specs import RawSpecs, RecursiveGlobSpec
from pants.build_graph.address import AddressInput
from pants.engine.addresses import Address, Addresses
from pants.engine.rules import QueryRule
from pants.engine.target import Tags, Target
from pants.testutil.rule_runner import RuleRunner

from version_matrix.stanza import target_generation
from version_matrix.stanza.cell_fields import (
    CellAxesField,
    CellKnownFailureField,
    CellLockField,
    CellProblemField,
    CellTierField,
    CellVersionField,
)
from version_matrix.stanza.targets import (
    MatrixCellTarget,
    MatrixTestFileTarget,
    MatrixTestsTarget,
)

FOLDER = "lib/tests/rq"
STANZA = """\
python_matrix_tests(
    name="matrix",
    package="rq>=1.8",
    axes=["redis>=3.5", "croniter>=1"],
    known_failures={"<2 and redis>=6": "its issue 1"},
)
"""


def combination(rq: str, redis: str, croniter: str = "6.0", **changed: Any) -> dict[str, Any]:
    releases = {"rq": rq, "redis": redis, "croniter": croniter}
    entry = {"releases": releases, "role": "all", "pythons": ["3.12"], "lock": "sha256:0"}
    return {**entry, **changed}


COMBINATIONS = [
    combination("1.8", "5.0", pythons=["3.8", "3.12"], own_locks={"3.8": "sha256:1"}),
    combination("1.8", "1!6.0"),
    combination("2.0", "6.0"),
]


def samples_json() -> str:
    samples = [{"version": v, "tier": t} for v, t in (("1.8", "lowest"), ("2.0", "latest"))]
    return json.dumps({"samples": samples, "combinations": COMBINATIONS, "snapshot": ""})


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[
            *target_generation.rules(),
            QueryRule(Address, [AddressInput]),
            QueryRule(Addresses, [RawSpecs]),
        ],
        target_types=[MatrixTestsTarget, MatrixTestFileTarget, MatrixCellTarget],
    )
    runner.write_files(
        {
            f"{FOLDER}/BUILD": STANZA,
            f"{FOLDER}/test_rq.py": "",
            f"{FOLDER}/matrix/samples.json": samples_json(),
            f"{FOLDER}/matrix/1.8@croniter=6.0,redis=5.0.lock": "",
            f"{FOLDER}/matrix/1.8@croniter=6.0,redis=5.0-py3.8.lock": "",
            f"{FOLDER}/matrix/2.0@croniter=6.0,redis=6.0.lock": "",
        }
    )
    return runner


def typed(rule_runner: RuleRunner, spec: str) -> Target:
    address = AddressInput.parse(spec, description_of_origin="a command line")
    return rule_runner.get_target(rule_runner.request(Address, [address]))


def test_addresses_are_those_of_pants_own_parametrization(rule_runner: RuleRunner) -> None:
    everything = RawSpecs(recursive_globs=(RecursiveGlobSpec(""),), description_of_origin="tests")
    found = [each.spec for each in rule_runner.request(Addresses, [everything])]
    assert sorted(spec.partition("#")[2] for spec in found if "#" in spec) == [
        "1.8@croniter=6.0,python=3.12,redis=1~6.0",
        "1.8@croniter=6.0,python=3.12,redis=5.0",
        "1.8@croniter=6.0,python=3.8,redis=5.0",
        "2.0@croniter=6.0,python=3.12,redis=6.0",
    ]


@pytest.mark.parametrize(
    "written", ["python=3.8,redis=5.0,croniter=6.0", "croniter=6.0,redis=5.0,python=3.8"]
)
def test_a_cell_can_be_typed_in_any_order_and_knows_what_it_tests(
    rule_runner: RuleRunner, written: str
) -> None:
    target = typed(rule_runner, f"{FOLDER}:matrix#1.8@{written}")
    assert target[CellVersionField].value == "1.8"
    assert target[CellAxesField].value == ("croniter==6.0", "redis==5.0")
    assert target[CellTierField].value == "lowest"
    assert target[CellLockField].value == f"{FOLDER}/matrix/1.8@croniter=6.0,redis=5.0-py3.8.lock"
    assert target[Tags].value == (
        "tier:lowest",
        "package:rq",
        "package:redis",
        "package:croniter",
        "python:3.8",
    )


@pytest.mark.parametrize(
    "spec, known",
    [
        ("1.8@croniter=6.0,python=3.12,redis=5.0", None),
        ("1.8@croniter=6.0,python=3.12,redis=1~6.0", "its issue 1"),
        ("2.0@croniter=6.0,python=3.12,redis=6.0", None),
    ],
)
def test_known_failures_are_of_combinations(
    rule_runner: RuleRunner, spec: str, known: str | None
) -> None:
    assert typed(rule_runner, f"{FOLDER}:matrix#{spec}")[CellKnownFailureField].value == known


def test_a_missing_lock_is_told_by_its_name(rule_runner: RuleRunner) -> None:
    target = typed(rule_runner, f"{FOLDER}:matrix#1.8@croniter=6.0,python=3.12,redis=1~6.0")
    problem = target[CellProblemField].value or ""
    assert problem.startswith(f"{FOLDER}/matrix/1.8@croniter=6.0,redis=1!6.0.lock is missing.")
