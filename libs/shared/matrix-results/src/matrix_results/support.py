"""The support table: what the passing cells prove, and a check that no page claims more."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import Callable, Dict, FrozenSet, Iterable, List, Optional, Set, Tuple

from matrix_results.causes.natural_order import natural
from matrix_results.combinations import floors
from matrix_results.errors import ResultsError
from matrix_results.locks import known_locks
from matrix_results.model import Cell, Run, Status, Suite

BEGIN = "<!-- support table: begin, generated from passing cells -->"
END = "<!-- support table: end -->"

_HEADER = ("| package | works: release (Pythons) | does not |", "| --- | --- | --- |")
_TRIAL = " trial"
# Said of the combination of all floors, once a cell proves that it works.
_FLOORS = " floors"
_LINE = re.compile(r"\s*\|(.*)\|\s*")
_RULE = re.compile(r":?-+:?")
_PACKAGE = re.compile(r"`([^`]+)`")
_RELEASE = re.compile(
    r"(?P<version>[^\s,()]+)(?: floors)? "
    r"\((?P<pythons>[^\s,()]+(?: trial)?(?:, [^\s,()]+(?: trial)?)*)\)(?:, (?=\S)|\Z)"
)
_EXAMPLE = "| `httpx>=0.16` | 0.25.2 (3.8, 3.12), 0.28.1 (3.13) | 0.19.0 (3.9) |"
# What could end a code span, a cell or a line of the table, and in a release also its list.
_UNSAFE_IN_CODE = re.compile(r"[|`\x00-\x1f\x7f-\x9f\u2028\u2029]")
_UNSAFE_IN_LIST = re.compile(r"[|`<>&()\[\]\\,*_\s\x00-\x1f\x7f-\x9f]")


class NoMarkers(ResultsError):
    """A page without the two comments between which the table stands."""


class NoSuites(ResultsError):
    """A folder of the repository in which there is no suite."""


class UnreadableTable(ResultsError):
    """A table with a line that is none of its own, and could claim anything."""


@dataclass(frozen=True, order=True)
class Claim:
    """That a package works in one release on one Python."""

    package: str
    version: str
    python: str

    def __str__(self) -> str:
        return f"{self.package} {self.version} on Python {self.python}"


def table(run: Run) -> str:
    """The table in Markdown: a line for each package with a cell that passed or failed."""
    lines = [
        f"| `{_code(suite.title)}` | {works} | {fails} |"
        for suite in sorted(run.suites, key=lambda suite: suite.title.lower())
        for works, fails in [(_listed(suite, _passed, floors(suite)), _listed(suite, _broken))]
        if works or fails
    ]
    return "\n".join([*_HEADER, *lines]) + "\n"


def proven(run: Run) -> FrozenSet[Claim]:
    """What the run has evidence of: its passing cells."""
    return frozenset(
        Claim(_code(suite.title), _named(cell.version), _plain(cell.python))
        for suite, cell in run.cells()
        if _passed(cell)
    )


def claims(page: str, *, source: str = "the page") -> FrozenSet[Claim]:
    """What the table of a page says works, however a formatter has aligned it.

    Raises `NoMarkers`, and `UnreadableTable` for a line that is not completely understood.
    """
    before, between, _ = _between(page, source)
    numbered = enumerate(between.split("\n"), start=before.count("\n") + 1)
    found: Set[Claim] = set()
    for position, (number, line) in enumerate((n, text) for n, text in numbered if text.strip()):
        claimed = _claimed(position, _cells(line))
        if claimed is None:
            expected = (*_HEADER, _EXAMPLE)[min(position, len(_HEADER))]
            raise UnreadableTable(
                f"{source}, line {number}: {line.strip()[:200]!r} is no line of the table: "
                f"expected one like\n{expected}"
            )
        found.update(claimed)
    return frozenset(found)


def unproven(page: str, run: Run, *, source: str = "the page") -> Tuple[Claim, ...]:
    """The claims of a page that the run has no passing cell for; raises as `claims` does."""
    return tuple(sorted(claims(page, source=source) - proven(run)))


def updated(page: str, run: Run, *, source: str = "the page") -> str:
    """The page with a fresh table between its markers, and line ends as it has them.

    Raises `NoMarkers`.
    """
    before, between, after = _between(page, source)
    line = f"{between}{after}".partition("\n")[0]
    end = "\r\n" if line.endswith("\r") else "\n"
    return f"{before}{end}{end}{table(run).replace(chr(10), end)}{end}{after}"


def below(run: Run, folder: str) -> Run:
    """The part of the run whose suites lie in a folder, relative to the repository: `.` for all.

    Raises `NoSuites`, for else a folder that is misspelt would prove nothing, in silence.
    """
    inside = posixpath.normpath(folder)
    suites = tuple(
        suite
        for suite in run.suites
        for lies in [suite.address.partition(":")[0]]
        if inside == "." or lies == inside or lies.startswith(f"{inside}/")
    )
    if not suites:
        raise NoSuites(
            f"the report has no suite in the folder {folder!r}: expected one relative to the "
            "repository, or `.` for all"
        )
    locks = known_locks((cell.lock for suite in suites for cell in suite.cells), run.locks)
    return Run(
        made_at=run.made_at,
        commit=run.commit,
        suites=suites,
        other_suites=run.all_suites - len(suites),
        locks=locks,
    )


def _between(page: str, source: str) -> Tuple[str, str, str]:
    """What stands up to the first marker, between the two, and from the second on."""
    begin, end = page.find(BEGIN), page.find(END)
    if begin < 0 or end < begin or page.count(BEGIN) > 1 or page.count(END) > 1:
        raise NoMarkers(f"{source} needs these two lines, once and in this order:\n{BEGIN}\n{END}")
    begin += len(BEGIN)
    return page[:begin], page[begin:end], page[end:]


def _cells(line: str) -> Tuple[str, ...]:
    """The cells of a line, without padding; of what is no line of a table none."""
    match = _LINE.fullmatch(line)
    return tuple(cell.strip() for cell in match[1].split("|")) if match else ()


def _claimed(position: int, cells: Tuple[str, ...]) -> Optional[List[Claim]]:
    """What a line of the table claims; None if it cannot stand at this position."""
    columns = _cells(_HEADER[0])
    if len(cells) != len(columns):
        return None
    if position == 0:
        return [] if cells == columns else None
    if position == 1:
        return [] if all(map(_RULE.fullmatch, cells)) else None
    package, works, fails = _PACKAGE.fullmatch(cells[0]), _releases(cells[1]), _releases(cells[2])
    if package is None or works is None or fails is None:
        return None
    return [Claim(package[1], version, python) for version, python in works]


def _releases(cell: str) -> Optional[List[Tuple[str, str]]]:
    """Release and Python of each that a cell lists; None if there is anything else in it."""
    found, at = [], 0
    while at < len(cell):
        match = _RELEASE.match(cell, at)
        if match is None:
            return None
        pythons = match["pythons"].split(", ")
        # A trial that passes is as good a proof: the word only tells what the release claims.
        found += [(match["version"], python.partition(_TRIAL)[0]) for python in pythons]
        at = match.end()
    return found


def _passed(cell: Cell) -> bool:
    return cell.status is Status.PASSED


def _broken(cell: Cell) -> bool:
    """A trial that fails breaks no promise, and is not listed."""
    return cell.broken or (cell.status is Status.KNOWN_FAILURE and not cell.trial)


def _listed(suite: Suite, wanted: Callable[[Cell], bool], floor: Optional[str] = None) -> str:
    releases: Dict[str, List[Cell]] = {}
    for cell in suite.cells:
        if wanted(cell):
            releases.setdefault(cell.version, []).append(cell)
    return ", ".join(
        _release(version, found, floor=version == floor) for version, found in releases.items()
    )


def _release(version: str, found: Iterable[Cell], *, floor: bool) -> str:
    told = (
        f"{_plain(cell.python)}{_TRIAL if cell.trial else ''}"
        for cell in sorted(found, key=lambda cell: natural(cell.python))
    )
    return f"{_named(version)}{_FLOORS if floor else ''} ({', '.join(told)})"


def _named(version: str) -> str:
    """A release; of a combination without the commas that part releases in the table."""
    return _plain(version.replace(",", ";"))


def _code(text: str) -> str:
    return _UNSAFE_IN_CODE.sub("?", text)


def _plain(text: str) -> str:
    return _UNSAFE_IN_LIST.sub("?", text)
