"""The support table: what the passing cells prove, and a check that no page claims more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, Dict, FrozenSet, Iterable, List, Tuple

from matrix_results.errors import ResultsError
from matrix_results.locks import known_locks
from matrix_results.model import Cell, Run, Status, Suite
from matrix_results.versions import natural

BEGIN = "<!-- support table: begin, generated from passing cells -->"
END = "<!-- support table: end -->"

_HEADER = ("| package | works: release (Pythons) | does not |", "| --- | --- | --- |")
_ROW = re.compile(r"^\| `(?P<package>[^`]+)` \| (?P<works>[^|]*) \| [^|]* \|$")
_RELEASE = re.compile(r"(?P<version>[^\s,()]+) \((?P<pythons>[^()]*)\)")
# What could end a code span, a cell or a line of the table, and in a release also its list.
_UNSAFE_IN_CODE = re.compile(r"[|`\x00-\x1f\x7f-\x9f\u2028\u2029]")
_UNSAFE_IN_LIST = re.compile(r"[|`<>&()\[\]\\,*_\s\x00-\x1f\x7f-\x9f]")


class NoMarkers(ResultsError):
    """A page without the two comments between which the table stands."""


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
        for works, fails in [(_listed(suite, _passed), _listed(suite, _broken))]
        if works or fails
    ]
    return "\n".join([*_HEADER, *lines]) + "\n"


def proven(run: Run) -> FrozenSet[Claim]:
    """What the run has evidence of: its passing cells."""
    return frozenset(
        Claim(_code(suite.title), _plain(cell.version), _plain(cell.python))
        for suite, cell in run.cells()
        if _passed(cell)
    )


def claims(page: str, *, source: str = "the page") -> FrozenSet[Claim]:
    """What the table of a page says works; raises `NoMarkers`."""
    found = []
    for line in _between(page, source)[1].splitlines():
        row = _ROW.match(line)
        for release in _RELEASE.finditer(row["works"]) if row else ():
            for python in release["pythons"].split(", "):
                found.append(Claim(row["package"] if row else "", release["version"], python))
    return frozenset(found)


def unproven(page: str, run: Run, *, source: str = "the page") -> Tuple[Claim, ...]:
    """The claims of a page that the run has no passing cell for; raises `NoMarkers`."""
    return tuple(sorted(claims(page, source=source) - proven(run)))


def updated(page: str, run: Run, *, source: str = "the page") -> str:
    """The page with a fresh table between its markers; raises `NoMarkers`."""
    before, _, after = _between(page, source)
    return f"{before}\n\n{table(run)}\n{after}"


def below(run: Run, folder: str) -> Run:
    """The part of the run whose suites lie in a folder of the repository."""
    inside = folder.strip("/") + "/"
    suites = tuple(suite for suite in run.suites if suite.address.startswith(inside))
    locks = known_locks((cell.lock for suite in suites for cell in suite.cells), run.locks)
    return Run(made_at=run.made_at, commit=run.commit, suites=suites, locks=locks)


def _between(page: str, source: str) -> Tuple[str, str, str]:
    """What stands up to the first marker, between the two, and from the second on."""
    begin, end = page.find(BEGIN), page.find(END)
    if begin < 0 or end < begin or page.count(BEGIN) > 1 or page.count(END) > 1:
        raise NoMarkers(f"{source} needs these two lines, once and in this order:\n{BEGIN}\n{END}")
    begin += len(BEGIN)
    return page[:begin], page[begin:end], page[end:]


def _passed(cell: Cell) -> bool:
    return cell.status is Status.PASSED


def _broken(cell: Cell) -> bool:
    return cell.status in (Status.FAILED, Status.KNOWN_FAILURE, Status.UNRESOLVABLE)


def _listed(suite: Suite, wanted: Callable[[Cell], bool]) -> str:
    releases: Dict[str, List[str]] = {}
    for cell in suite.cells:
        if wanted(cell):
            releases.setdefault(cell.version, []).append(cell.python)
    return ", ".join(_release(version, found) for version, found in releases.items())


def _release(version: str, found: Iterable[str]) -> str:
    return f"{_plain(version)} ({', '.join(map(_plain, sorted(found, key=natural)))})"


def _code(text: str) -> str:
    return _UNSAFE_IN_CODE.sub("?", text)


def _plain(text: str) -> str:
    return _UNSAFE_IN_LIST.sub("?", text)
