from __future__ import annotations

import datetime
from typing import Any, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from version_matrix.stanza import conditions, suite
from version_matrix.stanza.conditions import SuiteError
from version_matrix.stanza.suite import KnownFailure, Rule, Suite

VERSIONS = st.builds(
    lambda numbers, suffix: ".".join(map(str, numbers)) + suffix,
    st.lists(st.integers(0, 30), min_size=1, max_size=4),
    st.sampled_from(["", "rc1", "b2", ".post1", "+local"]),
)


@pytest.mark.parametrize(
    "specifier, version, matches",
    [
        ("*", "1.0", True),
        ("*", "lowest", True),
        (">=0", "lowest", False),
        ("<0.24", "0.23.9", True),
        ("<0.24", "0.24.0", False),
        (">=0.16,<0.17", "0.16.1", True),
        (">=0.16, <0.17", "0.17", False),
        ("==0.19.*", "0.19.4", True),
        ("==0.19.*", "0.190", False),
        ("==1.2.3", "1.2.3.4", False),
        ("==1.2.3.*", "1.2.3.4", True),
        (">=1", "1!0.5", True),
        ("<2", "1!0.5", False),
        # Pre- and post-releases stand for the release they precede or follow.
        (">=2.0", "2.0rc1", True),
        ("<2.0", "2.0rc1", False),
        ("==3.7.4", "3.7.4.post0", True),
        ("<=3.7.4", "3.7.4.post0", True),
        (">3.7.4", "3.7.4.post0", False),
        ("!=2.0", "2.0rc1", False),
        ("==1.0", "1.0+local", True),
        # A clause that names such a release is taken at its word.
        ("==2.0rc1", "2.0rc1", True),
        ("==2.0rc1", "2.0rc2", False),
        ("!=2.0rc1", "2.0rc1", False),
        ("!=2.0rc1", "2.0rc2", True),
        ("<2.0rc2", "2.0rc1", True),
        (">=2.0,!=2.0rc1", "2.0rc1", False),
        ("===1.0", "1.0", True),
        ("===1.0", "1.0.0", False),
    ],
)
def test_which_releases_a_rule_is_for(specifier: str, version: str, matches: bool) -> None:
    assert conditions.release_matches(specifier, version) is matches


@given(VERSIONS, VERSIONS)
def test_a_bound_and_its_opposite_part_the_releases(bound: str, version: str) -> None:
    base = Version(bound).base_version
    at_least = conditions.release_matches(f">={base}", version)
    assert at_least is not conditions.release_matches(f"<{base}", version)
    assert at_least is (Version(Version(version).base_version) >= Version(base))


@pytest.mark.parametrize("text", ["", "*", "1.0", ">=banana", ">=1 <2", "=>1", ">=1,", "==1.*.2"])
def test_what_is_no_specifier(text: str) -> None:
    with pytest.raises(SuiteError) as raised:
        conditions.parse_specifier(text)
    assert str(raised.value) == (
        f"{text!r} is not a version specifier (PEP 440): expected something like "
        "'>=0.16,<1' or '==2.*'"
    )


@given(st.text(max_size=20))
def test_any_text_is_a_requirement_and_a_specifier_or_an_error(text: str) -> None:
    parsers: tuple[Callable[[str], object], ...] = (
        suite.parse_requirement,
        conditions.parse_specifier,
    )
    for parse in parsers:
        try:
            parse(text)
        except SuiteError as error:
            assert repr(text) in str(error) or "specifier" in str(error)


@pytest.mark.parametrize(
    "text, culprit",
    [
        ("", "'' is not a requirement (PEP 508)"),
        ("not a name", "'not a name' is not a requirement (PEP 508)"),
        # packaging 21.3, on which Pants runs, takes it for a legacy specifier.
        ("httpx>=banana", ">=banana"),
        ("httpx; python_version ~ '3'", "is not a requirement (PEP 508)"),
        ("httpx; sys_platform ~= 'linux'", "is not a requirement (PEP 508): Undefined"),
        ("httpx; extra == 'http2'", "asks for an `extra`, and a cell has none"),
        ("httpx; os_name == 'posix' or 'http2' == extra", "asks for an `extra`"),
        ("../httpx", "'../httpx' is not a requirement (PEP 508)"),
        ("httpx @ https://example.com/httpx.whl", "names a URL: expected a name and a specifier"),
        ("httpx @ git+https://example.com/httpx", "names a URL: expected a name and a specifier"),
    ],
)
def test_what_is_no_requirement(text: str, culprit: str) -> None:
    with pytest.raises(SuiteError) as raised:
        suite.parse_requirement(text)
    assert culprit in str(raised.value)


def test_rules() -> None:
    assert suite.parse_rules(
        {"*": ["anyio>=3"], "<0.24": ["anyio<4", "h11 ; os_name == 'nt'"]}
    ) == (
        Rule("*", ("anyio>=3",)),
        Rule("<0.24", ("anyio<4", "h11 ; os_name == 'nt'")),
    )


@pytest.mark.parametrize("rules", [{"banana": []}, {"*": ["not a name"]}, {"": ["anyio"]}])
def test_wrong_rules(rules: dict[str, list[str]]) -> None:
    with pytest.raises(SuiteError):
        suite.parse_rules(rules)


@pytest.mark.parametrize(
    "given_python, expected",
    [
        (None, ()),
        (">=3.9", (("*", ">=3.9"),)),
        ({"*": ">=3.8", ">=0.28": ">=3.9"}, (("*", ">=3.8"), (">=0.28", ">=3.9"))),
    ],
)
def test_pythons(given_python: Any, expected: tuple[tuple[str, str], ...]) -> None:
    assert suite.parse_python(given_python) == expected


@pytest.mark.parametrize("wrong", ["3.12", {"*": "three"}, {"0.28": ">=3.9"}])
def test_wrong_pythons(wrong: Any) -> None:
    with pytest.raises(SuiteError, match="is not a version specifier"):
        suite.parse_python(wrong)


def test_samples() -> None:
    assert suite.parse_count("samples", None) is None
    assert suite.parse_count("samples", 1) == 1
    for few in (0, -1):
        with pytest.raises(
            SuiteError, match=f"samples={few}: expected a whole number of at least 1"
        ):
            suite.parse_count("samples", few)


def test_sdists_are_named_as_the_pins_of_a_lock_are() -> None:
    assert suite.parse_projects(["Foo_Bar", "foo.bar", "Abc"]) == ("abc", "foo-bar")


@pytest.mark.parametrize("wrong", ["foo>=1", "foo[bar]", "not a name", ""])
def test_wrong_sdists(wrong: str) -> None:
    with pytest.raises(SuiteError) as raised:
        suite.parse_projects(["fine", wrong])
    assert repr(wrong) in str(raised.value)


@pytest.mark.parametrize(
    "entry, expected",
    [
        ("why", KnownFailure("<1", "why")),
        ({"reason": " why "}, KnownFailure("<1", "why")),
        (
            {"reason": "why", "until": "2027-01-31", "python": ">=3.12"},
            KnownFailure("<1", "why", datetime.date(2027, 1, 31), ">=3.12"),
        ),
    ],
)
def test_known_failures(entry: Any, expected: KnownFailure) -> None:
    assert suite.parse_known_failures({"<1": entry}) == (expected,)


@pytest.mark.parametrize(
    "specifier, entry, culprit",
    [
        ("<1", "", "known_failures['<1'] has no reason"),
        ("<1", "  ", "known_failures['<1'] has no reason"),
        ("<1", {}, "known_failures['<1'] has no reason"),
        ("<1", {"until": "2027-01-31"}, "known_failures['<1'] has no reason"),
        ("<1", {"reason": "why", "til": "x"}, "known_failures['<1'] has 'til': expected 'reason'"),
        ("<1", {"reason": "why", "until": "soon"}, "has until='soon': expected a date like"),
        ("<1", {"reason": "why", "until": "2027-02-30"}, "has until='2027-02-30'"),
        ("<1", {"reason": "why", "python": "3.12"}, "'3.12' is not a version specifier"),
        ("one", "why", "'one' is no key of a rule"),
    ],
)
def test_wrong_known_failures(specifier: str, entry: Any, culprit: str) -> None:
    with pytest.raises(SuiteError) as raised:
        suite.parse_known_failures({specifier: entry})
    assert culprit in str(raised.value)


@pytest.mark.parametrize(
    "python, cell, covered",
    [
        (None, ("0.19.1", "3.8"), True),
        (None, ("0.20.0", "3.8"), False),
        (">=3.12", ("0.19.1", "3.12"), True),
        (">=3.12", ("0.19.1", "3.9"), False),
        ("<3.10", ("0.19.1", "3.9"), True),
        ("==3.12.*", ("0.19.1", "3.12"), True),
        # Any patch counts.
        (">=3.12.1", ("0.19.1", "3.12"), True),
        (">=3.12.1", ("0.19.1", "3.11"), False),
        ("<=3.12", ("0.19.1", "3.12"), True),
        ("!=3.12.*", ("0.19.1", "3.12"), False),
        # Of whatever build.
        (">=3.14", ("0.19.1", "3.14t"), True),
        ("<3.11", ("0.19.1", "pypy3.11"), False),
    ],
)
def test_what_a_known_failure_covers(
    python: str | None, cell: tuple[str, str], covered: bool
) -> None:
    failure = KnownFailure("==0.19.*", "why", python=python)
    assert failure.covers(*cell) is covered
    listed = Suite("a:matrix", "a/matrix", "httpx", known_failures=(failure,))
    assert listed.known_failure(*cell) == (failure if covered else None)


def test_all_matching_rules_apply_together_in_the_order_of_the_stanza() -> None:
    ruled = Suite(
        "a:matrix",
        "a/matrix",
        "httpx>=0.16",
        rules=suite.parse_rules({"<0.24": ["anyio<4"], "*": ["anyio>=3", "h11"], ">=1": ["h2"]}),
    )
    assert [rule.specifier for rule in ruled.rules_for("0.23.0")] == ["<0.24", "*"]
    assert [rule.specifier for rule in ruled.rules_for("0.24.0")] == ["*"]
    assert Suite("a:matrix", "a/matrix", None).rules_for("lowest") == ()


@pytest.mark.parametrize(
    "fields, culprit",
    [
        ({"rules": (Rule("<2", ("h11",)),)}, "requirements['<2'] is about releases"),
        ({"python": (("*", ">=3.9"), (">=1", ">=3.10"))}, "python['>=1'] is about releases"),
        ({"known_failures": (KnownFailure("==1.*", "why"),)}, "known_failures['==1.*'] is about"),
        ({"samples": 3}, "samples=3 is about releases"),
    ],
)
def test_a_suite_without_a_package_says_nothing_of_releases(fields: Any, culprit: str) -> None:
    with pytest.raises(SuiteError) as raised:
        suite.check_own_floor(Suite("a:floors", "a/floors", None, **fields))
    assert culprit in str(raised.value)
    # With a package the same is as it should be.
    suite.check_own_floor(Suite("a:matrix", "a/matrix", "httpx", **fields))


def test_a_suite_without_a_package_may_speak_of_both_its_samples() -> None:
    own = Suite(
        "a:floors",
        "a/floors",
        None,
        rules=(Rule("*", ("h11",)),),
        python=(("*", ">=3.9"),),
        sdists=("h11",),
        known_failures=(KnownFailure("*", "why", python="==3.9.*"),),
    )
    suite.check_own_floor(own)
    assert own.rules_for("lowest") == (Rule("*", ("h11",)),)


def test_a_listed_failure_that_covers_no_cell_is_told() -> None:
    listed: dict[str, Any] = {
        "==0.19.*": "why",
        "<1": {"reason": "why", "python": ">=3.13"},
        "==0.20.*": {"reason": "why", "python": ">=3.9"},
    }
    given_suite = Suite(
        "a:matrix", "a/matrix", "httpx", known_failures=suite.parse_known_failures(listed)
    )
    assert given_suite.idle_failures([("0.20.0", "3.8"), ("0.20.0", "3.12")]) == (
        "known_failures['==0.19.*'] covers no cell: leave it out if it never will",
        "known_failures['<1'] covers no cell: leave it out if it never will",
    )
    assert given_suite.idle_failures([("0.19.1", "3.13"), ("0.20.1", "3.9")]) == ()


@pytest.mark.parametrize(
    "package, project, pinned",
    [
        ("httpx>=0.16", "httpx", "httpx==0.28.1"),
        ("Zope.Interface", "zope-interface", "Zope.Interface==0.28.1"),
        ("httpx[socks, http2]>=0.16", "httpx", "httpx[http2,socks]==0.28.1"),
    ],
)
def test_the_pin_of_a_sample(package: str, project: str, pinned: str) -> None:
    tested = Suite("a:matrix", "a/matrix", package)
    assert tested.project == project
    assert tested.pinned("0.28.1") == pinned


def test_sampling_is_told_only_what_can_change_it() -> None:
    bare = Suite("a:matrix", "a/matrix", "httpx", samples=3)
    elsewhere = Suite(
        "b:other",
        "b/other",
        "httpx",
        samples=3,
        rules=(Rule("*", ("anyio",)),),
        known_failures=(KnownFailure("*", "why"),),
    )
    assert bare.sampling_request() == elsewhere.sampling_request()
    narrower = Suite("a:matrix", "a/matrix", "httpx", samples=3, python=(("*", ">=3.9"),))
    assert bare.sampling_request() != narrower.sampling_request()


@pytest.mark.parametrize(
    "key, culprit",
    [
        ("python", "'python' is no key of a rule"),
        (">=1 and ", "'>=1 and ' is no key of a rule"),
        (">=1 or <2", "'>=1 or <2' is not a version specifier"),
        ("python>=three", "'>=three' is not a version specifier"),
        ("py3.8", "'py3.8' is no key of a rule"),
    ],
)
def test_what_is_no_key_of_a_rule(key: str, culprit: str) -> None:
    with pytest.raises(SuiteError) as raised:
        suite.parse_rules({key: ["h11"]})
    assert culprit in str(raised.value)


@pytest.mark.parametrize(
    "key, release, pythons",
    [
        ("*", True, ("3.8", "3.12")),
        ("<0.29", True, ("3.8", "3.12")),
        ("python >= 3.9", True, ("3.12",)),
        (">=0.16,<1 and python<3.9", True, ("3.8",)),
        ("python>=3.9 and python<3.12", True, ()),
        ("<0.28 and python<3.9", False, ("3.8",)),
        # Any patch counts, as everywhere.
        ("python>3.8", True, ("3.8", "3.12")),
    ],
)
def test_conditions_of_a_rule(key: str, release: bool, pythons: tuple[str, ...]) -> None:
    (rule,) = suite.parse_rules({key: ["h11"]})
    assert rule.admits_release("0.28.1") is release
    assert rule.pythons(("3.8", "3.12")) == pythons


def test_a_condition_on_python_that_surprises_is_told_with_the_spelling_that_is_meant() -> None:
    asked = Suite(
        address="lib:matrix",
        folder="lib/matrix",
        package="httpx",
        rules=suite.parse_rules({"*": [], "<1 and python>3.7": [], "python>=3.8,<=3.12": []}),
        known_failures=suite.parse_known_failures(
            {"<1": {"reason": "r", "python": "!=3.9"}, "<2": {"reason": "r", "python": ">3.9.1"}}
        ),
    )
    assert asked.surprising_limits() == (
        "requirements['<1 and python>3.7']: by PEP 440 >3.7 admits 3.7.1 and later; write >=3.8 to "
        "leave 3.7 out",
        "known_failures['<1']: by PEP 440 !=3.9 admits 3.9.1 and later; write !=3.9.* to leave 3.9 out",
    )
