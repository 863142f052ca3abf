from __future__ import annotations

import pytest

from version_matrix.bisection.ends import End, good_ends
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
