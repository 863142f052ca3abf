"""Whether enough is reached, and what is not. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Mapping, Sequence

from version_matrix.gate.record import ranges


@dataclass(frozen=True)
class Measure:
    """How many lines count, and those that no test reached: path -> lines."""

    lines: int
    missed: Mapping[str, Sequence[int]]

    @property
    def percent(self) -> float:
        """Of no lines all are reached."""
        missed = sum(map(len, self.missed.values()))
        return 100.0 if not self.lines else 100.0 * (self.lines - missed) / self.lines


def of_lcov(report: str) -> Measure:
    """All lines of a report in LCOV's format (geninfo(1))."""
    count, path = 0, ""
    missed: dict[str, list[int]] = {}
    for line in report.splitlines():
        kind, _, value = line.partition(":")
        if kind == "SF":
            path = value
        elif kind == "DA":
            number, hits = value.split(",")[:2]
            count += 1
            if hits == "0":
                missed.setdefault(path, []).append(int(number))
    return Measure(count, missed)


def of_changes(report: str) -> Measure:
    """The changed lines, of the JSON that diff-cover writes."""
    document = json.loads(report)
    missed = {path: told["violation_lines"] for path, told in document["src_stats"].items()}
    lines = document["total_num_lines"]
    return Measure(lines, {path: lines for path, lines in missed.items() if lines})


def told(measure: Measure, what: str, least: float) -> str:
    """The lines that no test reached, and a last line that says whether that is enough."""
    missed = [
        f"{path}: {ranges(lines)} not reached by any test"
        for path, lines in sorted(measure.missed.items())
    ]
    enough = "" if measure.percent >= least else f"; expected {least:g} %"
    count = measure.lines - sum(map(len, measure.missed.values()))
    last = (
        f"{_floor(measure.percent)} % of {what} reached ({count} of {measure.lines} lines){enough}."
    )
    return "\n".join([*missed, last])


def _floor(percent: float) -> str:
    """Never more than is there: 99.99 % are not 100."""
    return f"{int(percent * 10) / 10:g}"
