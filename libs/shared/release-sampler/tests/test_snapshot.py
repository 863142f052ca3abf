"""The snapshot as a file, and times as indexes write them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from release_sampler import Release, read_snapshot, write_snapshot
from release_sampler.basis.model import Status
from release_sampler.basis.times import days_after, format_time, parse_time
from sampler_makers import days_ago, release, snapshot


def test_a_release_a_line_sorted_and_without_what_is_unknown() -> None:
    made = snapshot(
        [
            release(
                "1.10", uploaded=parse_time("2024-01-02T03:04:05.678Z"), pythons=("3.8", "3.10")
            ),
            release("1.9", yanked="bad", requires_python=None, uploaded=None),
            Release("what?", problem="not a PEP 440 version"),
        ]
    )
    assert write_snapshot(made) == (
        '{"files":[],"problem":"not a PEP 440 version","version":"what?"}\n'
        '{"files":["sdist","wheel"],"version":"1.9","yanked":"bad"}\n'
        '{"files":["sdist","wheel"],"pythons":["3.8","3.10"],"requires_python":">=3.8",'
        '"uploaded":"2024-01-02T03:04:05Z","version":"1.10"}\n'
    )
    assert read_snapshot(write_snapshot(made), "thing") == made


def test_never_fetched_and_none_named_are_different() -> None:
    made = snapshot([release("1.0", pythons=None), release("2.0", pythons=())])
    assert [r.pythons for r in read_snapshot(write_snapshot(made), "thing").releases] == [None, ()]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("<<<<<<< HEAD", "line 2: "),
        ("[]", "line 2: expected a JSON object"),
        ("{}", "line 2: version is missing"),
        ('{"version":"1.x"}', "line 2: not a PEP 440 version"),
        ('{"version":"2.0","url":"x"}', "line 2: unknown field 'url'"),
        ('{"version":"2.0","uploaded":"yesterday"}', "line 2: 'yesterday' is not a time"),
        ('{"version":"2.0","files":"wheel"}', "line 2: files: expected a list"),
        ('{"version":"2.0","pythons":[3.8]}', "line 2: pythons: expected a list"),
        ('{"version":"2.0","pythons":["x"]}', "line 2: "),
        ('{"version":"2.0","yanked":1}', "line 2: yanked: expected"),
        ('{"version":"2.0","requires_python":"three"}', "line 2: not a PEP 440 specifier"),
        ('{"version":"1.0","files":[]}', "release 1.0 is there twice"),
    ],
)
def test_a_damaged_snapshot_names_the_line(line: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint.replace("(", r"\(")):
        read_snapshot(f'{{"version":"1.0","files":[]}}\n{line}\n', "thing")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-12-29T17:02:16.793800Z", "2019-12-29T17:02:16Z"),
        ("2019-12-29T17:02:16.1234567Z", "2019-12-29T17:02:16Z"),
        ("2019-12-29T17:02:16", "2019-12-29T17:02:16Z"),
        ("2019-12-29T18:02:16+01:00", "2019-12-29T17:02:16Z"),
        ("2019-12-29T18:02+0100", "2019-12-29T17:02:00Z"),
        ("2019-12-29", "2019-12-29T00:00:00Z"),
    ],
)
def test_times(text: str, expected: str) -> None:
    assert format_time(parse_time(text)) == expected


@pytest.mark.parametrize(
    "text", ["", "now", "2019-13-01", "2019-12-29T25:00Z", "0001-01-01T00:00:00+23:00", "9" * 999]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        parse_time(text)


def test_days_end_with_the_calendar() -> None:
    assert days_after(days_ago(0), 10**9).year == 9999
    assert days_after(days_ago(0), -(10**9)).year == 1


def test_a_project_that_is_not_active_has_a_line_of_its_own() -> None:
    made = snapshot(["1.0"])
    archived = replace(made, status=Status("archived", "use other"))
    text = write_snapshot(archived)
    assert text.splitlines()[0] == '{"reason":"use other","status":"archived"}'
    assert text.splitlines()[1:] == write_snapshot(made).splitlines()
    assert read_snapshot(text, "thing") == archived
    with pytest.raises(ValueError, match="line 1: unknown field 'x' beside a status"):
        read_snapshot('{"status":"archived","x":1}', "thing")
    with pytest.raises(ValueError, match="line 2: unknown field"):
        read_snapshot(write_snapshot(made) + '{"status":"archived"}', "thing")
