from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pants.util.frozendict import FrozenDict

from version_matrix.generate.edits import (
    ExpectFailure,
    LimitPython,
    MoveRequirement,
    fields_of,
    with_fields,
)
from version_matrix.generate.remedies import remedies
from version_matrix.generate.requests import LockResult, Unlocked
from version_matrix.stanza import conditions
from version_matrix.stanza import suite as parsing
from version_matrix.stanza.suite import Suite

CELLS = [
    ("0.16.0", "3.6"),
    ("0.16.0", "3.9"),
    ("0.28.1", "3.9"),
    ("0.28.1", "3.12"),
    ("1.0", "3.12"),
]


def suite(package: str | None = "httpx>=0.16", **fields: Any) -> Suite:
    return Suite(
        address="lib:matrix",
        folder="lib/matrix",
        package=package,
        rules=parsing.parse_rules(fields.get("requirements", {})),
        python=parsing.parse_python(fields.get("python")),
        sdists=tuple(fields.get("sdists", ())),
        known_failures=parsing.parse_known_failures(fields.get("known_failures", {})),
    )


def unlocked(
    version: str, on: str, origins: dict[str, str] | None = None, **answer: Any
) -> Unlocked:
    pythons = tuple(p for v, p in CELLS if v == version)
    result = LockResult(**{"error": "it clashes", "clash": True, **answer})
    return Unlocked(version, on, pythons, result, FrozenDict(origins or {}))


def told(suite: Suite, *alike: Unlocked, cells: Any = CELLS, others: Any = ()) -> list[str]:
    return [str(remedy) for remedy in remedies(suite, alike, cells, others)]


NO_WHEEL: dict[str, Any] = {"wheelless": (("aiohttp", "3.6"), ("yarl", "1.0"))}
# As uv tells of a requirement that the policy brings, of one of a rule, and of two rules.
BY_POLICY = {
    "derivation": "Because pytest-httpx==0.10.0 depends on pytest==6.* and you require pytest>=7, we can "
    "conclude that your requirements and pytest-httpx==0.10.0 are incompatible."
}
BY_RULE = {
    "derivation": "Because httpx>=1.0 depends on anyio>=4.0.0,<5 and you require anyio<4.0.0, we can "
    "conclude that your requirements and httpx>=1.0 are incompatible."
}


def test_without_a_wheel_it_is_built_or_the_python_left_out_or_a_known_failure() -> None:
    assert told(suite(), unlocked("0.16.0", "3.6", **NO_WHEEL)) == [
        'sdists=["aiohttp", "yarl"]',
        'python={"*": ">=3.9"}',
        'known_failures of "==0.16.*" on Python <3.9',
    ]


def test_where_more_than_a_wheel_is_wanting_nothing_is_built() -> None:
    cell = unlocked("0.16.0", "3.6", beside="it clashes, too", **NO_WHEEL)
    assert not any(remedy.startswith("sdists") for remedy in told(suite(), cell))


def test_only_the_python_that_has_no_lock_is_left_out() -> None:
    # On 3.9 another release has one.
    cell = unlocked("0.28.1", "3.9", **NO_WHEEL)
    assert told(suite(), cell)[1:] == [
        'python={"==0.28.*": ">=3.12"}',
        'known_failures of "==0.28.*" on Python <3.12',
    ]


def test_a_dependency_that_is_too_new_for_a_python_limits_the_releases_of_its_rule() -> None:
    rules = {">=0.28,<0.29": ["pytest-httpx==0.35.0"]}
    cell = unlocked("0.28.1", "3.9", python=("pytest-httpx==0.35.0", ">=3.10"))
    assert told(suite(requirements=rules), cell)[0] == 'python={">=0.28,<0.29": ">=3.10"}'


def test_where_a_release_would_lose_all_its_pythons_none_is_left_out() -> None:
    cell = unlocked("1.0", "3.12", python=("h11==1", ">=3.13"))
    assert told(suite(), cell) == ['known_failures of "==1.0.*"']


def test_what_the_policy_asks_for_is_overridden_by_a_rule_beside_the_one_it_clashes_with() -> None:
    rules = {">=0.16,<0.17": ["pytest-httpx==0.10.0"]}
    origins = {"pytest-httpx==0.10.0": "a rule", "pytest>=7": "the policy"}
    cells = [unlocked("0.16.0", python, origins, **BY_POLICY) for python in ("3.6", "3.9")]
    found = told(suite(requirements=rules), *cells)
    assert found == [
        'requirements={">=0.16,<0.17": ["pytest==6.*"]}',
        'known_failures of "==0.16.*"',
    ]


@pytest.mark.parametrize(
    "key, version, pythons, expected",
    [
        ("*", "1.0", ["3.12"], '"anyio<4.0.0" under "<1.0" instead of "*"'),
        (">=0.20", "1.0", ["3.12"], '"anyio<4.0.0" under ">=0.20,<1.0" instead of ">=0.20"'),
        ("*", "0.16.0", ["3.6", "3.9"], '"anyio<4.0.0" under ">=0.28.1" instead of "*"'),
        ("*", "0.28.1", ["3.9", "3.12"], '"anyio<4.0.0" under "!=0.28.*" instead of "*"'),
        ("*", "0.16.0", ["3.6"], '"anyio<4.0.0" under "python>=3.9" instead of "*"'),
        (">=1.0", "1.0", ["3.12"], '"anyio<4.0.0" out of the rule ">=1.0"'),
    ],
)
def test_a_requirement_is_kept_where_it_has_a_solution(
    key: str, version: str, pythons: list[str], expected: str
) -> None:
    rules = {key: ["anyio<4.0.0", "h11"]}
    origins = {"anyio<4.0.0": "a rule", "h11": "a rule"}
    cells = [unlocked(version, python, origins, **BY_RULE) for python in pythons]
    asked = suite(requirements=rules)
    found = list(remedies(asked, cells, CELLS, ()))
    assert str(found[0]) == expected
    edited = with_fields(asked, found[0].applied(fields_of(asked)))
    for other, python in CELLS:
        required = [
            line
            for rule in edited.rules_for(other)
            if rule.pythons([python])
            for line in rule.requirements
        ]
        hit = other == version and python in pythons
        before = any(r.specifier == key and r.admits_release(other) for r in asked.rules)
        assert ("anyio<4.0.0" in required) == (before and not hit)
        assert ("h11" in required) == before


def test_of_own_floors_no_sample_is_known_by_a_key() -> None:
    cells = [("lowest", "3.9"), ("lowest", "3.12"), ("highest", "3.9"), ("highest", "3.12")]
    own = suite(package=None)
    only = unlocked("lowest", "3.9", **NO_WHEEL)
    assert told(own, only, cells=cells) == ['sdists=["aiohttp", "yarl"]']
    both = [only, unlocked("highest", "3.9", **NO_WHEEL)]
    assert told(own, *both, cells=cells) == [
        'sdists=["aiohttp", "yarl"]',
        'python={"*": ">=3.12"}',
        'known_failures of "*" on Python <3.12',
    ]


@pytest.mark.parametrize(
    "before, limited",
    [
        ({}, {"==0.28.*": ">=3.12"}),
        ({"==0.28.*": ">=3.8"}, {"==0.28.*": ">=3.12"}),
        ({"==0.28.*": "<3.14"}, {"==0.28.*": "<3.14,>=3.12"}),
        ({"*": ">=3.8"}, {"*": ">=3.8", "==0.28.*": ">=3.12"}),
    ],
)
def test_a_limit_on_python_stands_beside_what_is_said(
    before: dict[str, str], limited: dict[str, str]
) -> None:
    asked = suite(python=before)
    _, limit, _ = remedies(asked, [unlocked("0.28.1", "3.9", **NO_WHEEL)], CELLS, ())
    assert limit.applied(fields_of(asked))["python"] == limited


def test_a_known_failure_takes_the_place_of_no_other() -> None:
    asked = suite(known_failures={"==0.28.*": {"reason": "a bug", "until": "2027-01-01"}})
    *_, expected = remedies(asked, [unlocked("0.28.1", "3.9", error="long " * 99)], CELLS, ())
    fields = expected.applied(fields_of(asked))
    assert fields["known_failures"]["==0.28.*"] == {"reason": "a bug", "until": "2027-01-01"}
    new = fields["known_failures"]["==0.28.1"]
    assert new["python"] == "<3.12"
    assert new["reason"].startswith("unresolvable: long") and len(new["reason"]) < 140
    known = with_fields(asked, fields)
    assert [cell for cell in CELLS if known.known_failures[1].covers(*cell)] == [("0.28.1", "3.9")]


def test_what_a_stanza_says_is_what_it_said() -> None:
    asked = suite(
        requirements={"*": ["anyio>=3"], "<1 and python<3.9": ["h11"]},
        python=">=3.8",
        sdists=["h11"],
        known_failures={
            "==1.*": "why",
            "<1": {"reason": "r", "python": "<3.9", "until": "2027-01-01"},
        },
    )
    assert with_fields(asked, fields_of(asked)) == asked


RELEASES = ["0.9", "1.0", "1.0.3", "1.1", "1.2rc1", "2.0", "1!0.1"]
PYTHONS = ["3.6", "3.9", "3.10", "3.12", "3.13"]
ANY_CELLS = st.sets(
    st.tuples(st.sampled_from(RELEASES), st.sampled_from(PYTHONS)), min_size=1, max_size=12
)
KEYS = st.sampled_from(["*", ">=1.0", "<2 and python>=3.9", "python<3.13", "!=1.1,<2"])


def requires(suite: Suite, version: str, python: str) -> bool:
    return any(
        "anyio<4.0.0" in rule.requirements and bool(rule.pythons([python]))
        for rule in suite.rules_for(version)
    )


def admitted(suite: Suite, version: str, python: str) -> bool:
    return all(
        conditions.admits_minor(limit, python)
        for key, limit in suite.python
        if conditions.release_matches(key, version)
    )


@given(ANY_CELLS, st.data(), KEYS, st.sampled_from([NO_WHEEL, BY_RULE]))
def test_no_remedy_touches_a_cell_that_it_is_not_for(
    cells: set[tuple[str, str]], data: st.DataObject, key: str, answer: dict[str, Any]
) -> None:
    hit = data.draw(st.sets(st.sampled_from(sorted(cells)), min_size=1))
    others = data.draw(st.sets(st.sampled_from(sorted(cells)))) - hit
    asked = suite(requirements={key: ["anyio<4.0.0"]}, python={">=0.1": ">=3.6"})
    if answer is BY_RULE:
        assume(all(requires(asked, *cell) for cell in hit))
    alike = [unlocked(*cell, {"anyio<4.0.0": "a rule"}, **answer) for cell in sorted(hit)]
    for remedy in remedies(asked, alike, cells, others):
        edited = with_fields(asked, remedy.applied(fields_of(asked)))
        if isinstance(remedy, ExpectFailure):
            assert {c for c in cells if edited.known_failure(*c)} == hit
        if isinstance(remedy, LimitPython):
            assert {c for c in cells if not admitted(edited, *c)} == hit
        if isinstance(remedy, MoveRequirement):
            assert not any(requires(edited, *cell) for cell in hit)
            for cell in cells - hit - others:
                assert requires(edited, *cell) == requires(asked, *cell)
