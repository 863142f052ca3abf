"""Lines of earlier runs count as long as what reached them is the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from version_matrix.gate import verdict
from version_matrix.gate.merge import fellows, known
from version_matrix.gate.record import Reach, UnreadableRecord, parse, ranges, render

A, B, C = "lib/test_a.py", "lib/test_b.py", "lib/test_c.py"


def reach(tests: str, digest: str = "1", **lines: "set[int]") -> Reach:
    """Tests by their initials, all resting on one digest."""
    named = {f"lib/test_{initial}.py": digest for initial in tests}
    return Reach(named, {f"{path}.py": frozenset(some) for path, some in lines.items()})


NOW = {A: "1", B: "1", C: "1"}


@pytest.mark.parametrize(
    ("fresh", "recorded", "now", "lines", "unknown"),
    [
        # A full run.
        ([reach("a", x={1}), reach("bc", x={2})], [], NOW, {1, 2}, ()),
        # One test ran anew: the others' lines still count, its own earlier ones do not.
        (
            [reach("a", "2", x={1})],
            [reach("a", x={7}), reach("bc", x={2})],
            {**NOW, A: "2"},
            {1, 2},
            (),
        ),
        # What changed, and did not run, is not known.
        ([], [reach("a", x={7}), reach("bc", x={2})], {**NOW, A: "2"}, {2}, (A,)),
        # Of a process with several tests all must be the same.
        ([reach("b", "2", x={1})], [reach("bc", x={2})], {**NOW, B: "2"}, {1}, (A, C)),
        # A process stays as long as one of its tests was not run anew.
        ([reach("b", x={1})], [reach("bc", x={2})], NOW, {1, 2}, (A,)),
        ([reach("bc", x={1})], [reach("bc", x={2})], NOW, {1}, (A,)),
        # A test that is gone reaches nothing.
        ([reach("a", x={1})], [reach("bc", x={2})], {A: "1"}, {1}, ()),
        ([], [], NOW, None, (A, B, C)),
    ],
)
def test_what_counts(
    fresh: "list[Reach]",
    recorded: "list[Reach]",
    now: "dict[str, str]",
    lines: "set[int] | None",
    unknown: "tuple[str, ...]",
) -> None:
    found = known(fresh, recorded, now)
    assert found.lines.get("x.py") == (None if lines is None else frozenset(lines))
    assert found.unknown == unknown


@pytest.mark.parametrize(
    ("selected", "recorded", "now", "beside"),
    [
        # Who shared a process with what has changed has to run, too.
        ({B}, [reach("bc")], {**NOW, B: "2"}, {C}),
        # Not what is known by itself as well, or is gone.
        ({B}, [reach("bc"), reach("c")], {**NOW, B: "2"}, set()),
        ({B}, [reach("bc")], {A: "1", B: "2"}, set()),
        # Nobody, where nothing has changed or nothing is known.
        ({B}, [reach("bc")], NOW, set()),
        ({B}, [], NOW, set()),
    ],
)
def test_who_runs_beside_those_selected(
    selected: "set[str]", recorded: "list[Reach]", now: "dict[str, str]", beside: "set[str]"
) -> None:
    assert fellows(selected, recorded, now) == beside


@given(
    st.lists(
        st.builds(
            Reach,
            st.dictionaries(st.sampled_from([A, B, C]), st.sampled_from("12"), min_size=1),
            st.dictionaries(
                st.sampled_from(["x.py", "y z.py"]), st.frozensets(st.integers(1, 50)), max_size=2
            ),
        ),
        max_size=4,
    )
)
def test_a_record_is_read_as_it_was_written(reached: "list[Reach]") -> None:
    text = render(reached)
    assert sorted(map(repr_of, parse(text))) == sorted(map(repr_of, reached))
    assert render(parse(text)) == text


def repr_of(reach: Reach) -> str:
    return json.dumps(
        [dict(sorted(reach.tests.items())), {p: sorted(s) for p, s in sorted(reach.lines.items())}]
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"format": 2, "reached": []}',
        '{"format": 1}',
        '{"format": 1, "reached": [{"tests": {}, "lines": {"x": "1-"}}, 1]}',
        '{"format": 1, "reached": [{"tests": {}, "lines": {"x": "1-99999999999"}}]}',
        '{"format": 1, "reached": [{"tests": {}, "lines": {"x": "0"}}]}',
        '{"format": 1, "reached": [{"tests": [], "lines": {}}]}',
        # The same lines again and again, and a little in each of very many files.
        '{"format": 1, "reached": [{"tests": {}, "lines": {"x": "1-9,1-9"}}]}',
        json.dumps(
            {
                "format": 1,
                "reached": [{"tests": {}, "lines": {f"{n}": "1-9999999"}} for n in range(99)],
            }
        ),
        "[" * 100_000,
    ],
)
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(UnreadableRecord):
        parse(text)


@pytest.mark.parametrize(("lines", "told"), [([], ""), ([7], "7"), ([3, 1, 2, 7, 9, 8], "1-3,7-9")])
def test_ranges(lines: "list[int]", told: str) -> None:
    assert ranges(lines) == told


LCOV = (
    "SF:a b.py\nDA:1,1\nDA:2,0\nDA:3,0,hash\nLF:3\nend_of_record\nSF:c.py\nDA:1,1\nend_of_record\n"
)


@pytest.mark.parametrize(
    ("least", "lines"),
    [
        (50, ["a b.py: 2-3 not reached by any test", "50 % of it reached (2 of 4 lines)."]),
        (
            100,
            [
                "a b.py: 2-3 not reached by any test",
                "50 % of it reached (2 of 4 lines); expected 100 %.",
            ],
        ),
    ],
)
def test_all_lines(least: float, lines: "list[str]") -> None:
    assert verdict.told(verdict.of_lcov(LCOV), "it", least).splitlines() == lines


def test_changed_lines() -> None:
    report = {
        "src_stats": {
            "c.py": {"violation_lines": [4, 5], "percent_covered": 0},
            "d.py": {"violation_lines": [], "percent_covered": 100},
        },
        "total_num_lines": 2_001,
    }
    measure = verdict.of_changes(json.dumps(report))
    assert (measure.lines, measure.missed) == (2_001, {"c.py": [4, 5]})
    # Less than all is never told as all.
    assert verdict.told(measure, "it", 99).endswith("99.9 % of it reached (1999 of 2001 lines).")


def test_of_nothing_all_is_reached() -> None:
    assert verdict.of_lcov("").percent == 100
    assert verdict.of_changes('{"src_stats": {}, "total_num_lines": 0}').percent == 100
