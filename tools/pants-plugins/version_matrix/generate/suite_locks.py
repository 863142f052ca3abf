"""The locks of one suite: which are made anew and why, and which cells can have none."""

from __future__ import annotations

import dataclasses
import datetime
import json
from dataclasses import dataclass, field
from typing import Iterable, Mapping, Optional, Sequence, Tuple

from pants.util.docutil import bin_name
from pants.util.frozendict import FrozenDict

from version_matrix import engine
from version_matrix.generate import obstacles, refusals
from version_matrix.generate.obstacles import UNRESOLVABLE, Obstacle
from version_matrix.generate.requests import (
    LockRequest,
    LockResult,
    NewLock,
    OlderPinsRequest,
    SuiteUpdateRequest,
    Unlocked,
)
from version_matrix.generate.wanted_locks import Wanted, wanted
from version_matrix.stanza import lock_file, samples_file
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.samples_file import (
    SAMPLES_FILE,
    Refused,
    Sample,
    SamplesFile,
    Unresolvable,
    lock_name,
)
from version_matrix.stanza.suite import Suite


class SuiteUpdateError(Exception):
    """Why a suite cannot be brought up to date: `causes`, each of one or several lines."""

    def __init__(self, *causes: str) -> None:
        super().__init__("\n".join(causes))
        self.causes = causes


class OutOfDate(SuiteUpdateError):
    """What a check finds amiss, and `generate-matrix` mends."""


@dataclass(frozen=True)
class SuiteLocks:
    """The samples with their locks recorded, and the locks: name -> text.

    `reasons` has the samples that were locked anew, and why; `unresolvable` what to tell of the
    cells that can have no lock, and `unlocked` these, with the resolver's answers of this run;
    `answers` are those on any single Python that can have none. `refused` are combinations that have
    no lock, for the sampler to replace.
    """

    samples: tuple[Sample, ...]
    texts: Mapping[str, str]
    reasons: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unresolvable: tuple[str, ...] = ()
    unlocked: tuple[Unlocked, ...] = ()
    answers: Mapping[tuple[str, str], LockResult] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()


_Lock = Tuple[Optional[str], LockRequest, LockResult]
"""A lock of a sample: its Python if it is for that alone, how it was asked for, the answer."""


@dataclass(frozen=True)
class _Maker:
    """What the locks of one suite are made from."""

    request: SuiteUpdateRequest
    matrix: VersionMatrix
    present: Mapping[str, bytes]
    # By project and release.
    uploaded: Mapping[Tuple[str, str], datetime.datetime]

    def wanted(self, sample: Sample, pythons: Sequence[str]) -> Wanted:
        request = self.request
        return wanted(request.suite, sample, pythons, self.matrix, request.closure)

    def lock_request(self, sample: Sample, pythons: Sequence[str]) -> LockRequest:
        """How the lock of a sample for some of its Pythons is asked for."""
        as_of = _time(self.request.as_of)
        cooldown = datetime.timedelta(days=self.matrix.cooldown_days)
        # Where nothing cools down, and no time is asked for, an index need not tell of times.
        dated = self.matrix.cooldown_days or self.request.asked
        version, inputs = sample.version, self.wanted(sample, pythons).inputs
        releases = self.request.suite.releases(version)
        # The sampler takes a release without a time of upload for an old one.
        undated = [
            project for project in releases if (project, releases[project]) not in self.uploaded
        ]
        # A sample of the record may be newer than the time that is asked for.
        uploads = [self.uploaded[each] for each in releases.items() if each in self.uploaded]
        chosen_by = max([as_of, *(uploaded + cooldown for uploaded in uploads)])
        return LockRequest(
            sample=f"{self.request.suite.address}#{version}",
            inputs=inputs,
            kept="" if self.request.upgrade else self._kept(sample, pythons),
            cooled_by=_iso(as_of - cooldown) if dated else None,
            as_of=_iso(chosen_by),
            exempt=(*self.matrix.exempt_projects(), *undated),
        )

    def _kept(self, sample: Sample, pythons: Sequence[str]) -> str:
        """The pins of the lock that is there, or of the one it takes the place of."""
        own = lock_name(sample.version, pythons[0]) if len(pythons) == 1 else ""
        existing = self.present.get(own) or self.present.get(lock_name(sample.version), b"")
        return lock_file.without_hashes(existing.decode(errors="replace"))


async def locks_of_suite(
    request: SuiteUpdateRequest,
    matrix: VersionMatrix,
    samples: Sequence[Sample],
    snapshots: Mapping[str, str],
    present: Mapping[str, bytes],
    previous: SamplesFile | None,
) -> SuiteLocks:
    """The locks of each sample. What records today's inputs, and nobody touched, stays.

    `snapshots` are by project.

    A Python that cannot be locked keeps no other from its lock. Raises `SuiteUpdateError`.
    """
    suite = request.suite
    maker = _Maker(request, matrix, present, _uploads(snapshots))
    recorded = {s.version: s for s in previous.samples} if previous else {}
    samples = [_as_recorded(sample, recorded.get(sample.version)) for sample in samples]
    reasons: dict[str, str] = {}
    for sample in samples:
        reason = _outdated(maker, sample, recorded=sample.version in recorded)
        if reason is not None or request.upgrade:
            reasons[sample.version] = reason or "of --upgrade"
    paths = {version: f"{suite.folder}/{lock_name(version)}" for version in reasons}
    if reasons and request.mode == "check":
        raise OutOfDate(*(f"{paths[v]} is not current: {reasons[v]}" for v in reasons))
    if reasons and request.mode == "offline":
        lacking = "cannot be made without the index"
        raise SuiteUpdateError(*(f"{paths[v]} {lacking}: {reasons[v]}" for v in reasons))
    answers: dict[tuple[str, str], LockResult] = {}
    if request.mode == "poll":
        answers.update(await _asked_again(maker, [s for s in samples if s.version not in reasons]))
        for (version, python), result in answers.items():
            if not result.error:
                reasons[version] = f"Python {python} can be locked by now"
    texts = {
        name: present[name].decode()
        for sample in samples
        if sample.version not in reasons
        for name in sample.locks
    }
    made = await _made(maker, [sample for sample in samples if sample.version in reasons])
    texts.update(made.texts)
    now = {sample.version: sample for sample in made.samples}
    samples = [now.get(sample.version, sample) for sample in samples]
    new = [sample for sample in samples if sample.version in now]
    refused = (
        await refusals.found(suite, samples, refusals.targets(matrix), maker.lock_request)
        if suite.axes and request.mode == "poll"
        else ()
    )
    return SuiteLocks(
        tuple(samples),
        texts,
        reasons,
        (*made.notes, *_excused(suite, new, recorded)),
        await _without_lock(maker, samples),
        tuple(_unlocked(maker, samples, {**answers, **made.answers})),
        refused=refused,
    )


def _as_recorded(sample: Sample, before: Sample | None) -> Sample:
    """A sample as sampled now, with what is recorded of the locks of the Pythons it has now."""
    if before is None:
        return sample
    return dataclasses.replace(
        sample,
        lock=before.lock,
        own_locks=tuple(each for each in before.own_locks if each[0] in sample.pythons),
        unresolvable=tuple(u for u in before.unresolvable if u.python in sample.pythons),
    )


def _outdated(maker: _Maker, sample: Sample, *, recorded: bool) -> str | None:
    """Why the locks of a sample have to be made anew, if they have to."""
    shared = [(lock_name(sample.version), sample.lock, sample.shared_pythons)]
    own = [(lock_name(sample.version, p), digest, (p,)) for p, digest in sample.own_locks]
    for name, digest, pythons in (*(shared if sample.shared_pythons else ()), *own):
        existing = maker.present.get(name)
        if existing is None:
            return "it was missing" if recorded else "its sample is new"
        if not digest:
            return f"{SAMPLES_FILE} does not record it"
        text, inputs = existing.decode(errors="replace"), maker.wanted(sample, pythons).inputs
        if not inputs.are_those_of(lock_file.recorded_inputs(text)):
            return f"it {lock_file.changed_inputs(text, inputs)}"
        if samples_file.digest(existing) != digest:
            return "it was edited"
    for each in sample.unresolvable:
        if each.inputs != maker.wanted(sample, (each.python,)).inputs.digest:
            return f"what is asked for on Python {each.python} has changed"
    return None


async def _asked_again(
    maker: _Maker, samples: Iterable[Sample]
) -> Mapping[tuple[str, str], LockResult]:
    """Sample and Python -> the resolver's answer, of each that could not be locked."""
    asked = [(sample, each.python) for sample in samples for each in sample.unresolvable]
    results = await engine.locked([maker.lock_request(sample, (p,)) for sample, p in asked])
    return {(sample.version, p): result for (sample, p), result in zip(asked, results)}


async def _made(maker: _Maker, samples: Sequence[Sample]) -> SuiteLocks:
    """The samples with new locks: one for all Pythons of a sample, where one can serve them."""
    whole = {s.version: maker.lock_request(s, s.pythons) for s in samples}
    results = await _answers(maker, whole)
    locks: dict[str, list[_Lock]] = {
        version: [(None, whole[version], results[version])] for version in whole
    }
    hard = [sample for sample in samples if results[sample.version].error]

    alone = {f"{s.version} {p}": maker.lock_request(s, (p,)) for s in hard for p in s.pythons}
    single = await _answers(maker, alone)
    groups = {s.version: _group(s, single) for s in hard}
    together = {
        s.version: maker.lock_request(s, groups[s.version])
        for s in hard
        if len(groups[s.version]) > 1
    }
    grouped = await _answers(maker, together)
    for sample in hard:
        version = sample.version
        shared = grouped.get(version)
        serves = groups[version] if shared and not shared.error else ()
        locks[version] = [(None, together[version], shared)] if shared and serves else []
        for python in sample.pythons:
            key = f"{version} {python}"
            if python not in serves:
                locks[version].append((python, alone[key], single[key]))
    texts: dict[str, str] = {}
    finished = []
    command = f"{bin_name()} generate-matrix {maker.request.suite.address}"
    for sample in samples:
        done, made = _recorded(sample, locks[sample.version], command)
        finished.append(done)
        texts.update(made)
    new = tuple(
        NewLock(version, asked, result.body)
        for version, some in locks.items()
        for _, asked, result in some
        if not result.error
    )
    older = (
        (await engine.older_pins(OlderPinsRequest(maker.request.suite.address, new))).notes
        if new
        else ()
    )
    answers = {
        (version, python): result
        for version, some in locks.items()
        for python, _, result in some
        if python is not None and result.error
    }
    return SuiteLocks(tuple(finished), texts, notes=older, answers=answers)


async def _answers(maker: _Maker, asked: Mapping[str, LockRequest]) -> Mapping[str, LockResult]:
    """The resolver's answers; raises `SuiteUpdateError` if it is the index that failed."""
    results = dict(zip(asked, await engine.locked(asked.values())))
    failed = {key: r.error for key, r in results.items() if r.error and not r.clash}
    if failed:
        raise SuiteUpdateError(*obstacles.unavailable(maker.request.suite, failed))
    return results


def _group(sample: Sample, single: Mapping[str, LockResult]) -> tuple[str, ...]:
    """The Pythons that may share a lock, where one for all cannot be had.

    Where each can be locked by itself the oldest is left out: it is where resolutions part.
    """
    good = tuple(p for p in sample.pythons if not single[f"{sample.version} {p}"].error)
    return good[1:] if good == sample.pythons else good


def _recorded(
    sample: Sample, locks: Sequence[_Lock], command: str
) -> tuple[Sample, dict[str, str]]:
    """A sample that records its new locks and what cannot be locked, and name -> text of the locks."""
    good = [lock for lock in locks if not lock[2].error]
    if len(good) == 1 and good[0][0] is not None:
        # The only one there is needs no name of its own.
        good = [(None, *good[0][1:])]
    texts = {
        lock_name(sample.version, python): lock_file.render(
            result.body, inputs=asked.inputs, command=command, platforms=result.platforms
        )
        for python, asked, result in good
    }
    shared = texts.get(lock_name(sample.version))
    done = dataclasses.replace(
        sample,
        lock=samples_file.digest(shared) if shared else "",
        own_locks=tuple(
            (python, samples_file.digest(texts[lock_name(sample.version, python)]))
            for python, _, _ in good
            if python is not None
        ),
        unresolvable=tuple(
            _unresolvable(sample, python, asked, result)
            for python, asked, result in locks
            if python is not None and result.error
        ),
    )
    return done, texts


def _unresolvable(
    sample: Sample, python: str, asked: LockRequest, result: LockResult
) -> Unresolvable:
    """As it is recorded for the same inputs already: what others upload is no news of ours."""
    for each in sample.unresolvable:
        if each.python == python and each.inputs == asked.inputs.digest:
            return each
    assert result.error is not None
    more = result.derivation if result.derivation != result.error else ""
    return Unresolvable(python, result.error, asked.inputs.digest, more)


def _excused(
    suite: Suite, samples: Iterable[Sample], before: Mapping[str, Sample]
) -> Iterable[str]:
    """What to tell of cells that are known failures, and unresolvable since this run."""
    for sample in samples:
        for each in sample.unresolvable:
            known = suite.known_failure(sample.version, each.python)
            old = before.get(sample.version)
            if known is None or known.reason.startswith(UNRESOLVABLE):
                continue
            if not (old and old.why_unresolvable(each.python)):
                yield (
                    f"{sample.version} on Python {each.python} is unresolvable, and a known failure "
                    f"because of {known.reason!r}; see whether that speaks of this: {each.reason}"
                )


def _unlocked(
    maker: _Maker, samples: Iterable[Sample], answers: Mapping[tuple[str, str], LockResult]
) -> Iterable[Unlocked]:
    """The cells that have no lock and are no known failures, as far as the resolver was asked."""
    for sample in samples:
        for each in sample.unresolvable:
            answer = answers.get((sample.version, each.python))
            known = maker.request.suite.known_failure(sample.version, each.python)
            if answer and answer.error and known is None:
                origins = maker.wanted(sample, (each.python,)).origins
                yield Unlocked(
                    sample.version, each.python, sample.pythons, answer, FrozenDict(origins)
                )


async def _without_lock(maker: _Maker, samples: Sequence[Sample]) -> tuple[str, ...]:
    """What to tell of the cells that have no lock, but for those that are known failures."""
    suite = maker.request.suite
    found = []
    for sample in samples:
        reasons: dict[str, list[str]] = {}
        for each in sample.unresolvable:
            if suite.known_failure(sample.version, each.python) is None:
                reasons.setdefault(each.reason, []).append(each.python)
        for reason, pythons in reasons.items():
            every = tuple(pythons) == sample.pythons
            origins = maker.wanted(sample, pythons).origins
            found.append(Obstacle(sample.version, () if every else tuple(pythons), reason, origins))
    return await obstacles.told(suite, found)


def _uploads(snapshots: Mapping[str, str]) -> dict[tuple[str, str], datetime.datetime]:
    """Project and release -> time of its upload, where the index told one."""
    return {
        (project, release["version"]): _time(release["uploaded"])
        for project, snapshot in snapshots.items()
        for release in map(json.loads, snapshot.splitlines())
        if "uploaded" in release
    }


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def _iso(time: datetime.datetime) -> str:
    return time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
