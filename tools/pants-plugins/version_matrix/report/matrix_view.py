"""The matrix as people and programs want to see it: a table, Markdown, JSON, a CI job matrix."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Sequence

from version_matrix.report.explanation import (
    Explanation,
    every_verdict,
    explanations,
    matches,
    one_line,
    verdicts,
)
from version_matrix.stanza.combination import axes_of, release_of
from version_matrix.stanza.samples_file import Sample, SamplesFile
from version_matrix.stanza.suite import Suite

_TRIAL, _TRIAL_TOLD = "?", "`?` is a trial: the release admits this Python, but does not claim it"
_NO_SUCH = "No release has such a verdict."
_UNRESOLVABLE, _UNRESOLVABLE_TOLD = "!", "`!` is unresolvable: there is no lock"


@dataclass(frozen=True)
class SuiteView:
    """A suite and its samples, or why there are none."""

    suite: Suite
    samples: SamplesFile | None
    problem: str | None = None

    @property
    def title(self) -> str:
        """The package with its specifier, or what an own-floor suite is."""
        return self.suite.title

    @property
    def tested(self) -> tuple[Sample, ...]:
        """Its samples, if it was generated."""
        return self.samples.samples if self.samples else ()


def cell_address(view: SuiteView, sample: Sample, python: str) -> str:
    """`path:matrix#0.28.1@python=3.12`, and of a combination `...#3.16.0@django=5.2.1,python=3.12`."""
    parameters = sorted({**axes_of(sample.name), "python": python}.items())
    return (
        f"{view.suite.address}#{release_of(sample.name)}"
        f"@{','.join(f'{name}={value}' for name, value in parameters)}"
    )


def table(views: Sequence[SuiteView], *, explain: bool, verdict: str | None = None) -> str:
    """For a terminal: a block a suite, a line a sample; `verdict` as in `explanations`."""
    views = _asked_for(views, verdict)
    blocks = [] if views else [_NO_SUCH]
    for view in views:
        lines = [f"{view.title}  {view.suite.address}"]
        if view.samples is None:
            lines.append(f"  {view.problem}")
        elif explain:
            lines += _explained(explanations(view.samples, verdict))
            lines += [f"  {remark}" for remark in _remarks(view, verdict)]
        else:
            lines += _aligned([(s.version, s.why, " ".join(_pythons(s))) for s in view.tested])
            lines += [f"  {told}" for told in _unresolvable(view)]
        blocks.append("\n".join(lines))
    return "\n\n".join([*blocks, *([] if explain else _legend(views))])


def _asked_for(views: Sequence[SuiteView], verdict: str | None) -> Sequence[SuiteView]:
    """Those with such a verdict; of what was not generated nobody knows."""
    if verdict is None:
        return views
    return [view for view in views if view.samples is None or verdicts(view.samples, verdict)]


def _explained(told: Sequence[Explanation]) -> list[str]:
    width = max((len(each.releases) for each in told if len(each.versions) == 1), default=0)
    lines = []
    for each in told:
        if len(each.versions) > 1:
            lines.append(f"  {len(each.versions)} releases {each.verdict}: {each.releases}")
            continue
        lines.append(f"  {each.releases.ljust(width)}  {each.verdict}")
        lines += [f"    {detail}" for detail in _aligned(each.details)]
    return lines


def markdown(views: Sequence[SuiteView], *, explain: bool, verdict: str | None = None) -> str:
    """For a page: a table a suite; `verdict` as in `explanations`."""
    views = _asked_for(views, verdict)
    pages = [] if views else [_NO_SUCH]
    pages += [f"## {view.title}\n\n{_page(view, explain, verdict)}" for view in views]
    return "\n\n".join([*pages, *([] if explain else _legend(views))])


def _page(view: SuiteView, explain: bool, verdict: str | None) -> str:
    if view.samples is None:
        return f"{view.problem}"
    header = ("Release", "Verdict") if explain else ("Release", "Tier", "Pythons")
    rows: list[tuple[str, ...]] = (
        [row for each in explanations(view.samples, verdict) for row in _rows(each)]
        if explain
        else [(s.version, s.why, ", ".join(_pythons(s))) for s in view.tested]
    )
    lines = [_row(header), _row(["---"] * len(header)), *map(_row, rows)]
    told = _remarks(view, verdict) if explain else _unresolvable(view)
    lines += ["", *(f"- {remark}" for remark in told)] if told else []
    return "\n".join(lines)


def _rows(each: Explanation) -> list[tuple[str, ...]]:
    several = f" ({len(each.versions)} releases)" if len(each.versions) > 1 else ""
    details = [
        (f"{each.releases} on Python {python}" if python else each.releases, why)
        for python, why in each.details
    ]
    return [(f"{each.releases}{several}", each.verdict), *details]


def as_json(views: Sequence[SuiteView], *, explain: bool, verdict: str | None = None) -> str:
    """For programs: every suite with samples and cells, and with `explain` every verdict.

    Nothing is folded; `verdict` as in `explanations`.
    """
    return json.dumps([_document(view, explain, verdict) for view in views], indent=2)


def github(views: Sequence[SuiteView]) -> str:
    """A job matrix for GitHub Actions, on one line: a job a suite, with its address."""
    include = [{"suite": view.title, "address": view.suite.address} for view in views]
    return json.dumps({"include": include})


def _document(view: SuiteView, explain: bool, verdict: str | None) -> dict[str, Any]:
    sampling = view.samples.sampling if view.samples else {}
    document: dict[str, Any] = {
        "address": view.suite.address,
        "package": view.suite.package,
        **({"axes": list(view.suite.axes)} if view.suite.axes else {}),
        **({"upstream": view.suite.upstream} if view.suite.upstream else {}),
        "generated": view.samples is not None,
        "problem": view.problem,
        "as_of": sampling.get("as_of"),
        "samples": [
            {
                "version": sample.version,
                "tier": sample.tier,
                **({"role": sample.role} if sample.role else {}),
                "pythons": list(sample.pythons),
                "trials": list(sample.trials),
                "unresolvable": {each.python: each.reason for each in sample.unresolvable},
                "cells": [cell_address(view, sample, p) for p in sample.pythons],
            }
            for sample in view.tested
        ],
    }
    if explain:
        for sample, shown in zip(view.tested, document["samples"]):
            shown["derivations"] = {
                each.python: each.derivation for each in sample.unresolvable if each.derivation
            }
        entries = sampling.get("combinations") or sampling.get("samples", ())
        for sample, entry in zip(document["samples"], entries):
            sample["python_verdicts"] = entry.get("python_verdicts", {})
            sample["not_on"] = entry.get("not_on", {})
        document["verdicts"] = {
            version: told
            for version, told in every_verdict(sampling).items()
            if verdict is None or matches(told, verdict)
        }
        document["uncovered"] = sampling.get("uncovered", {})
        document["notes"] = _notes(view)
    return document


def _pythons(sample: Sample) -> list[str]:
    """`3.8`, `3.15?` for a trial, `3.6!` where there is no lock."""
    return [
        f"{python}{_TRIAL if python in sample.trials else ''}"
        f"{_UNRESOLVABLE if sample.why_unresolvable(python) is not None else ''}"
        for python in sample.pythons
    ]


def _unresolvable(view: SuiteView) -> list[str]:
    """A line a cell that no lock can be made for."""
    return [
        f"{sample.version} on Python {each.python} is unresolvable: {one_line(each.reason)}"
        for sample in view.tested
        for each in sample.unresolvable
    ]


def _legend(views: Sequence[SuiteView]) -> list[str]:
    """What the marks say that there are."""
    samples = [sample for view in views for sample in view.tested]
    told = [
        *([_TRIAL_TOLD] if any(sample.trials for sample in samples) else []),
        *([_UNRESOLVABLE_TOLD] if any(sample.unresolvable for sample in samples) else []),
    ]
    return ["; ".join(told) + "."] if told else []


def _remarks(view: SuiteView, verdict: str | None) -> list[str]:
    """What to look at: Pythons without a cell, a floor and listed failures without one.

    Whoever asks for a verdict asks for releases alone.
    """
    if verdict is not None:
        return []
    uncovered = view.samples.sampling.get("uncovered", {}) if view.samples else {}
    return [
        *(f"Python {python} is not tested: {why}" for python, why in uncovered.items()),
        *_notes(view),
    ]


def _notes(view: SuiteView) -> list[str]:
    recorded = view.samples.sampling.get("notes", ()) if view.samples else ()
    return [*recorded, *_idle_failures(view)]


def _idle_failures(view: SuiteView) -> tuple[str, ...]:
    return view.suite.idle_failures((s.version, p) for s in view.tested for p in s.pythons)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
        for row in rows
    ]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
