from __future__ import annotations

import json
from typing import Any, Callable, Iterable, Mapping

import pytest
from pants.testutil.rule_runner import MockGet, run_rule_with_mocks
from pants.util.frozendict import FrozenDict

from version_matrix.generate.requests import (
    Closure,
    LockResult,
    Suggestion,
    SuggestionRequest,
    SuiteUpdate,
    SuiteUpdateRequest,
    Unlocked,
)
from version_matrix.generate.suggestion import suggest
from version_matrix.progress.requests import Counted, Step
from version_matrix.stanza import conditions
from version_matrix.stanza import suite as parsing
from version_matrix.stanza.suite import Suite

SAMPLES = {"1.0": ("3.6", "3.9"), "2.0": ("3.9", "3.12")}
NO_WHEEL = LockResult(error="ham has no wheel", clash=True, wheelless=(("ham", "1.0"),))

Index = Callable[[Suite, str, str], "LockResult | None"]
"""Suite, release and Python -> why there is no lock, if there is none."""


def update(suite: Suite, index: Index) -> SuiteUpdate:
    """What becomes of a suite: its Pythons are those that it admits."""
    samples = {
        version: [
            python
            for python in pythons
            if all(
                conditions.admits_minor(limit, python)
                for key, limit in suite.python
                if conditions.release_matches(key, version)
            )
        ]
        for version, pythons in SAMPLES.items()
    }
    entries = [
        {"version": version, "tier": "latest", "pythons": pythons, "lock": ""}
        for version, pythons in samples.items()
    ]
    unlocked = tuple(_unlocked(suite, samples, index))
    if any(each.reason == "the index answers 500" for each in unlocked):
        return SuiteUpdate(suite, errors=("the index answers 500",))
    return SuiteUpdate(
        suite,
        files=FrozenDict(
            {"samples.json": json.dumps({"samples": entries, "snapshot": ""}).encode()}
        ),
        unlocked=unlocked,
    )


def _unlocked(
    suite: Suite, samples: Mapping[str, Iterable[str]], index: Index
) -> Iterable[Unlocked]:
    for version, pythons in samples.items():
        for python in pythons:
            answer = index(suite, version, python)
            if answer and suite.known_failure(version, python) is None:
                origins = {line: "" for rule in suite.rules for line in rule.requirements}
                yield Unlocked(version, python, tuple(pythons), answer, FrozenDict(origins))


def suggested(
    index: Index, *, build: bool = False, rules: Mapping[str, Any] | None = None
) -> tuple[Suggestion, int]:
    """What is suggested, and how many trials it took."""
    suite = Suite("lib:matrix", "lib/matrix", "httpx", rules=parsing.parse_rules(rules or {}))
    empty: FrozenDict[str, bytes] = FrozenDict()
    asked = SuiteUpdateRequest(
        suite, Closure(FrozenDict(), frozenset()), empty, empty, "poll", "", False, False
    )
    trials = []

    def try_it(request: SuiteUpdateRequest) -> SuiteUpdate:
        trials.append(request)
        return update(request.suite, index)

    result: Suggestion = run_rule_with_mocks(
        suggest,
        rule_args=[SuggestionRequest(asked, update(suite, index), build)],
        mock_gets=[
            MockGet(output_type=SuiteUpdate, input_types=(SuiteUpdateRequest,), mock=try_it),
            MockGet(output_type=Counted, input_types=(Step,), mock=Counted),
        ],
    )
    return result, len(trials)


def wheelless_on_36(suite: Suite, version: str, python: str) -> LockResult | None:
    return NO_WHEEL if python == "3.6" and "ham" not in suite.sdists else None


def test_what_would_have_to_be_built_is_not_tried_unless_one_asks_for_it() -> None:
    found, trials = suggested(wheelless_on_36)
    assert (found.after, found.helps, trials) == ({"sdists": ["ham"]}, (), 0)
    (untried,) = found.untried
    assert untried.startswith('sdists=["ham"]: not tried, because building runs code')
    found, trials = suggested(wheelless_on_36, build=True)
    assert (found.after, trials) == ({"sdists": ["ham"]}, 1)
    assert found.helps == ('sdists=["ham"]: tried, there is a lock for 1.0 on Python 3.6',)
    assert (found.untried, found.useless, found.left) == ((), (), ())


def test_a_remedy_that_does_not_help_is_said_not_to_and_the_next_is_tried() -> None:
    def index(suite: Suite, version: str, python: str) -> LockResult | None:
        if python != "3.6":
            return None
        broken = LockResult(error="ham==1.0 has no wheel, and cannot be built", clash=True)
        return broken if "ham" in suite.sdists else NO_WHEEL

    found, trials = suggested(index, build=True)
    assert found.useless == (
        'sdists=["ham"]: does not help: ham==1.0 has no wheel, and cannot be built',
    )
    assert found.after == {"python": {"*": ">=3.9"}}
    assert found.helps == ('python={"*": ">=3.9"}: tried, leaves out 1.0 on Python 3.6',)
    # One that has not helped is no part of the next trial.
    assert (found.left, trials) == ((), 2)


def test_causes_have_each_their_remedy_and_are_tried_together() -> None:
    def index(suite: Suite, version: str, python: str) -> LockResult | None:
        required = [line for rule in suite.rules_for(version) for line in rule.requirements]
        if version == "2.0" and "anyio<4" in required:
            told = "httpx==2.0 depends on anyio>=4 and you require anyio<4"
            return LockResult(error=told, derivation=told, clash=True)
        return wheelless_on_36(suite, version, python)

    found, trials = suggested(index, build=True, rules={"*": ["anyio<4"]})
    assert found.after == {"requirements": {"<2.0": ["anyio<4"]}, "sdists": ["ham"]}
    assert (len(found.helps), trials) == (2, 1)


def test_what_cannot_be_had_is_a_known_failure_and_what_was_tried_in_vain_is_left_out() -> None:
    """Taking a rule away brings another clash to light, and nothing mends that."""

    def index(suite: Suite, version: str, python: str) -> LockResult | None:
        if version != "2.0":
            return None
        required = [line for rule in suite.rules_for(version) for line in rule.requirements]
        clash = "h11 depends on anyio>=4 and you require anyio<4"
        told = clash if "anyio<4" in required else "spam is not on the index"
        return LockResult(error=told, derivation=told, clash=True)

    found, _ = suggested(index, rules={"*": ["anyio<4"]})
    assert list(found.after) == ["known_failures"]
    assert any("does not help" in line and '"anyio<4"' in line for line in found.useless)
    assert found.left == ()


def test_a_trial_that_the_index_breaks_off_is_no_help() -> None:
    def index(suite: Suite, version: str, python: str) -> LockResult | None:
        if suite.sdists or suite.python or suite.known_failures:
            return LockResult(error="the index answers 500")
        return NO_WHEEL if python == "3.6" else None

    found, trials = suggested(index, build=True)
    assert found.after == {} and trials < 6
    assert found.left == ("1.0 on Python 3.6",)
    assert all(
        line.endswith(": could not be tried: the index answers 500") for line in found.useless
    )


@pytest.mark.parametrize("build", [True, False])
def test_where_no_cell_has_a_lock_each_release_is_known_to_fail(build: bool) -> None:
    def index(suite: Suite, version: str, python: str) -> LockResult | None:
        return LockResult(error=f"{version} is broken", clash=True)

    found, _ = suggested(index, build=build)
    assert found.after == {
        "known_failures": {
            "==1.0.*": "unresolvable: 1.0 is broken",
            "==2.0.*": "unresolvable: 2.0 is broken",
        }
    }


NAMES = ("1.0@django=4.2", "1.0@django=5.2", "2.0@django=5.2")


def combined(rules: Mapping[str, Any], why: Callable[[Suite, str], str | None]) -> Suggestion:
    """What is suggested of a suite with axes, of which `why` tells what has no lock."""
    suite = Suite("lib:m", "lib/m", "drf", rules=parsing.parse_rules(rules), axes=("django",))

    def update(request: SuiteUpdateRequest) -> SuiteUpdate:
        reasons = {name: why(request.suite, name) for name in NAMES}
        if request.replacing and reasons[NAMES[0]]:
            return SuiteUpdate(request.suite, errors=("the floors do not go together",))
        entries = [
            {
                "releases": {"drf": name[:3], "django": name[-3:]},
                "role": "all",
                "pythons": ["3.9"],
                "lock": "",
            }
            for name in NAMES
        ]
        samples = [{"version": v, "tier": "lowest", "pythons": ["3.9"]} for v in ("1.0", "2.0")]
        document = {"samples": samples, "combinations": entries, "snapshot": ""}
        origins = FrozenDict({line: "" for rule in suite.rules for line in rule.requirements})
        return SuiteUpdate(
            request.suite,
            files=FrozenDict({"samples.json": json.dumps(document).encode()}),
            unlocked=tuple(
                Unlocked(
                    name,
                    "3.9",
                    ("3.9",),
                    LockResult(error=f"{name}: {why}", derivation=why),
                    origins,
                )
                for name, why in reasons.items()
                if why
            ),
        )

    empty: FrozenDict[str, bytes] = FrozenDict()
    closure = Closure(FrozenDict(), frozenset())
    asked = SuiteUpdateRequest(
        suite, closure, empty, empty, "poll", "", False, False, replacing=False
    )
    found: Suggestion = run_rule_with_mocks(
        suggest,
        rule_args=[SuggestionRequest(asked, update(asked), False)],
        mock_gets=[
            MockGet(output_type=SuiteUpdate, input_types=(SuiteUpdateRequest,), mock=update),
            MockGet(output_type=Counted, input_types=(Step,), mock=Counted),
        ],
    )
    return found


def clash(suite: Suite, name: str) -> str | None:
    """Django 4.2 wants an older h11 than the rule says; drf 1.0 and django 5.2 do not go together."""
    required = [line for rule in suite.rules_for(name) for line in rule.requirements]
    if name.endswith("4.2") and "h11>=1" in required:
        return "django==4.2 depends on h11<1 and you require h11>=1"
    return "drf==1.0 depends on django<5" if name == "1.0@django=5.2" else None


def test_of_combinations_what_their_releases_want_is_replaced_and_a_rule_is_moved() -> None:
    found = combined({"*": ["h11>=1"]}, clash)
    assert found.after == {"requirements": {">=2.0": ["h11>=1"]}}
    assert found.helps == (
        '"h11>=1" under ">=2.0" instead of "*": tried, there is a lock for 1.0@django=4.2 on Python 3.9',
    )
    (told,) = found.replaced
    assert told.startswith("1 combination cannot go together by what the releases want")
    assert (found.left, found.errors) == ((), ())


def test_of_combinations_what_nothing_mends_is_said_and_why_the_suite_fails_all_the_same() -> None:
    def broken(suite: Suite, name: str) -> str | None:
        return "h11 is not on the index and h11>=1 is required" if name != NAMES[2] else None

    found = combined({"django<6": ["h11>=1"]}, broken)
    assert (found.after, found.errors) == ({}, ("the floors do not go together",))
    assert [line.partition(":")[0] for line in found.replaced] == [
        f"nothing was found for {name} on Python 3.9, in whose place the nearest that goes is tested"
        for name in NAMES[:2]
    ]
