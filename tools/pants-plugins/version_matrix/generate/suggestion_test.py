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
                parsing.admits_minor(limit, python)
                for key, limit in suite.python
                if parsing.release_matches(key, version)
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
