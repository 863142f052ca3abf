"""Equal failures as one: which tests of which cells fail alike, and where the others stand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Dict, FrozenSet, Iterable, List, Mapping, Sequence, Set, Tuple

from .cell_address import cell_address
from .extent import Extent, Key, extent, listed
from .natural_order import natural
from .symptom import Shown, Symptom, shown

# Of a suite so many are described: who has more looks at those first.
_MAX_DESCRIBED = 50

NO_RESULT = ""
"""In place of a test: the cell ended without a result, and its text is what it printed."""

NOT_STARTED = "(did not start)"
"""In place of a test: nothing was started, and the text is why."""

_INSTEAD = {NO_RESULT, NOT_STARTED}
_TEST = "test"


@dataclass(frozen=True)
class FailedTest:
    """A test that failed, or what stands in place of one, and what was written of it."""

    test: str
    text: str


@dataclass(frozen=True)
class SeenCell:
    """A cell, and what failed in it.

    One that is not `whole` had more failures than are told of. An `expected` one is a known failure,
    a `trial` is on a Python that its release does not claim.
    """

    version: str
    python: str
    failures: Tuple[FailedTest, ...] = ()
    whole: bool = True
    expected: bool = False
    trial: bool = False

    @property
    def key(self) -> Key:
        """What identifies it in its suite."""
        return self.version, self.python


@dataclass(frozen=True)
class SeenSuite:
    """The cells of a suite that have a result, releases ascending; `package` is what they release."""

    address: str
    package: str
    cells: Tuple[SeenCell, ...]

    def address_of(self, key: Key) -> str:
        """The address of the cell with this key."""
        return cell_address(self.address, *key)


@dataclass(frozen=True)
class Group:
    """Failures with one symptom, of tests that all fail with it in the same cells.

    `error` is as the cell that is looked at has it. Where not all failures are known, there may be
    `more` tests.
    """

    symptom: Symptom
    error: str
    tests: Tuple[str, ...]
    more: bool = False

    @property
    def count(self) -> int:
        """How many tests; none where something stands in place of them."""
        return sum(test not in _INSTEAD for test in self.tests)


@dataclass(frozen=True)
class Finding:
    """What fails in the same cells of a suite.

    `hits` and `spares` say what those cells have in common, and the others that ran; `since` is the
    release with which it likely began, empty where that cannot be told. The cell to look at is the
    one of the newest release, and of its Pythons of the newest; no trial, if it hits others. `seen` is how many cells have a
    result; if it hits `trials` alone, it breaks nothing that was promised.
    """

    suite: str
    cells: Tuple[Key, ...]
    addresses: Tuple[str, ...]
    groups: Tuple[Group, ...]
    look: Key
    hits: str
    spares: str
    since: str
    look_at: str
    seen: int
    trials: bool = False


def findings(suites: Iterable[SeenSuite]) -> Tuple[Finding, ...]:
    """What fails, by suite; in each what hits most cells comes first.

    Failures are equal if their test and their symptom are; those of a cell that had no result only if
    it can be told what in our code they came through. What fails in known failures alone is left out.
    """
    return tuple(
        finding
        for suite in sorted(suites, key=lambda suite: suite.address)
        for finding in _findings(suite)
    )


@dataclass(frozen=True)
class _Equal:
    """What failures are equal by; `cell` sets apart what is not to be compared with other cells."""

    test: str
    symptom: Symptom
    cell: Tuple[Key, ...] = ()


def _findings(suite: SeenSuite) -> Sequence[Finding]:
    cells = {cell.key: cell for cell in suite.cells}
    equal: Dict[_Equal, Dict[Key, Shown]] = defaultdict(dict)
    for cell in suite.cells:
        for failure in cell.failures:
            found = shown(failure.text)
            equal[_equal(failure.test, found.symptom, cell.key)].setdefault(cell.key, found)
    by_cells: Dict[Tuple[Key, ...], List[_Equal]] = defaultdict(list)
    for what, where in equal.items():
        if not all(cells[key].expected for key in where):
            by_cells[tuple(key for key in cells if key in where)].append(what)
    made = [
        _finding(suite, cells, hit, by_cells[hit], equal, describe=place < _MAX_DESCRIBED)
        for place, hit in enumerate(sorted(by_cells, key=len, reverse=True))
    ]
    return sorted(made, key=lambda each: (-len(each.cells), each.look_at, each.groups[0].tests))


def _instead(test: str) -> str:
    """What stands in place of tests is no test, and no such thing is another."""
    return test if test in _INSTEAD else _TEST


def _equal(test: str, symptom: Symptom, cell: Key) -> _Equal:
    comparable = test or (symptom.kind and symptom.place)
    return _Equal(test, symptom, () if comparable else (cell,))


def _finding(
    suite: SeenSuite,
    cells: Mapping[Key, SeenCell],
    hit: Tuple[Key, ...],
    whats: Sequence[_Equal],
    equal: Mapping[_Equal, Mapping[Key, Shown]],
    *,
    describe: bool,
) -> Finding:
    newest = _newest(cells, hit)
    by_symptom: Dict[Tuple[Symptom, str], List[_Equal]] = defaultdict(list)
    for what in whats:
        by_symptom[what.symptom, _instead(what.test)].append(what)
    groups = sorted(
        (
            Group(
                symptom=symptom,
                error=equal[same[0]][newest].error,
                tests=tuple(sorted({what.test for what in same})),
                more=not all(cells[key].whole for key in hit),
            )
            for (symptom, _), same in by_symptom.items()
        ),
        key=lambda group: (-len(group.tests), group.tests, group.symptom),
    )
    unknown = _unknown(cells, {what.test for what in whats}) - set(hit)
    spared = [key for key in cells if key not in unknown and key not in hit]
    ordered = list(cells)
    if describe:
        hits = extent(hit, spared, ordered=ordered, package=suite.package)
        spares = extent(spared, hit, ordered=ordered, package=suite.package)
    else:
        hits, spares = (Extent(listed(keys, ordered=ordered)) for keys in (hit, spared))
    return Finding(
        suite=suite.address,
        cells=hit,
        addresses=tuple(suite.address_of(key) for key in hit),
        groups=tuple(groups),
        hits=hits.told,
        spares=spares.told,
        since=hits.since,
        look=newest,
        look_at=suite.address_of(newest),
        seen=len(cells),
        trials=all(cells[key].trial for key in hit),
    )


def _newest(cells: Mapping[Key, SeenCell], hit: Sequence[Key]) -> Key:
    """Of the newest release the newest Python; a trial is looked at late, a known failure last."""
    order = {version: place for place, version in enumerate(dict.fromkeys(v for v, _ in cells))}
    return max(
        hit,
        key=lambda key: (
            not cells[key].expected,
            not cells[key].trial,
            order[key[0]],
            natural(key[1]),
        ),
    )


def _unknown(cells: Mapping[Key, SeenCell], tests: Set[str]) -> FrozenSet[Key]:
    """The cells that cannot tell whether these tests fail in them."""
    return frozenset(key for key, cell in cells.items() if _cannot_tell(cell, tests))


def _cannot_tell(cell: SeenCell, tests: Set[str]) -> bool:
    """Whether the cell had no result, not all of it is known, or a module was not even imported."""
    failed = {failure.test for failure in cell.failures}
    if _INSTEAD & failed or (not cell.whole and not tests <= failed):
        return True
    return any(test.startswith(f"{name}::") for name in failed for test in tests)
