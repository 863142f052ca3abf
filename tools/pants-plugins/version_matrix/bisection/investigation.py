"""A bisection from its cell to its finding: the ends, the search, and that both ends stay so."""

from __future__ import annotations

import itertools
import logging
from typing import Callable, Iterable, Iterator

from version_matrix.bisection.course import Environment, Finding, Ladders, bisection
from version_matrix.bisection.differences import Pins
from version_matrix.bisection.ends import End, nearest_of
from version_matrix.bisection.laboratory import Laboratory, run_with, tried
from version_matrix.bisection.members import members, sample_of
from version_matrix.bisection.probes import Outcome, Probe, Seen
from version_matrix.bisection.refusals import FLAKY, NOTHING_PASSES, PASSES, UNUSABLE, Refused
from version_matrix.stanza.policy import VersionMatrix

logger = logging.getLogger(__name__)

# Pants finds what a rule awaits only in functions that stand before it.


async def _repeat(laboratory: Laboratory, environment: Environment, expected: Outcome) -> None:
    """Runs an environment once more, whatever is remembered; raises `Refused` if it ends otherwise."""
    sample = sample_of(laboratory.suite, environment.releases, laboratory.version)
    seen = await run_with(laboratory, sample, environment.lock, anew=True)
    if seen.outcome is expected:
        return
    named = " ".join(filter(None, (laboratory.suite.project, sample)))
    once, then = ("failed", "passed") if expected is Outcome.FAILED else ("passed", "failed")
    raise Refused(
        FLAKY,
        f"the tests of {laboratory.suite.address} are flaky: with {named} on "
        f"Python {laboratory.minor} they {once}, and then {then}, in the same environment. Mend "
        "that first.",
    )


async def _failing(laboratory: Laboratory, lock: str, count: Iterator[int]) -> Environment:
    """The cell as it fails; raises `Refused` if it does not, or not every time."""
    releases = members(laboratory.suite, laboratory.version)
    seen = await run_with(laboratory, laboratory.version, lock)
    _tell(laboratory, next(count), laboratory.version, seen)
    if seen.outcome is Outcome.PASSED:
        raise Refused(PASSES, f"{laboratory.cell} passes: there is nothing to search for.")
    if seen.outcome is Outcome.IMPOSSIBLE:
        raise Refused(UNUSABLE, f"{laboratory.cell} cannot be run: {seen.told}")
    environment = Environment(releases, lock, seen.failing_test)
    await _repeat(laboratory, environment, Outcome.FAILED)
    return environment


async def investigated(
    laboratory: Laboratory,
    lock: str,
    ends: Iterable[End],
    ladders: Callable[[Environment, Environment], Ladders],
    pins: Callable[[str], Pins],
    matrix: VersionMatrix,
) -> Finding:
    """What makes the difference between a cell (with its lock) and the first of some ends that passes.

    Tells of every probe in a line. Raises `Refused`.
    """
    count = itertools.count(1)
    bad = await _failing(laboratory, lock, count)
    good = None
    failed: list[Environment] = []
    for end in ends:
        releases = members(laboratory.suite, end.version)
        if end.lock:
            seen = await run_with(laboratory, end.version, end.lock)
        else:
            seen = await tried(laboratory, Probe(releases, end.name, kept=lock), matrix)
        _tell(laboratory, next(count), end.name, seen)
        if seen.outcome is Outcome.PASSED:
            good = Environment(releases, seen.lock)
            break
        if seen.outcome is Outcome.FAILED:
            failed.append(Environment(releases, seen.lock, seen.failing_test))
    if good is None:
        raise Refused(
            NOTHING_PASSES,
            f"{laboratory.cell} has nothing to be compared with that passes on Python "
            f"{laboratory.minor}. Name a cell of its suite that does, be it a newer one: --good=CELL.",
        )
    # It is the first that fails that is searched for, and not what fails beside the way there.
    bad = nearest_of(failed, good, bad)
    search = bisection(good, bad, ladders(good, bad), pins)
    finding: Finding
    try:
        probe = next(search)
        while True:
            seen = await tried(laboratory, probe, matrix)
            _tell(laboratory, next(count), probe.label, seen, probe.left)
            probe = search.send(seen)
    except StopIteration as stop:
        finding = stop.value
    await _repeat(laboratory, finding.good, Outcome.PASSED)
    await _repeat(laboratory, finding.bad, Outcome.FAILED)
    return finding


def _tell(laboratory: Laboratory, number: int, label: str, seen: Seen, left: int = 0) -> None:
    why = f" ({seen.told.strip().splitlines()[0]})" if seen.told.strip() else ""
    rest = f"; {left} to choose from" if left else ""
    logger.info(f"[{number}] {label} on Python {laboratory.minor}: {seen.outcome.value}{why}{rest}")
