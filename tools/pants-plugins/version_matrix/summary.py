"""What `generate-matrix` tells of its work: a line a suite, a summary, Markdown, a check."""

from __future__ import annotations

from typing import Iterable, Sequence

from pants.util.strutil import pluralize

from version_matrix.requests import SuiteUpdate


def progress_line(update: SuiteUpdate, done: int, total: int, *, checking: bool) -> str:
    """`[3/30] path:matrix: 5 samples, 9 cells, changed`."""
    return f"[{done}/{total}] {update.suite.address}: {_state(update, checking)}"


def text(updates: Sequence[SuiteUpdate]) -> str:
    """What changed and why, what to look at, and what failed, for a terminal."""
    lines: list[str] = []
    for update in updates:
        told = [*update.changes, *(f"note: {note}" for note in update.notes)]
        if update.errors:
            lines += [f"{update.suite.address}: FAILED, nothing written", *_indented(update.errors)]
        elif told:
            lines += [update.suite.address, *_indented(told)]
    return "\n".join([*lines, _totals(updates)])


def markdown(updates: Sequence[SuiteUpdate]) -> str:
    """The same for a pull request."""
    lines = ["# Version matrix", "", _totals(updates), ""]
    for update in updates:
        told = [
            *(f"**failed**: {error.strip()}" for error in update.errors),
            *([] if update.errors else update.changes),
            *(f"note: {note}" for note in update.notes),
        ]
        if told:
            title = update.suite.package or "own requirements"
            lines += [f"## {title} (`{update.suite.address}`)", ""]
            lines += [*(f"- {line}" for line in told), ""]
    return "\n".join(lines).rstrip() + "\n"


def check_report(updates: Sequence[SuiteUpdate], *, command: str) -> str:
    """Every generated file that is not what it should be, and the command that mends it."""
    lines: list[str] = []
    for update in updates:
        problems = [
            *update.errors,
            *(f"{update.suite.folder}/{name} is not as generated" for name in update.stale),
        ]
        if problems:
            fix = f"To mend it, run `{command} generate-matrix {update.suite.address}`."
            lines += [update.suite.address, *_indented([*problems, fix])]
    wrong = sum(1 for update in updates if update.errors or update.stale)
    total = f"{pluralize(len(updates), 'suite')} checked, {wrong or 'none'} out of date."
    return "\n".join([*lines, total])


def _totals(updates: Sequence[SuiteUpdate]) -> str:
    failed = sum(1 for update in updates if update.errors)
    changed = sum(1 for update in updates if update.stale and not update.errors)
    counts = (
        pluralize(len(updates), "suite"),
        pluralize(sum(update.samples for update in updates), "sample"),
        pluralize(sum(update.cells for update in updates), "cell"),
    )
    total = f"{', '.join(counts)}: {pluralize(changed, 'suite')} changed"
    return f"{total}, {failed} failed." if failed else f"{total}."


def _state(update: SuiteUpdate, checking: bool) -> str:
    if update.errors:
        return "failed"
    state = "as before" if not update.stale else ("out of date" if checking else "changed")
    return f"{pluralize(update.samples, 'sample')}, {pluralize(update.cells, 'cell')}, {state}"


def _indented(lines: Iterable[str]) -> Iterable[str]:
    return (f"  {line}" for line in lines)
