"""The matrix as people and programs want to see it: a table, Markdown, JSON, a CI job matrix."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from version_matrix.stanza.samples_file import Sample, SamplesFile
from version_matrix.stanza.suite import Suite


@dataclass(frozen=True)
class SuiteView:
    """A suite and its samples, or why there are none."""

    suite: Suite
    samples: SamplesFile | None
    problem: str | None = None

    @property
    def title(self) -> str:
        """The package with its specifier, or what an own-floor suite is."""
        return self.suite.package or "own requirements"

    @property
    def verdicts(self) -> Mapping[str, str]:
        """Release -> why it is or is not tested."""
        return self.samples.sampling.get("verdicts", {}) if self.samples else {}


def cell_address(view: SuiteView, sample: Sample, python: str) -> str:
    """`path:matrix#0.28.1@python=3.12`."""
    return f"{view.suite.address}#{sample.name}@python={python}"


def table(views: Sequence[SuiteView], *, explain: bool) -> str:
    """For a terminal: a block a suite, a line a sample."""
    blocks = []
    for view in views:
        lines = [f"{view.title}  {view.suite.address}"]
        if view.samples is None:
            lines.append(f"  {view.problem}")
        elif explain:
            lines += _aligned([(version, told) for version, told in view.verdicts.items()])
            lines += [f"  {remark}" for remark in _remarks(view)]
        else:
            lines += _aligned(
                [(s.version, s.tier, " ".join(s.pythons)) for s in view.samples.samples]
            )
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def markdown(views: Sequence[SuiteView], *, explain: bool) -> str:
    """For a page: a table a suite."""
    return "\n\n".join(f"## {view.title}\n\n{_page(view, explain)}" for view in views)


def _page(view: SuiteView, explain: bool) -> str:
    if view.samples is None:
        return f"{view.problem}"
    header = ("Release", "Verdict") if explain else ("Release", "Tier", "Pythons")
    rows: list[tuple[str, ...]] = (
        list(view.verdicts.items())
        if explain
        else [(s.version, s.tier, ", ".join(s.pythons)) for s in view.samples.samples]
    )
    lines = [_row(header), _row(["---"] * len(header)), *map(_row, rows)]
    if explain:
        told = _remarks(view)
        lines += ["", *(f"- {remark}" for remark in told)] if told else []
    return "\n".join(lines)


def as_json(views: Sequence[SuiteView], *, explain: bool) -> str:
    """For programs: every suite with samples and cells, and with `explain` every verdict."""
    return json.dumps([_document(view, explain) for view in views], indent=2)


def github(views: Sequence[SuiteView]) -> str:
    """A job matrix for GitHub Actions, on one line: a job a suite, with its address."""
    include = [{"suite": view.title, "address": view.suite.address} for view in views]
    return json.dumps({"include": include})


def _document(view: SuiteView, explain: bool) -> dict[str, Any]:
    samples = view.samples.samples if view.samples else ()
    document: dict[str, Any] = {
        "address": view.suite.address,
        "package": view.suite.package,
        "generated": view.samples is not None,
        "problem": view.problem,
        "as_of": view.samples.sampling.get("as_of") if view.samples else None,
        "samples": [
            {
                "version": sample.version,
                "tier": sample.tier,
                "pythons": list(sample.pythons),
                "cells": [cell_address(view, sample, p) for p in sample.pythons],
            }
            for sample in samples
        ],
    }
    if explain:
        document["verdicts"] = dict(view.verdicts)
        document["uncovered"] = view.samples.sampling.get("uncovered", {}) if view.samples else {}
        document["notes"] = _notes(view)
    return document


def _remarks(view: SuiteView) -> list[str]:
    """What to look at: Pythons without a cell, a floor and listed failures without one."""
    uncovered = view.samples.sampling.get("uncovered", {}) if view.samples else {}
    return [
        *(f"Python {python} is not tested: {why}" for python, why in uncovered.items()),
        *_notes(view),
    ]


def _notes(view: SuiteView) -> list[str]:
    recorded = view.samples.sampling.get("notes", ()) if view.samples else ()
    return [*recorded, *_idle_failures(view)]


def _idle_failures(view: SuiteView) -> tuple[str, ...]:
    samples = view.samples.samples if view.samples else ()
    return view.suite.idle_failures((s.version, p) for s in samples for p in s.pythons)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
        for row in rows
    ]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
