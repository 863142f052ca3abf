from __future__ import annotations

import pytest

from version_matrix.report.explanation import Explanation, explanations, matches, verdicts
from version_matrix.stanza.samples_file import Sample, SamplesFile, Unresolvable

OUTSIDE = "outside the specifier"
BEYOND = "not needed (beyond the 3 newest majors, gap of 9 series)"


def told(*given: tuple[str, str], wanted: str | None = None) -> list[tuple[str, str]]:
    found = explanations(SamplesFile((), {"verdicts": dict(given)}), wanted)
    return [(each.releases, each.verdict) for each in found]


def run_of(count: int, verdict: str, major: int = 0) -> list[tuple[str, str]]:
    return [(f"{major}.{minor}", verdict) for minor in range(count)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (run_of(349, OUTSIDE), [("0.0 to 0.348", OUTSIDE)]),
        (run_of(2, OUTSIDE), [("0.0 to 0.1", OUTSIDE)]),
        (run_of(1, OUTSIDE), [("0.0", OUTSIDE)]),
        (run_of(5, BEYOND), [("0.0 to 0.4", BEYOND)]),
        (run_of(4, BEYOND), run_of(4, BEYOND)),
        # What does not follow one another is not one.
        (
            [*run_of(3, OUTSIDE), ("1.0", "latest"), *run_of(3, OUTSIDE, 2)],
            [("0.0 to 0.2", OUTSIDE), ("1.0", "latest"), ("2.0 to 2.2", OUTSIDE)],
        ),
        # Nor is what differs in anything.
        ([*run_of(4, BEYOND), ("0.9", "latest")], [*run_of(4, BEYOND), ("0.9", "latest")]),
    ],
)
def test_what_is_folded(given: list[tuple[str, str]], expected: list[tuple[str, str]]) -> None:
    assert told(*given) == expected


def test_every_release_is_still_counted() -> None:
    (found,) = explanations(SamplesFile((), {"verdicts": dict(run_of(9, OUTSIDE))}))
    assert len(found.versions) == 9


def test_what_is_asked_for_is_not_folded() -> None:
    given = [*run_of(9, OUTSIDE), ("1.0", "latest")]
    assert told(*given, wanted="outside") == run_of(9, OUTSIDE)
    assert told(*given, wanted="yanked") == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("yanked", True),
        ("YANKED", True),
        ("broken", True),
        ("yanked*", True),
        ("*wheel?", True),
        ("yank?d: broken wheels", True),
        ("broken*", False),
        ("[xy]anked*", True),
        ("cooling", False),
    ],
)
def test_a_verdict_matches_a_part_of_it_or_a_pattern_for_all_of_it(
    wanted: str, found: bool
) -> None:
    assert matches("yanked: Broken wheels", wanted) is found


def test_of_a_sample_it_is_told_why_each_python() -> None:
    reason = "grpcio has no wheel\n  for 3.8"
    account = "Because grpcio has no wheel,\nthere is none."
    sample = Sample(
        "1.0", "latest", ("3.8",), unresolvable=(Unresolvable("3.8", reason, "x", account),)
    )
    entry = {
        "version": "1.0",
        "python_verdicts": {"3.8": "the oldest that it supports", "3.9": "no wheel"},
        "not_on": {"macos-arm64-14.0": ["3.8", "3.9"]},
    }
    sampling = {"verdicts": {"1.0": "latest"}, "samples": [entry]}
    assert explanations(SamplesFile((sample,), sampling)) == (
        Explanation(
            ("1.0",),
            "latest",
            (
                ("3.8", "the oldest that it supports"),
                ("3.9", "no wheel"),
                ("3.8", "unresolvable: grpcio has no wheel for 3.8"),
                ("", "  Because grpcio has no wheel,"),
                ("", "  there is none."),
                ("", "no file for macos-arm64-14.0 on 3.8, 3.9"),
            ),
        ),
    )


def test_a_suite_without_an_index_has_its_tiers() -> None:
    own = SamplesFile((Sample("lowest", "lowest", ("3.8",)),), {"package": None})
    assert verdicts(own) == {"lowest": "lowest"}
