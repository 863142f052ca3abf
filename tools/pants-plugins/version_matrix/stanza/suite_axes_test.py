"""What a stanza says of several packages."""

from __future__ import annotations

from typing import Any

import pytest

from version_matrix.stanza import suite
from version_matrix.stanza.conditions import SuiteError
from version_matrix.stanza.suite import KnownFailure, Rule, Suite

DRF = Suite("a:m", "a/m", "djangorestframework[x]>=3.14", axes=("Django[argon2]>=4.2", "redis"))
SAMPLE = "3.16.0@django=5.2.1,redis=5.0"


def test_a_sample_pins_every_member_with_its_extras() -> None:
    assert DRF.pinned(SAMPLE) == "djangorestframework[x]==3.16.0"
    assert DRF.pinned_axes(SAMPLE) == ("Django[argon2]==5.2.1", "redis==5.0")
    assert DRF.projects == ("djangorestframework", "django", "redis")
    assert DRF.releases(SAMPLE) == {
        "djangorestframework": "3.16.0",
        "django": "5.2.1",
        "redis": "5.0",
    }
    assert DRF.title == "djangorestframework[x]>=3.14 with Django[argon2]>=4.2 with redis"


def test_the_sampler_is_told_of_axes_only_where_there_are_some() -> None:
    assert DRF.sampling_request()["axes"] == ["Django[argon2]>=4.2", "redis"]
    assert not {"axes", "combine"} & set(Suite("a:m", "a/m", "httpx").sampling_request())


@pytest.mark.parametrize(
    "key, sample, admits",
    [
        ("django<5", SAMPLE, False),
        ("django>=5", SAMPLE, True),
        ("Django >= 5", SAMPLE, True),
        (">=3.16 and django>=5", SAMPLE, True),
        (">=3.17 and django>=5", SAMPLE, False),
        ("django>=5 and redis<5", SAMPLE, False),
        ("django>=5 and python>=3.12", SAMPLE, True),
        ("*", SAMPLE, True),
        ("2to3>=1", "3.16.0@2to3=1.0", True),
        # Of what a sample has no release, nothing matches.
        ("django>=5", "3.16.0", False),
    ],
)
def test_conditions_on_an_axis(key: str, sample: str, admits: bool) -> None:
    (rule,) = suite.parse_rules({key: ["h11"]})
    assert rule.admits_release(sample) is admits


@pytest.mark.parametrize(
    "key, covered", [("django>=5", True), ("django>=5 and python<3.12", False), ("<3.16", False)]
)
def test_known_failures_of_combinations(key: str, covered: bool) -> None:
    (known,) = suite.parse_known_failures({key: "why"})
    assert known == KnownFailure(key, "why")
    assert known.covers(SAMPLE, "3.12") is covered


@pytest.mark.parametrize(
    "fields, told",
    [
        ({}, None),
        ({"axes": ("DJANGO.REST.framework", "djangorestframework")}, "which is the package itself"),
        ({"axes": ("django>=4", "Django>=5")}, "axes names django twice"),
        ({"axes": ("python>=3",)}, "axes names python: which Pythons are tested is said by"),
        (
            {"axes": tuple(f"axis{n}" for n in range(10))},
            "axes has 10 packages, and of more than 5",
        ),
        ({"axes": (), "combine": "pairs"}, "combine='pairs' is about axes, and the suite has none"),
        (
            {"rules": (Rule("flask<5", ()),)},
            "requirements['flask<5'] is about flask, which is no axis (django, redis)",
        ),
        (
            {"known_failures": (KnownFailure("<1 and flask<5", "why"),)},
            "known_failures['<1 and flask<5'] is about flask, which is no axis",
        ),
        ({"axes": (), "rules": (Rule("django<5", ()),)}, "no axis (the suite has none)"),
        ({"axes": (), "rules": (Rule("*", ("django<5",)),)}, None),
        (
            {"rules": (Rule("*", ("h11", "Django[x]<5")),)},
            "asks for Django[x]<5, and django is an axis",
        ),
    ],
)
def test_what_is_wrong_with_axes(fields: dict[str, Any], told: str | None) -> None:
    given: dict[str, Any] = {"axes": DRF.axes, **fields}
    found = suite.wrong_axes(Suite("a:m", "a/m", "djangorestframework", **given))
    assert (found is None) is (told is None)
    assert told is None or told in str(found)


@pytest.mark.parametrize("axes", [["not a name"], ["django>=banana"], ["django; os_name == 'nt'"]])
def test_what_is_no_axis(axes: list[str]) -> None:
    with pytest.raises(SuiteError) as raised:
        suite.parse_axes(axes)
    assert repr(axes[0]) in str(raised.value) or "banana" in str(raised.value)


def test_what_is_no_choice_of_combinations() -> None:
    assert suite.parse_combine("pairs") == "pairs" and suite.parse_combine(None) is None
    with pytest.raises(SuiteError, match="combine='some': expected one of corners, pairs, all"):
        suite.parse_combine("some")


@pytest.mark.parametrize("fields", [{"axes": ("django",)}, {"combine": "all"}])
def test_a_suite_without_a_package_has_no_axes(fields: dict[str, Any]) -> None:
    with pytest.raises(SuiteError, match="is about releases of a package"):
        suite.check_own_floor(Suite("a:floors", "a/floors", None, **fields))
