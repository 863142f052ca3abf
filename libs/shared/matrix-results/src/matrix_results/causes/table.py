"""Findings as text: for a console, and as Markdown."""

from __future__ import annotations

from typing import Callable, Iterable, List, Sequence, Set, Tuple

from .grouping import NO_RESULT, NOT_STARTED, FailedTest, Finding, Group
from .symptom import Shown, Symptom, shown

_MAX_GROUPS = 10
_TRIALS = ", trials alone"
_UNSAID = "ended without a result"


def table(found: Sequence[Finding], *, run: Callable[[str], str] = str) -> str:
    """A block for each finding: the cells, the errors, and how to run the one worth looking at.

    `run` is the command that runs the cell of an address. Empty without findings.
    """
    if not found:
        return ""
    return "\n".join([headline(found), *(f"\n{_block(each, run)}" for each in found)])


def brief(failures: Sequence[FailedTest]) -> str:
    """What failed in one cell, in a line: how many tests, and the first error."""
    symptoms = list(dict.fromkeys(shown(failure.text) for failure in failures))
    if not symptoms:
        return ""
    tests = [failure for failure in failures if failure.test not in (NO_RESULT, NOT_STARTED)]
    count = f"{_number(len(tests), 'test')}: " if tests else ""
    others = f", and {_number(len(symptoms) - 1, 'other error')}" if symptoms[1:] else ""
    return f"{count}{_located(symptoms[0])}{others}"


def headline(found: Sequence[Finding]) -> str:
    """How much there is, in a line."""
    groups = sum(len(each.groups) for each in found)
    cells = {address for each in found for address in each.addresses}
    told = f"{_number(groups, 'group')} of equal failures in {_number(len(cells), 'cell')}"
    suites = {each.suite for each in found}
    return f"{told} of {_number(len(suites), 'suite')}:" if len(suites) > 1 else f"{told}:"


def markdown(found: Sequence[Finding], *, run: Callable[[str], str] = str) -> str:
    """The same as a table in Markdown, a row for each group."""
    lines = [
        "| tests | error | hits | spares | first | look at |",
        "| ---: | --- | --- | --- | --- | --- |",
    ]
    for each in found:
        for group in each.groups:
            lines.append(
                f"| {_tests(group)} | {_code(_error(group))} | {_text(each.hits)} | {_text(each.spares)} "
                f"| {_text(each.since or '–')} | {_code(run(each.look_at))} |"
            )
    return "\n".join(lines) + "\n"


def worth_whole(found: Iterable[Finding]) -> Tuple[Finding, ...]:
    """The findings whose cell to look at shows what no cell of an earlier one does.

    A symptom that is told of one suite is known in another: the same error at the same place of what
    both of them reach.
    """
    known: Set[Tuple[str, str, Symptom]] = set()
    cells: Set[str] = set()
    worth = []
    for each in found:
        marks = {_mark(each.suite, group, test) for group in each.groups for test in group.tests}
        if marks - known and each.look_at not in cells:
            worth.append(each)
            cells.add(each.look_at)
        known |= marks
    return tuple(worth)


def _mark(suite: str, group: Group, test: str) -> Tuple[str, str, Symptom]:
    symptom = group.symptom
    return ("", "", symptom) if symptom.place and symptom.kind else (suite, test, symptom)


def _block(each: Finding, run: Callable[[str], str]) -> str:
    rows = [(_tests(group), _error(group)) for group in each.groups]
    width = max(len("tests"), *(len(tests) for tests, _ in rows))
    more = len(rows) - _MAX_GROUPS
    return "\n".join(
        [
            f"{each.suite}: {len(each.cells)} of {_number(each.seen, 'cell')}{_TRIALS if each.trials else ''}",
            f"  hits    {each.hits}",
            f"  spares  {each.spares}",
            *([f"  first   {each.since}"] if each.since else []),
            *(f"  {tests.rjust(width)}  {error}" for tests, error in _head(width, rows)),
            *([f"  {' ' * width}  and {more} more errors in the same cells"] if more > 0 else []),
            f"  look at {run(each.look_at)}",
        ]
    )


def _head(width: int, rows: Sequence[Tuple[str, str]]) -> List[Tuple[str, str]]:
    return [("tests", "error"), *rows[:_MAX_GROUPS]]


def _tests(group: Group) -> str:
    return f"{group.count}{'+' if group.more else ''}" if group.count else "–"


def _error(group: Group) -> str:
    return _located(Shown(group.symptom, group.error))


def _located(what: Shown) -> str:
    error, place = what.error or _UNSAID, what.symptom.place
    return f"{error} ({place})" if place else error


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _text(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


def _code(text: str) -> str:
    """A code span of a table's cell, which no backtick or bar in it can end."""
    safe = text.replace("`", "'").replace("|", "\\|")
    return f"`{safe}`"
