"""One run over one package: what is recorded, what is true today, and which of the two to write.

The record is kept, with its time, for as long as today's releases give the same samples: a run that
changes nothing writes the same bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Callable, Protocol, TypeVar

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.model import Policy, Refusal, Sampling, Snapshot, Suite
from release_sampler.choice.candidates import COOLING
from release_sampler.choice.sampling import sample
from release_sampler.documents.output import Files
from release_sampler.documents.record import Record, read_record, write_record
from release_sampler.documents.request import Mode, Request
from release_sampler.documents.snapshot import read_snapshot, write_snapshot

T = TypeVar("T")


class Index(Protocol):
    """Where releases come from. Both methods raise `SamplerError`."""

    def fetch(self, package: str, known: Snapshot | None) -> Snapshot:
        """All releases of a package, with the classifiers that are `known` already."""

    def classify(self, snapshot: Snapshot, versions: Collection[str]) -> Snapshot:
        """The snapshot, completed by the classifiers of some of its releases."""


@dataclass(frozen=True)
class Today:
    """How many releases are known, and those still cooling: version -> until when."""

    releases: int = 0
    cooling: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """The files to write, what to tell about them and those of the last run, and today's index."""

    files: Files
    notes: tuple[str, ...] = ()
    today: Today = field(default_factory=Today)


@dataclass(frozen=True)
class _Outcome:
    snapshot: Snapshot
    as_of: datetime
    sampling: Sampling
    #: What is true today and not recorded.
    news: tuple[str, ...] = ()
    today: Today = field(default_factory=Today)


def plan(request: Request, previous: Files, open_index: Callable[[], Index]) -> Plan:
    """Sample one package as requested; the index is opened in mode `poll` only.

    Raises `SamplerError`.
    """
    name = request.suite.name
    notes: tuple[str, ...] = ()

    def read(what: str, text: str | None, parse: Callable[[str], T], required: bool) -> T | None:
        nonlocal notes
        if text is None:
            return None
        try:
            return parse(text)
        except ValueError as error:
            complaint = f"{name}: the recorded {what} cannot be read: {error}"
            if required:
                raise SamplerError(f"{complaint}; generate the matrix again") from error
            notes += (f"{complaint}; made afresh",)
            return None

    snapshot = read(
        "releases.jsonl",
        previous.releases,
        lambda text: read_snapshot(text, name),
        required=request.mode is not Mode.POLL,
    )
    record = read(
        "sampling.json", previous.sampling, read_record, required=request.mode is Mode.CHECK
    )
    outcome = _decide(request, snapshot, record, open_index)
    notes += tuple(
        f"{name}: {note}"
        for note in (*_yanked_since(record, outcome), *outcome.sampling.notes, *outcome.news)
    )
    return Plan(_write(request, outcome), notes, outcome.today)


def _yanked_since(record: Record | None, outcome: _Outcome) -> Iterator[str]:
    """What was sampled the last time and has been yanked since. It is told once, and not recorded."""
    for version in record.versions if record else ():
        verdict = outcome.sampling.verdicts.get(version, "")
        if verdict.startswith("yanked"):
            yield f"{version} was a sample and is {verdict}"


def _decide(
    request: Request,
    snapshot: Snapshot | None,
    record: Record | None,
    open_index: Callable[[], Index],
) -> _Outcome:
    if request.mode is Mode.CHECK:
        if snapshot is None or record is None:
            raise SamplerError(f"{request.suite.name}: nothing to check; generate the matrix first")
        return _repeat(request, snapshot, record)
    today = _today(request, snapshot, record, open_index)
    today = replace(today, today=_of_today(today))
    if request.upgrade or snapshot is None or record is None:
        return today
    if not record.agrees_with(today.sampling.samples):
        return today
    try:
        repeated = _repeat(request, snapshot, record)
    except SamplerError:
        return today
    if not record.agrees_with(repeated.sampling.samples):
        return today
    recorded = repeated.sampling.notes
    news = tuple(note for note in today.sampling.notes if note not in recorded)
    return replace(repeated, news=news, today=today.today)


def _of_today(outcome: _Outcome) -> Today:
    verdicts = outcome.sampling.verdicts
    cooling = {v: told[len(COOLING) :] for v, told in verdicts.items() if told.startswith(COOLING)}
    return Today(len(verdicts), cooling)


def _repeat(request: Request, snapshot: Snapshot, record: Record) -> _Outcome:
    """Sample again what is recorded, at the recorded time, as suite and policy are now."""
    refusals = _refusals(request, record)
    sampling = sample(
        request.suite, request.policy, snapshot, record.versions, record.as_of, refusals
    )
    return _Outcome(snapshot, record.as_of, sampling)


def _today(
    request: Request,
    snapshot: Snapshot | None,
    record: Record | None,
    open_index: Callable[[], Index],
) -> _Outcome:
    """Sample what the index says now, or without it what the recorded snapshot says at the time."""
    previous = record.versions if record else ()
    refusals = _refusals(request, record)

    def choose(among: Snapshot) -> Sampling:
        suite, policy, as_of = request.suite, request.policy, request.as_of
        return sample(suite, policy, among, previous, as_of, refusals)

    if request.mode is not Mode.OFFLINE:
        sampled, sampling = _poll(request.suite.name, open_index(), snapshot, choose)
        return _Outcome(sampled, request.as_of, sampling)
    if snapshot is None:
        raise SamplerError(
            f"{request.suite.name}: no snapshot is recorded; run without --offline once"
        )
    return _Outcome(snapshot, request.as_of, choose(snapshot))


def _refusals(request: Request, record: Record | None) -> tuple[Refusal, ...]:
    if request.refusals is not None:
        return request.refusals
    return record.refusals if record else ()


def sample_from_index(suite: Suite, policy: Policy, as_of: datetime, index: Index) -> Sampling:
    """Sample what the index says now, with nothing recorded; raises `SamplerError`."""
    choose = partial(sample, suite, policy, previous_samples=(), as_of=as_of)
    return _poll(suite.name, index, None, choose)[1]


def _poll(
    package: str, index: Index, known: Snapshot | None, choose: Callable[[Snapshot], Sampling]
) -> tuple[Snapshot, Sampling]:
    fetched = index.fetch(package, known)
    # Classifiers decide on Pythons only, never on releases: once is enough.
    first = choose(fetched)
    classified = index.classify(fetched, [chosen.version for chosen in first.samples])
    return classified, choose(classified)


def _write(request: Request, outcome: _Outcome) -> Files:
    return Files(
        releases=write_snapshot(outcome.snapshot),
        sampling=write_record(
            outcome.as_of, request.policy, request.suite, outcome.sampling, request.format
        ),
    )
