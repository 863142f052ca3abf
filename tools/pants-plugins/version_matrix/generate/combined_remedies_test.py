from __future__ import annotations

from typing import Any, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pants.util.frozendict import FrozenDict

from version_matrix.generate.combined_remedies import cause
from version_matrix.generate.remedies import remedies
from version_matrix.generate.requests import LockResult, Unlocked
from version_matrix.generate.rule_keys import alone, condition
from version_matrix.stanza import suite as parsing
from version_matrix.stanza.suite import Suite

NAMES = ("1.0@django=4.2", "1.0@django=5.2", "2.0@django=4.2", "2.0@django=5.2")
CELLS = tuple((name, python) for name in NAMES for python in ("3.9", "3.12"))


def suite(**fields: Any) -> Suite:
    rules = parsing.parse_rules(fields.pop("requirements", {}))
    return Suite("lib:matrix", "lib/matrix", "drf>=1", rules=rules, axes=("django>=4.2",), **fields)


def unlocked(cell: "tuple[str, str]", *origins: str, **answer: Any) -> Unlocked:
    result = LockResult(**{"error": "it clashes", "clash": True, **answer})
    return Unlocked(*cell, ("3.9", "3.12"), result, FrozenDict({line: "" for line in origins}))


def told(
    of: Suite, alike: "Iterable[Unlocked]", cells: "Iterable[tuple[str, str]]" = CELLS
) -> list[str]:
    return [str(remedy) for remedy in remedies(of, tuple(alike), cells, ())]


def cells(*names: str, on: "tuple[str, ...]" = ("3.9", "3.12")) -> "list[tuple[str, str]]":
    return [(name, python) for name in names for python in on]


def test_what_clashes_of_the_releases_alone_has_no_remedy() -> None:
    account = (
        "Because drf==1.0 depends on django<5 and you require django==5.2, we can conclude no."
    )
    hit = [unlocked(cell, "sqlparse<0.3", derivation=account) for cell in cells("1.0@django=5.2")]
    assert told(suite(requirements={"*": ["sqlparse<0.3"]}), hit) == []


def test_what_two_releases_want_of_a_third_project_is_no_matter_of_a_rule_for_it() -> None:
    account = (
        "Because django==5.2 depends on sqlparse>=0.3 and drf==1.0 depends on sqlparse<0.3, we can "
        "conclude that drf==1.0 and django==5.2 are incompatible."
    )
    each = unlocked(("1.0@django=5.2", "3.9"), "sqlparse<0.3", derivation=account)
    assert cause(each) == ()


@pytest.mark.parametrize(
    "names, key",
    [
        # A release of the package, of the axis, and all of them.
        (("2.0@django=4.2", "2.0@django=5.2"), "<2.0"),
        (("1.0@django=5.2", "2.0@django=5.2"), "django<5.2"),
        (NAMES, None),
    ],
)
def test_a_rule_is_moved_to_where_it_agrees(names: "tuple[str, ...]", key: "str | None") -> None:
    account = (
        "Because x==1 depends on sqlparse>=0.3 and you require sqlparse<0.3, we can conclude no."
    )
    hit = [unlocked(cell, "sqlparse<0.3", derivation=account) for cell in cells(*names)]
    (remedy,) = told(suite(requirements={"*": ["sqlparse<0.3"]}), hit)
    moved = f'under "{key}" instead of "*"' if key else 'out of the rule "*"'
    assert remedy == f'"sqlparse<0.3" {moved}'


def test_of_one_combination_no_key_leaves_it_out_alone() -> None:
    """Rules hold where all their conditions do; none says "not both"."""
    account = (
        "Because x==1 depends on sqlparse>=0.3 and you require sqlparse<0.3, we can conclude no."
    )
    hit = [unlocked(cell, "sqlparse<0.3", derivation=account) for cell in cells("2.0@django=5.2")]
    assert told(suite(requirements={"*": ["sqlparse<0.3"]}), hit) == []


@pytest.mark.parametrize(
    "names, key",
    [
        (("2.0@django=4.2", "2.0@django=5.2"), ">=2.0"),
        (("1.0@django=4.2", "2.0@django=4.2"), "django<5.2"),
        (("1.0@django=5.2",), "==1.0.* and django==5.2.*"),
        (NAMES, "*"),
    ],
)
def test_what_the_policy_asks_for_is_overridden_for_the_combinations_that_want_it(
    names: "tuple[str, ...]", key: str
) -> None:
    account = "Because x==1 depends on pytest==6.* and you require pytest>=7, we can conclude no."
    hit = [unlocked(cell, "pytest>=7", derivation=account) for cell in cells(*names)]
    assert told(suite(), hit) == [f'requirements={{"{key}": ["pytest==6.*"]}}']


@pytest.mark.parametrize(
    "hit, limits",
    [
        (cells(*NAMES, on=("3.9",)), '"*": ">=3.12"'),
        (cells("2.0@django=4.2", "2.0@django=5.2", on=("3.9",)), '"==2.0.*": ">=3.12"'),
        # The field `python` is about releases of the package: of one combination it says nothing.
        (cells("2.0@django=5.2", on=("3.9",)), None),
        (cells("2.0@django=4.2", "2.0@django=5.2"), None),
    ],
)
def test_what_has_no_wheel_is_built_or_its_python_left_out(
    hit: "list[tuple[str, str]]", limits: "str | None"
) -> None:
    wheelless = (("hiredis", "3.0"),)
    found = told(suite(), [unlocked(cell, wheelless=wheelless) for cell in hit])
    assert found == ['sdists=["hiredis"]', *([f"python={{{limits}}}"] if limits else [])]


some = st.sets(st.sampled_from(CELLS), min_size=1)


@given(some, some)
def test_a_key_holds_for_the_good_and_for_none_of_the_bad(
    good: "set[tuple[str, str]]", bad: "set[tuple[str, str]]"
) -> None:
    key = condition(bad, good)
    if key is None:
        return
    (rule,) = parsing.parse_rules({key: []})
    admitted = {
        (name, python)
        for name, python in CELLS
        if rule.admits_release(name) and python in rule.pythons([python])
    }
    assert good <= admitted and not bad & admitted


@given(st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES)))
def test_a_key_of_one_combination_alone(name: str, others: "set[str]") -> None:
    (rule,) = parsing.parse_rules({alone(name, others - {name}): []})
    assert rule.admits_release(name)
    assert not any(rule.admits_release(other) for other in others - {name})
