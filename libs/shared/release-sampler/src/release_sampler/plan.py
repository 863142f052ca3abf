"""One run over one suite: what is recorded, what is true today, and which of the two to write.

The record is kept, with its time, for as long as today's releases give the same samples: a run that
changes nothing writes the same bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Callable, Protocol, TypeVar

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.model import Policy, Previous, Refusal, Sampling, Snapshot, Suite
from release_sampler.choice.candidates import COOLING
from release_sampler.choice.combination import sample_suite
from release_sampler.documents.output import Files
from release_sampler.documents.record import Record, read_record, write_record
from release_sampler.documents.request import Mode, Request
from release_sampler.documents.snapshot import read_snapshot, write_snapshot

T = TypeVar("T")

#: By project.
Snapshots = Mapping[str, Snapshot]


class Index(Protocol):
    """Where releases come from. Both methods raise `SamplerError`."""

    def fetch(self, package: str, known: Snapshot | None) -> Snapshot:
        """All releases of a package, with the classifiers that are `known` already."""

    def classify(
        self, snapshot: Snapshot, versions: Collection[str], requires: bool = False
    ) -> Snapshot:
        """The snapshot, completed by the classifiers of some of its releases, and what they require."""


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
    today: Today = field(default_factory=Today, compare=False)


@dataclass(frozen=True)
class _Outcome:
    snapshots: Snapshots
    as_of: datetime
    sampling: Sampling
    #: What is true today and not recorded.
    news: tuple[str, ...] = ()
    today: Today = field(default_factory=Today, compare=False)


def plan(request: Request, previous: Files, open_index: Callable[[], Index]) -> Plan:
    """Sample one suite as requested; the index is opened in mode `poll` only.

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

    def read_snapshot_of(project: str) -> Snapshot | None:
        own = project == name
        return read(
            "releases.jsonl" if own else f"{project}.releases.jsonl",
            previous.releases if own else previous.axes.get(project),
            lambda text: read_snapshot(text, project),
            required=request.mode is not Mode.POLL,
        )

    recorded = {member.name: read_snapshot_of(member.name) for member in request.suite.members}
    record = read(
        "sampling.json", previous.sampling, read_record, required=request.mode is Mode.CHECK
    )
    known = {project: snapshot for project, snapshot in recorded.items() if snapshot is not None}
    outcome = _decide(request, known, record, open_index)
    notes += tuple(
        f"{name}: {note}"
        for note in (*_yanked_since(name, record, outcome), *outcome.sampling.notes, *outcome.news)
    )
    return Plan(_write(request, outcome), notes, outcome.today)


def _yanked_since(package: str, record: Record | None, outcome: _Outcome) -> Iterator[str]:
    """What was sampled the last time and has been yanked since. It is told once, and not recorded."""
    previous = record.previous(package).samples if record else {}
    now = {package: outcome.sampling, **outcome.sampling.axes}
    for project, versions in previous.items():
        for version in versions:
            verdict = now[project].verdicts.get(version, "") if project in now else ""
            if verdict.startswith("yanked"):
                named = version if project == package else f"{project} {version}"
                yield f"{named} was a sample and is {verdict}"


def _decide(
    request: Request, known: Snapshots, record: Record | None, open_index: Callable[[], Index]
) -> _Outcome:
    complete = all(member.name in known for member in request.suite.members)
    if request.mode is Mode.CHECK:
        if not complete or record is None:
            raise SamplerError(f"{request.suite.name}: nothing to check; generate the matrix first")
        return _repeat(request, known, record)
    today = _today(request, known, record, open_index)
    today = replace(today, today=_of_today(today))
    if request.upgrade or not complete or record is None:
        return today
    if not record.agrees_with(today.sampling):
        return today
    try:
        repeated = _repeat(request, known, record)
    except SamplerError:
        return today
    if not record.agrees_with(repeated.sampling):
        return today
    recorded = repeated.sampling.notes
    news = tuple(note for note in today.sampling.notes if note not in recorded)
    return replace(repeated, news=news, today=today.today)


def _of_today(outcome: _Outcome) -> Today:
    verdicts = outcome.sampling.verdicts
    cooling = {v: told[len(COOLING) :] for v, told in verdicts.items() if told.startswith(COOLING)}
    return Today(len(verdicts), cooling)


def _repeat(request: Request, snapshots: Snapshots, record: Record) -> _Outcome:
    """Sample again what is recorded, at the recorded time, as suite and policy are now."""
    sampling = sample_suite(
        request.suite,
        request.policy,
        snapshots,
        record.previous(request.suite.name),
        record.as_of,
        _refusals(request, record),
    )
    return _Outcome(snapshots, record.as_of, sampling)


def _today(
    request: Request, known: Snapshots, record: Record | None, open_index: Callable[[], Index]
) -> _Outcome:
    """Sample what the index says now, or without it what the recorded snapshots say at the time."""
    suite, as_of = request.suite, request.as_of
    previous = record.previous(suite.name) if record else Previous({})
    refusals = _refusals(request, record)

    def choose(asked: Suite, among: Snapshots) -> Sampling:
        return sample_suite(asked, request.policy, among, previous, as_of, refusals)

    if request.mode is not Mode.OFFLINE:
        polled = _poll(suite, open_index(), known, choose)
        return _Outcome(polled, as_of, choose(suite, polled))
    for member in suite.members:
        if member.name not in known:
            raise SamplerError(
                f"{member.name}: no snapshot is recorded; run without --offline once"
            )
    return _Outcome(known, as_of, choose(suite, known))


def _refusals(request: Request, record: Record | None) -> tuple[Refusal, ...]:
    if request.refusals is not None:
        return request.refusals
    return record.refusals if record else ()


def sample_from_index(suite: Suite, policy: Policy, as_of: datetime, index: Index) -> Sampling:
    """Sample what the index says now, with nothing recorded; raises `SamplerError`."""

    def choose(asked: Suite, among: Snapshots) -> Sampling:
        return sample_suite(asked, policy, among, Previous({}), as_of)

    return choose(suite, _poll(suite, index, {}, choose))


def _poll(
    suite: Suite,
    index: Index,
    known: Snapshots,
    choose: Callable[[Suite, Snapshots], Sampling],
) -> Snapshots:
    """What the index says now of each package, with the metadata of its samples."""

    def poll(member: Suite) -> Snapshot:
        name = member.name
        fetched = index.fetch(name, known.get(name))
        # Metadata decides on Pythons and combinations only, never on releases: once is enough.
        chosen = [sample.version for sample in choose(member, {name: fetched}).samples]
        if suite.axes:
            return index.classify(fetched, chosen, requires=True)
        return index.classify(fetched, chosen)

    return {member.name: poll(member) for member in suite.members}


def _write(request: Request, outcome: _Outcome) -> Files:
    texts = {name: write_snapshot(snapshot) for name, snapshot in outcome.snapshots.items()}
    return Files(
        releases=texts.pop(request.suite.name),
        sampling=write_record(
            outcome.as_of, request.policy, request.suite, outcome.sampling, request.format
        ),
        axes=texts,
    )
