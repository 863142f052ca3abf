"""What `generate-matrix` tells of its work: a line a suite, a summary, Markdown, a check."""

from __future__ import annotations

from typing import Iterable, Sequence

from pants.util.strutil import pluralize

from version_matrix.generate.requests import SuiteUpdate
from version_matrix.stanza.addresses import from_root


def progress_line(update: SuiteUpdate, done: int, total: int, *, checking: bool) -> str:
    """`[3/30] path:matrix: 5 samples, 9 cells, changed`."""
    return f"[{done}/{total}] {update.suite.address}: {_state(update, checking)}"


def text(
    updates: Sequence[SuiteUpdate], orphans: Sequence[str] = (), news: Sequence[str] = ()
) -> str:
    """What changed and why, what to look at, and what failed, for a terminal."""
    lines: list[str] = []
    for update in updates:
        told = [*update.changes, *(f"note: {note}" for note in update.notes)]
        if update.errors:
            state = "FAILED" if update.written else "FAILED, nothing written"
            lines += [f"{update.suite.address}: {state}", *_indented(update.errors)]
        elif told or update.unresolvable:
            lines += [update.suite.address, *_indented((*told, *update.unresolvable))]
    return "\n".join([*lines, *orphans, *news, *_cooling(updates), _totals(updates)])


def markdown(
    updates: Sequence[SuiteUpdate],
    orphans: Sequence[str] = (),
    news: Sequence[str] = (),
    *,
    checking: bool = False,
) -> str:
    """The same for a pull request; of a check what it found, for nothing was written."""
    lines = [
        "# Version matrix",
        "",
        _check_total(updates, orphans) if checking else _totals(updates),
        "",
    ]
    for update in updates:
        amiss = _amiss(update) if checking else update.errors
        told = [
            *(f"**{'amiss' if checking else 'failed'}**: {_continued(each)}" for each in amiss),
            *([] if update.errors or checking else update.changes),
            *(f"**unresolvable**: {_continued(each)}" for each in update.unresolvable),
            *(f"note: {note}" for note in update.notes),
        ]
        if told:
            title = update.suite.title
            lines += [f"## {title} (`{update.suite.address}`)", ""]
            lines += [*(f"- {line}" for line in told), ""]
    lines += [f"- {told}" for told in (*orphans, *news)]
    return "\n".join(lines).rstrip() + "\n"


def check_report(
    updates: Sequence[SuiteUpdate], orphans: Sequence[str] = (), *, command: str
) -> str:
    """Every generated file that is not what it should be, and the command that mends it."""
    lines: list[str] = []
    for update in updates:
        if update.is_current:
            continue
        lines += [update.suite.address, *_indented(_amiss(update))]
        if not update.errors:
            address = from_root(update.suite.address)
            lines.append(f"  To mend it, run `{command} generate-matrix {address}`.")
    return "\n".join([*lines, *orphans, _check_total(updates, orphans)])


def _check_total(updates: Sequence[SuiteUpdate], orphans: Sequence[str]) -> str:
    wrong = sum(1 for update in updates if not update.is_current)
    total = f"{pluralize(len(updates), 'suite')} checked, {wrong or 'none'} out of date"
    return f"{total}, {pluralize(len(orphans), 'folder')} too many." if orphans else f"{total}."


def _amiss(update: SuiteUpdate) -> tuple[str, ...]:
    stale = (f"{update.suite.folder}/{name} is not as generated" for name in update.stale)
    return (*update.errors, *update.outdated, *stale)


def _totals(updates: Sequence[SuiteUpdate]) -> str:
    failed = sum(1 for update in updates if update.errors)
    changed = sum(1 for update in updates if update.stale and not update.errors)
    known = sum(update.known for update in updates)
    counts = (
        pluralize(len(updates), "suite"),
        *([f"{pluralize(known, 'known release')}"] if known else []),
        pluralize(sum(update.samples for update in updates), "sample"),
        pluralize(sum(update.cells for update in updates), "cell"),
    )
    total = f"{', '.join(counts)}: {pluralize(changed, 'suite')} changed"
    return f"{total}, {failed} failed." if failed else f"{total}."


def _cooling(updates: Sequence[SuiteUpdate]) -> list[str]:
    """What the index has that is too young to be taken, a line each, the next to be taken first."""
    waiting = sorted(
        {
            # Of an axis the release has its name.
            (until, version if " " in version else f"{update.suite.project} {version}")
            for update in updates
            for version, until in update.cooling
        }
    )
    return [f"cooling until {until}: {release}" for until, release in waiting]


def _state(update: SuiteUpdate, checking: bool) -> str:
    if update.errors:
        return "failed"
    if update.outdated:
        return "out of date"
    state = "as before" if not update.stale else ("out of date" if checking else "changed")
    return f"{pluralize(update.samples, 'sample')}, {pluralize(update.cells, 'cell')}, {state}"


def _indented(told: Iterable[str]) -> Iterable[str]:
    return (f"  {line}" for each in told for line in each.splitlines() if line.strip())


def _continued(error: str) -> str:
    """An error of several lines as one bullet: what follows the first is shown as it is."""
    first, *rest = error.splitlines()
    block = ["", "", "  ```", *(f"  {line}" for line in rest), "  ```"] if rest else []
    return first + "\n".join(block)
