from __future__ import annotations

import pytest

from version_matrix.bisection.course import Environment
from version_matrix.bisection.ends import End, good_ends, nearest_of
from version_matrix.stanza.samples_file import Sample


def lock(pins: str, pythons: str = "3.11, 3.12") -> str:
    return f"# pythons: {pythons}\n{pins}\n"


OLD, NEW = lock("x==1"), lock("x==2")
SAMPLES = [
    Sample(version, "between", ("3.11", "3.12")) for version in ("1.0", "1.9", "1.10", "2.0")
]


@pytest.mark.parametrize(
    ("failing", "present", "committed", "ends"),
    [
        # The nearest older sample first; what has no lock for this Python gets one.
        (
            "1.10",
            {"1.10.lock": NEW, "1.9.lock": NEW, "1.0.lock": lock("x==1", "3.11")},
            {},
            [End("1.9", "1.9", NEW), End("1.0", "1.0")],
        ),
        # Its own lock as it was committed is nearer still; one that is the same is none.
        (
            "1.10",
            {"1.10.lock": NEW, "1.9.lock": NEW},
            {"1.10.lock": OLD, "1.9.lock": f"# another header\n{NEW}"},
            [
                End("1.10", "1.10 with its committed lock", OLD),
                End("1.9", "1.9", NEW),
                End("1.0", "1.0"),
            ],
        ),
        # A sample that was, and is no more.
        (
            "1.9",
            {"1.9.lock": NEW, "1.0.lock": NEW},
            {"1.8.lock": OLD, "2.0.lock": OLD},
            [End("1.8", "1.8 with its committed lock", OLD), End("1.0", "1.0", NEW)],
        ),
        # A lock of one Python.
        (
            "1.9",
            {"1.0.lock": OLD, "1.0-py3.12.lock": lock("x==2", "3.12")},
            {},
            [End("1.0", "1.0", lock("x==2", "3.12"))],
        ),
        ("1.0", {"1.0.lock": NEW}, {}, []),
    ],
)
def test_what_a_cell_is_compared_with(
    failing: str, present: "dict[str, str]", committed: "dict[str, str]", ends: "list[End]"
) -> None:
    found = good_ends(SAMPLES, failing=failing, python="3.12", present=present, committed=committed)
    assert list(found) == ends


def test_own_requirements_at_their_highest_are_compared_with_the_lowest() -> None:
    samples = [Sample(tier, tier, ("3.12",)) for tier in ("lowest", "highest")]
    present = {"lowest.lock": OLD, "highest.lock": NEW}

    def ends(failing: str) -> "list[End]":
        return list(
            good_ends(samples, failing=failing, python="3.12", present=present, committed={})
        )

    assert ends("highest") == [End("lowest", "lowest", OLD)]
    assert ends("lowest") == []


COMBINED = [
    Sample(name, "between", ("3.12",))
    for name in (
        "1.0@axis=2.0",
        "1.0@axis=2.9",
        "1.5@axis=2.0",
        "1.5@axis=2.4",
        "1.5@axis=2.9",
        "2.0@axis=2.9",
    )
]


@pytest.mark.parametrize(
    ("failing", "ends"),
    [
        # What differs in one package first; with a newer release of an axis last.
        (
            "1.5@axis=2.4",
            ["1.5@axis=2.0", "1.0@axis=2.0", "1.5@axis=2.9", "1.0@axis=2.9"],
        ),
        (
            "2.0@axis=2.9",
            ["1.5@axis=2.9", "1.0@axis=2.9", "1.5@axis=2.4", "1.5@axis=2.0", "1.0@axis=2.0"],
        ),
        ("1.0@axis=2.0", ["1.0@axis=2.9"]),
    ],
)
def test_what_a_combination_is_compared_with(failing: str, ends: "list[str]") -> None:
    found = good_ends(COMBINED, failing=failing, python="3.12", present={}, committed={})
    assert [end.version for end in found] == ends


def test_what_was_committed_before_the_axes_is_no_end_of_a_combination() -> None:
    committed = {
        "1.0.lock": OLD,
        "1.0@axis=1.0,other=2.lock": OLD,
        "0.9@axis=1.0-py3.12.lock": OLD,
        "0.9@a-python-axis=1.0.lock": OLD,
    }
    found = good_ends([], failing="1.0@axis=1.0", python="3.12", present={}, committed=committed)
    assert [end.version for end in found] == ["0.9@axis=1.0"]
    found = good_ends([], failing="1.0", python="3.12", present={}, committed=committed)
    assert [end.version for end in found] == ["1.0"]


def releases(pkg: str, axis: str) -> Environment:
    return Environment((("pkg", pkg), ("axis", axis)), "")


@pytest.mark.parametrize(
    ("good", "failed", "nearest"),
    [
        (("1.0", "1.0"), [], ("1.10", "1.10")),
        (("1.0", "1.0"), [("1.10", "1.9"), ("1.9", "1.0")], ("1.9", "1.0")),
        # Its failure may be another one.
        (("1.0", "1.9"), [("1.10", "1.0")], ("1.10", "1.10")),
        # Downwards.
        (("2.0", "2.0"), [("1.9", "2.0"), ("1.11", "2.0")], ("1.11", "2.0")),
    ],
)
def test_what_fails_beside_the_way_is_no_end(
    good: "tuple[str, str]", failed: "list[tuple[str, str]]", nearest: "tuple[str, str]"
) -> None:
    found = nearest_of(
        [releases(*each) for each in failed], releases(*good), releases("1.10", "1.10")
    )
    assert found == releases(*nearest)
