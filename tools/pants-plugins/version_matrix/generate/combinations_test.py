"""A suite with axes, brought up to date: what is locked, what is refused, what is sampled again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Mapping

import pytest
from pants.engine.addresses import Address
from pants.engine.rules import QueryRule, collect_rules, rule
from pants.testutil.rule_runner import RuleRunner
from pants.util.frozendict import FrozenDict

from version_matrix.generate import suite_update
from version_matrix.generate.requests import (
    Closure,
    LockRequest,
    LockResult,
    OlderPins,
    OlderPinsRequest,
    SamplingRequest,
    SamplingResult,
    SuiteUpdate,
    SuiteUpdateRequest,
)
from version_matrix.stanza import samples_file, target_generation
from version_matrix.stanza.targets import (
    MatrixCellTarget,
    MatrixTestFileTarget,
    MatrixTestsTarget,
    suite_of,
)

FOLDER = "lib/tests/drf"
MATRIX = Address(FOLDER, target_name="matrix")
NOW = "2026-11-21T00:00:00Z"
# Releases of the package, each with the newest django first.
WANTED = (("1.0", "4.2"), ("1.0", "5.2"), ("2.0", "5.2"))


def snapshot(*versions: str) -> str:
    uploaded = "2026-11-20T00:00:00Z"
    return "".join(f'{{"version": "{v}", "uploaded": "{uploaded}"}}\n' for v in versions)


def entry(version: str) -> dict[str, Any]:
    return {"version": version, "tier": "latest", "pythons": ["3.9", "3.12"]}


def goes(refused: list[dict[str, Any]], drf: str, django: str, python: str) -> bool:
    releases = {"drf": drf, "django": django}
    return not any(
        each["releases"] == releases and each.get("python", python) == python for each in refused
    )


@rule
async def sample_without_an_index(request: SamplingRequest) -> SamplingResult:
    """Stands for release-sampler: three combinations, without what was refused."""
    if request.mode == "poll" and "absent" in request.suite.axis_projects:
        return SamplingResult(error="absent is not on the index")
    if request.refused and "floors" in request.suite.axes[0]:
        return SamplingResult(error="drf: the floors do not go together")
    refused = [
        {
            "releases": dict(each.releases),
            **({"python": each.python} if each.python else {}),
            "reason": each.reason,
        }
        for each in request.refused
    ]
    seen = [] if "stubborn" in request.suite.axes[0] else refused
    combinations = [
        {"releases": {"drf": drf, "django": django}, "role": "all", "pythons": pythons}
        for drf, django in WANTED
        for pythons in [[p for p in ("3.9", "3.12") if goes(seen, drf, django, p)]]
        if pythons
    ]
    axis = {"samples": [entry("4.2"), entry("5.2")], "verdicts": {"4.2": "lowest"}}
    if "single" in request.suite.axes[0]:
        axis["samples"] = [entry("4.2")]
    document = {
        "format": 2,
        "as_of": request.previous.sampling["as_of"] if request.previous else request.as_of,
        "samples": [entry("1.0"), entry("2.0")],
        "verdicts": {"1.0": "lowest"},
        "axes": {"django": axis},
        "combinations": combinations,
        **({"refusals": refused} if refused else {}),
    }
    return SamplingResult(
        json.dumps(document),
        snapshot=snapshot("1.0", "2.0"),
        axis_snapshots=FrozenDict({"django": snapshot("4.2", "5.2")}),
        notes=(f"sampled by {request.mode}",),
    )


@rule
async def lock_without_a_resolver(request: LockRequest) -> LockResult:
    """Stands for uv: pins what is asked for, but for what `old` or `older` says against django 5.2."""
    lines = tuple(re.sub(r"\[\w+\]", "", line) for line in request.inputs.requirements)
    newest = {"drf==1.0", "django==5.2"} <= set(lines)
    if newest and "old" in lines:
        told = "Because drf==1.0 depends on django<5 and you require django==5.2, we can conclude"
        return LockResult(error=f"{told} that your requirements are unsatisfiable.", clash=True)
    if newest and "older" in lines and request.inputs.pythons[0].startswith("3.9"):
        return LockResult(error="no wheel", clash=True)
    if "down" in lines:
        return LockResult(error="the index answers 500")
    body = "".join(f"{line if '==' in line else f'{line}==1'}\n" for line in lines)
    return LockResult(body=body.replace("pytest>=7==1", "pytest==7"))


@rule
async def look_without_an_index(_: OlderPinsRequest) -> OlderPins:
    return OlderPins()


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[
            *suite_update.rules(),
            *target_generation.rules(),
            *collect_rules(globals()),
            QueryRule(SuiteUpdate, [SuiteUpdateRequest]),
        ],
        target_types=[MatrixTestsTarget, MatrixTestFileTarget, MatrixCellTarget],
    )
    runner.set_options(
        ["--version-matrix-target-pythons=['3.8.18', '3.9.18', '3.12.1']"], env_inherit={"PATH"}
    )
    runner.write_files({f"{FOLDER}/test_drf.py": ""})
    stanza(runner)
    return runner


def stanza(rule_runner: RuleRunner, **fields: object) -> None:
    values = {"name": "matrix", "package": "drf>=1", "axes": ["django>=4.2"], **fields}
    arguments = ", ".join(f"{name}={value!r}" for name, value in values.items())
    rule_runner.write_files({f"{FOLDER}/BUILD": f"python_matrix_tests({arguments})\n"})


def update(
    rule_runner: RuleRunner,
    mode: str = "poll",
    *,
    upgrade: bool = False,
    recovered: Mapping[str, bytes] | None = None,
    replacing: bool = True,
) -> SuiteUpdate:
    folder = Path(rule_runner.build_root, FOLDER, "matrix")
    request = SuiteUpdateRequest(
        suite=suite_of(rule_runner.get_target(MATRIX)),
        closure=Closure(FrozenDict(), frozenset()),
        files=FrozenDict({path.name: path.read_bytes() for path in folder.glob("*")}),
        mode=mode,
        as_of=NOW,
        asked=False,
        upgrade=upgrade,
        recovered=FrozenDict(recovered or {}),
        replacing=replacing,
    )
    return rule_runner.request(SuiteUpdate, [request])


def write(rule_runner: RuleRunner, updated: SuiteUpdate) -> None:
    assert updated.errors == ()
    folder = Path(rule_runner.build_root, FOLDER, "matrix")
    for path in folder.glob("*"):
        path.unlink()
    rule_runner.write_files({f"{FOLDER}/matrix/{n}": text for n, text in updated.files.items()})


def names(updated: SuiteUpdate) -> list[str]:
    assert updated.errors == ()
    return sorted(updated.files)


def test_a_lock_for_each_combination_and_a_snapshot_for_each_package(
    rule_runner: RuleRunner,
) -> None:
    updated = update(rule_runner)
    assert names(updated) == [
        "1.0@django=4.2.lock",
        "1.0@django=5.2.lock",
        "2.0@django=5.2.lock",
        "django.releases.jsonl",
        "releases.jsonl",
        "samples.json",
    ]
    assert (updated.samples, updated.cells) == (3, 6)
    assert updated.changes[0] == "added 1.0@django=4.2 (all) on Python 3.9, 3.12"
    lock = updated.files["1.0@django=4.2.lock"].decode()
    assert "# requires: drf==1.0\n# requires: django==4.2\n# requires: pytest>=7\n" in lock
    document = json.loads(updated.files["samples.json"])
    assert document["format"] == 3
    assert document["axis_snapshots"] == {
        "django": samples_file.digest(updated.files["django.releases.jsonl"])
    }
    digest = samples_file.digest(updated.files["1.0@django=4.2.lock"])
    assert document["combinations"][0]["lock"] == digest


@pytest.mark.parametrize("rules", [{}, {"*": ["old"]}, {"*": ["older"]}])
@pytest.mark.parametrize("mode", ["poll", "offline", "check"])
def test_a_second_run_changes_nothing(
    rule_runner: RuleRunner, mode: str, rules: dict[str, list[str]]
) -> None:
    stanza(rule_runner, requirements=rules)
    write(rule_runner, update(rule_runner))
    again = update(rule_runner, mode)
    assert (again.errors, again.outdated, again.stale, again.changes) == ((), (), (), ())
    assert again.notes == (f"sampled by {mode}",)


def test_what_the_resolver_refuses_is_recorded_and_sampled_again(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, requirements={"*": ["old"]})
    updated = update(rule_runner)
    assert names(updated)[:2] == ["1.0@django=4.2.lock", "2.0@django=5.2.lock"]
    assert (updated.unresolvable, updated.notes) == (
        (),
        ("sampled by poll", "sampled by offline"),
    )
    (refused,) = json.loads(updated.files["samples.json"])["refusals"]
    assert refused["releases"] == {"django": "5.2", "drf": "1.0"}
    # The resolver was asked for every Python of the policy.
    assert "python" not in refused
    assert refused["reason"] == ("drf 1.0 with django 5.2: drf 1.0 wants django<5")


def test_a_combination_is_refused_on_the_pythons_where_it_cannot_be_locked(
    rule_runner: RuleRunner,
) -> None:
    stanza(rule_runner, requirements={"*": ["older"]})
    updated = update(rule_runner)
    samples = samples_file.parse(updated.files["samples.json"].decode())
    assert [(s.version, s.pythons) for s in samples.samples][1] == ("1.0@django=5.2", ("3.12",))
    assert [(each.python, each.reason) for each in samples.refused] == [
        ("3.9", "drf 1.0 with django 5.2: no wheel")
    ]


def test_a_refusal_is_forgotten_once_something_else_is_asked_for(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, requirements={"*": ["old"]})
    write(rule_runner, update(rule_runner))
    stanza(rule_runner)
    checked = update(rule_runner, "check")
    assert "what is asked for with 1.0@django=5.2 has changed" in checked.outdated[0]
    mended = update(rule_runner)
    assert "1.0@django=5.2.lock" in names(mended)
    assert "refusals" not in json.loads(mended.files["samples.json"])


def test_an_upgrade_asks_again_for_what_was_refused(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, requirements={"*": ["old"]})
    write(rule_runner, update(rule_runner))
    assert update(rule_runner, upgrade=True).notes == ("sampled by poll", "sampled by offline")


def test_an_index_that_fails_refuses_nothing(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, requirements={"*": ["down"]})
    assert "the index answers 500" in update(rule_runner).errors[0]


def test_rules_for_an_axis_are_in_the_locks_of_its_releases_alone(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, requirements={"django<5": ["pytz"], ">=2 and django>=5": ["h11"]})
    files = update(rule_runner).files
    assert {
        name: [p for p in ("pytz", "h11") if f"\n{p}==1" in text.decode()]
        for name, text in files.items()
        if name.endswith(".lock")
    } == {
        "1.0@django=4.2.lock": ["pytz"],
        "1.0@django=5.2.lock": [],
        "2.0@django=5.2.lock": ["h11"],
    }


def test_what_was_edited_by_hand_is_found(rule_runner: RuleRunner) -> None:
    write(rule_runner, update(rule_runner))
    path = f"{FOLDER}/matrix/django.releases.jsonl"
    rule_runner.write_files({path: "{ }\n"})
    assert update(rule_runner, "check").outdated == (f"{path} is not as generated",)
    Path(rule_runner.build_root, path).unlink()
    assert update(rule_runner, "check").outdated == (f"{path} is missing or unreadable",)
    assert update(rule_runner).stale == ("django.releases.jsonl",)


def test_what_a_merge_left_in_conflict_is_mended(rule_runner: RuleRunner) -> None:
    updated = update(rule_runner)
    write(rule_runner, updated)
    torn = ("django.releases.jsonl", "samples.json", "1.0@django=4.2.lock")
    rule_runner.write_files({f"{FOLDER}/matrix/{name}": "<<<<<<< HEAD\n" for name in torn})
    again = update(rule_runner, recovered={name: updated.files[name] for name in torn})
    assert (again.errors, again.stale) == ((), tuple(sorted(torn)))
    assert again.files == updated.files


def test_what_is_sampled_all_the_same_is_unresolvable(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, axes=["django[stubborn]>=4.2"], requirements={"*": ["old"]})
    updated = update(rule_runner)
    (told,) = updated.unresolvable
    assert told.startswith(f"{FOLDER}:matrix#1.0@django=5.2 is unresolvable: Because drf==1.0")
    assert "1.0@django=5.2.lock" not in names(updated)


def test_what_is_not_replaced_is_unresolvable_whatever_is_recorded(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, requirements={"*": ["old"]})
    write(rule_runner, update(rule_runner))
    updated = update(rule_runner, replacing=False)
    assert [(each.version, each.python) for each in updated.unlocked] == [
        ("1.0@django=5.2", "3.9"),
        ("1.0@django=5.2", "3.12"),
    ]
    assert "1.0@django=4.2.lock" not in updated.stale


def test_floors_that_the_resolver_refuses_may_be_mended_by_something_else(
    rule_runner: RuleRunner,
) -> None:
    stanza(rule_runner, axes=["django[floors]>=4.2"], requirements={"*": ["old"]})
    error, hint = update(rule_runner).errors
    assert error == "drf: the floors do not go together"
    assert hint.endswith(f"is told by `pants generate-matrix --suggest //{FOLDER}:matrix`.")


def test_a_combination_that_goes_says_why(rule_runner: RuleRunner) -> None:
    write(rule_runner, update(rule_runner))
    stanza(rule_runner, requirements={"*": ["old"]})
    told = [line for line in update(rule_runner).changes if line.startswith("removed")]
    assert told == ["removed 1.0@django=5.2: drf 1.0 with django 5.2: drf 1.0 wants django<5"]


@pytest.mark.parametrize(
    "fields, told",
    [
        ({"axes": ["drf"]}, "axes names drf, which is the package itself"),
        ({"axes": ["django", "Django>=5"]}, "axes names django twice"),
        ({"axes": [f"a{n}" for n in range(10)]}, "axes has 10 packages"),
        ({"requirements": {"flask<5": ["h11"]}}, "is about flask, which is no axis (django)"),
        ({"axes": ["absent"]}, "absent is not on the index"),
        (
            {"axes": ["single"]},
            "axes names django, of which there is one release to test (4.2), and so nothing to vary",
        ),
    ],
)
def test_axes_that_cannot_be_are_one_error_of_their_suite(
    rule_runner: RuleRunner, fields: dict[str, Any], told: str
) -> None:
    stanza(rule_runner, **fields)
    updated = update(rule_runner)
    (error,) = updated.errors
    assert told in error and not updated.files
