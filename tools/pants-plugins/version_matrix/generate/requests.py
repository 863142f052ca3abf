"""What crosses the plugin's rules: requests, and what they lead to."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Callable, Iterator, Mapping, Sequence

from pants.engine.addresses import Address
from pants.engine.engine_aware import EngineAwareParameter, EngineAwareReturnType
from pants.util.frozendict import FrozenDict

from version_matrix.stanza.lock_file import LockInputs
from version_matrix.stanza.samples_file import Refused, SamplesFile
from version_matrix.stanza.suite import Suite


@dataclass(frozen=True)
class SamplingRequest(EngineAwareParameter):
    """One suite to sample. `mode` is `poll`, `offline` or `check`; `as_of` an ISO time.

    Of a suite with axes there are snapshots of these, too (project -> text), and what the resolver
    has refused.
    """

    suite: Suite
    mode: str
    as_of: str
    upgrade: bool
    previous: SamplesFile | None
    snapshot: str | None
    axis_snapshots: FrozenDict[str, str] = FrozenDict()
    refused: tuple[Refused, ...] = ()

    def debug_hint(self) -> str:
        return self.suite.address


@dataclass(frozen=True)
class SamplingResult:
    """release-sampler's answer: its document (JSON) and the snapshots, or the error.

    `known` is how many releases the index has; `cooling` release and time of those that are too
    young to be taken.
    """

    document: str = ""
    snapshot: str = ""
    axis_snapshots: FrozenDict[str, str] = FrozenDict()
    notes: tuple[str, ...] = ()
    known: int = 0
    cooling: tuple[tuple[str, str], ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class LockRequest(EngineAwareParameter):
    """One sample to lock.

    `kept` are pins to keep where they still hold, as a lock without hashes. Nothing uploaded
    after `cooled_by` is taken (None: all is), but for the sample itself, which was chosen by
    `as_of`, and for `exempt` projects. Both are ISO times. `stubs` are releases (project,
    version) to be taken for some that have a wheel; `platforms` those of the inputs that are asked
    for in one resolution. `held` are pins (PEP 508) that hold for whatever turns out to be needed.
    """

    sample: str
    inputs: LockInputs
    kept: str
    cooled_by: str | None
    as_of: str
    exempt: tuple[str, ...] = ()
    stubs: tuple[tuple[str, str], ...] = ()
    platforms: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    def debug_hint(self) -> str:
        return self.sample


@dataclass(frozen=True)
class LockResult:
    """The resolver's pins and hashes, and the platforms that they hold for, or why there are none.

    It is a `clash` if the requirements contradict each other, and not the index that failed.
    `derivation` is the resolver's whole account; `platform`, `wheelless` and `python` are those of
    `resolver_words.Failure`, of what has no wheel not the first alone; `beside` is what stands in the
    way, too, once it had.
    """

    body: str = ""
    platforms: tuple[str, ...] = ()
    error: str | None = None
    clash: bool = False
    derivation: str = ""
    platform: str | None = None
    wheelless: tuple[tuple[str, str], ...] = ()
    beside: str = ""
    python: tuple[str, str] | None = None


@dataclass(frozen=True)
class Unlocked:
    """A cell that has no lock and is no known failure, with the resolver's answer of this run.

    `pythons` are all of its sample; `origins` tells of each requirement of it where it is said.
    """

    version: str
    python: str
    pythons: tuple[str, ...]
    answer: LockResult
    origins: FrozenDict[str, str]

    @property
    def reason(self) -> str:
        return self.answer.error or ""


@dataclass(frozen=True)
class NewLock:
    """A lock that was just made: its sample, what was asked for, the resolver's answer."""

    version: str
    request: LockRequest
    body: str


@dataclass(frozen=True)
class OlderPinsRequest(EngineAwareParameter):
    """New locks of a suite, at least one: which of their pins are old for want of a wheel?"""

    suite: str
    locks: tuple[NewLock, ...]

    def debug_hint(self) -> str:
        return self.suite


@dataclass(frozen=True)
class OlderPins:
    """What to tell of pins that are older only because a newer release has no wheel."""

    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Closure:
    """The third-party projects that a suite's first-party code reaches.

    `requirements` maps each to what is required of it and where that is said; `own` are those
    reached from outside the suite's folder: the library's, not its tests'.
    """

    requirements: FrozenDict[str, FrozenDict[str, str]]
    own: frozenset[str]


@dataclass(frozen=True)
class ClosureRequest(EngineAwareParameter):
    """The closure of the stanza at this address."""

    address: Address

    def debug_hint(self) -> str:
        return self.address.spec


@dataclass(frozen=True)
class MaybeClosure:
    """The closure, or why there is none."""

    closure: Closure | None = None
    error: str = ""


@dataclass(frozen=True)
class SuiteUpdateRequest(EngineAwareParameter):
    """One suite to bring up to date, or with mode `check` to look at.

    `as_of` is an ISO time, which is `asked` for or the present. `files` is what its generated
    folder holds (name -> content); `recovered` what of that a merge has left unreadable, as it was
    at the merge base. A combination that the resolver refuses is replaced by the nearest that goes,
    or without `replacing` is a cell like any other that has no lock.
    """

    suite: Suite
    closure: Closure
    files: FrozenDict[str, bytes]
    recovered: FrozenDict[str, bytes]
    mode: str
    as_of: str
    asked: bool
    upgrade: bool
    replacing: bool = True

    def debug_hint(self) -> str:
        return self.suite.address


@dataclass(frozen=True)
class SuiteUpdate:
    """What became of a suite.

    `files` is all that its generated folder must hold (name -> content), `stale` the names that
    differ from what is there. With `errors`, each of one or several lines, nothing may be written;
    `outdated` is what a check finds amiss before it comes to the files, and what writing mends.
    `unresolvable` tells of cells that can have no lock and are no known failures: the rest stands.
    `unlocked` are those cells, as far as the resolver was asked in this run. `known` and `cooling` are
    those of the index, see `SamplingResult`.
    """

    suite: Suite
    files: FrozenDict[str, bytes] = FrozenDict()
    stale: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()
    unresolvable: tuple[str, ...] = ()
    unlocked: tuple[Unlocked, ...] = ()
    known: int = 0
    cooling: tuple[tuple[str, str], ...] = ()
    samples: int = 0
    cells: int = 0
    written: bool = False

    @property
    def is_current(self) -> bool:
        """Whether a check has nothing to say."""
        return not (self.errors or self.outdated or self.stale)


@dataclass(frozen=True)
class SuggestionRequest(EngineAwareParameter):
    """What a stanza would have to say so that no cell of `update`, its suite as it is, is unresolvable.

    Sdists are built, which runs their code, with `build` alone.
    """

    asked: SuiteUpdateRequest
    update: SuiteUpdate
    build: bool

    def debug_hint(self) -> str:
        return self.asked.suite.address


@dataclass(frozen=True)
class Suggestion:
    """Fields of a stanza as they are and as they would be, and what to tell of each edit.

    `helps` has those that were tried, `untried` those that would have built something, `useless` what
    was tried in vain, `left` the cells for which nothing was found. `replaced` tells of combinations
    that have no remedy and need none; `errors` is why a suite with axes fails all the same.
    """

    address: str
    before: Mapping[str, object] = field(hash=False)
    after: Mapping[str, object] = field(hash=False)
    helps: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
    useless: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class Work:
    """Suites to bring up to date, of which each lane takes the next when it is free."""

    def __init__(
        self,
        requests: Sequence[SuiteUpdateRequest],
        finish: Callable[[SuiteUpdate], SuiteUpdate],
    ) -> None:
        # Lanes run in several threads, which from Pants 2.34 on no interpreter's lock keeps apart.
        self._lock = threading.Lock()
        self._left = iter(requests)
        self._finish = finish

    def taken(self) -> Iterator[SuiteUpdateRequest]:
        """What one lane takes: the next request whenever it is free, until none is left."""
        while True:
            with self._lock:
                request = next(self._left, None)
            if request is None:
                return
            yield request

    def finish(self, update: SuiteUpdate) -> SuiteUpdate:
        """Does with a suite that is up to date what the goal has asked for; one at a time."""
        with self._lock:
            return self._finish(update)


@dataclass(frozen=True, eq=False)
class Lane:
    """One of several that share some work. No two are equal: each is run, and once."""

    work: Work


@dataclass(frozen=True)
class LaneResult(EngineAwareReturnType):
    """What became of the suites that a lane took."""

    updates: tuple[SuiteUpdate, ...]

    def cacheable(self) -> bool:
        return False


@dataclass(frozen=True)
class PythonNewsRequest:
    """News of Pythons from the snapshots of suites; of the counts only those `of_all` suites are told."""

    suites: tuple[Suite, ...]
    as_of: str
    of_all: bool


@dataclass(frozen=True)
class PythonNews:
    """A sentence each."""

    told: tuple[str, ...]
