from __future__ import annotations

import json

import pytest

from version_matrix.bisection import answer
from version_matrix.bisection.blame import Blame
from version_matrix.bisection.course import Environment, Finding, Turn
from version_matrix.bisection.differences import Delta
from version_matrix.bisection.first_failure import failing_test

SNAPSHOT = '{"version": "1.2", "uploaded": "2024-01-01T00:00:00Z"}\n'
AXIS = '{"version": "3.1", "uploaded": "2024-02-02T00:00:00Z"}\n'
UPLOADED = {"1.2": "2024-01-01T00:00:00Z", "axis 3.1": "2024-02-02T00:00:00Z"}
PKG, X, Y = Delta("pkg", "1.1", "1.2"), Delta("x", "1", "2"), Delta("y", "1", "2")
TURN = Turn("pkg", "1.1", "1.2")


def finding(
    guilty: "tuple[Delta, ...]",
    turns: "tuple[Turn, ...]" = (TURN,),
    along: "tuple[Delta, ...]" = (),
    arrived: "tuple[str, ...]" = (),
) -> Finding:
    members = (("axis", "3.0"), ("pkg", "1.1"))
    good, bad = Environment(members, ""), Environment(members, "", "test_it::test_one")
    return Finding(good, bad, turns, Blame(guilty, along), arrived)


@pytest.mark.parametrize(
    ("found", "release", "cause", "pins"),
    [
        (finding((PKG,)), "1.2", "pkg 1.2 itself", []),
        (finding((PKG,), along=(X,)), "1.2", "pkg 1.2 itself, which needs x 2", ["x 1 -> 2"]),
        (finding((PKG, X)), "1.2", "pkg 1.2 together with x 2", ["x 1 -> 2"]),
        (finding((X,)), "1.2", "its pin x 2, and not pkg or axis itself", ["x 1 -> 2"]),
        (
            finding((X, Y), turns=()),
            "1.9",
            "its pins x 2 together with y 2, and not pkg or axis itself",
            ["x 1 -> 2", "y 1 -> 2"],
        ),
        (finding((), arrived=("new 1.0",)), "1.2", "what came with it: new 1.0", []),
        (finding((), turns=()), "1.9", "no pin: nothing differs", []),
        (
            finding((PKG,), turns=(Turn("pkg", "1.0", "1.2", ("1.1",)),)),
            "1.2",
            "pkg 1.2 itself, if it is not one of 1.1, which cannot be locked",
            [],
        ),
        (
            finding((Delta("axis", "3.0", "3.1"),), turns=(Turn("axis", "3.0", "3.1"),)),
            "axis 3.1",
            "axis 3.1 itself",
            [],
        ),
    ],
)
def test_answers(found: Finding, release: str, cause: str, pins: "list[str]") -> None:
    told = answer.answer(
        found, package="pkg", sample="1.9", snapshots={"pkg": SNAPSHOT, "axis": AXIS}
    )
    assert (told.release, told.cause, list(told.pins)) == (release, cause, pins)
    assert json.loads(answer.as_json(told)) == {
        "release": release,
        "uploaded": UPLOADED.get(release, ""),
        "cause": cause,
        "failing_test": "test_it::test_one",
        "pins": pins,
    }


def test_an_answer_for_a_terminal() -> None:
    found = finding(
        (PKG,), (Turn("pkg", "1.0", "1.2", ("1.1",)),), along=(X,), arrived=("new 1.0",)
    )
    told = answer.answer(
        found, package="pkg", sample="1.9", snapshots={"pkg": SNAPSHOT, "axis": AXIS}
    )
    assert answer.as_text(told, found, cell="lib:matrix#1.9@python=3.12").splitlines() == [
        "lib:matrix#1.9@python=3.12",
        "  pkg 1.0 passes, pkg 1.2 fails",
        "    between them nothing can be locked of 1.1",
        "  first bad release: 1.2, uploaded 2024-01-01T00:00:00Z",
        "  cause: pkg 1.2 itself, which needs x 2, if it is not one of 1.1, which cannot be locked",
        "  pin: x 1 -> 2",
        "  new: new 1.0",
        "  failing test: test_it::test_one",
    ]


CASE = b'<testcase classname="a.test_b" name="test_c"><failure message="no"/></testcase>'


@pytest.mark.parametrize(
    ("results", "found"),
    [
        (b"<testsuites><testsuite>" + CASE + b"</testsuite></testsuites>", "a.test_b::test_c"),
        (b'<testsuite><testcase name="test_d"/>' + CASE + b"</testsuite>", "a.test_b::test_c"),
        (b'<testsuite><testcase name="a"><error/></testcase></testsuite>', "a"),
        (b'<testsuite><testcase name="a"/></testsuite>', ""),
        (b'<!DOCTYPE x [<!ENTITY y "z">]><testsuite>' + CASE + b"</testsuite>", ""),
        (b"<testsuite>", ""),
        (b"", ""),
    ],
)
def test_the_first_test_that_failed(results: bytes, found: str) -> None:
    assert failing_test(results) == found
