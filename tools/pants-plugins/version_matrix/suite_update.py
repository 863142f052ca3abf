"""Brings one suite's generated files up to date: sample, lock what changed, compare."""

from __future__ import annotations

import datetime
import json
import logging
import os.path
from dataclasses import dataclass
from typing import Iterable, Mapping

from packaging.version import Version
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.docutil import bin_name
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from version_matrix import engine, lock_file, samples_file
from version_matrix.closure import Closure, NoTestFiles, closure_of_suite
from version_matrix.lock_file import LockInputs
from version_matrix.requests import (
    LockRequest,
    NewLock,
    OlderPinsRequest,
    SamplingRequest,
    SuiteUpdate,
    SuiteUpdateRequest,
)
from version_matrix.samples_file import (
    LOCK_SUFFIX,
    OWN_FLOOR_TIERS,
    SAMPLES_FILE,
    SNAPSHOT_FILE,
    Sample,
    SamplesFile,
    UnreadableSamples,
)
from version_matrix.subsystem import PolicyError, VersionMatrix
from version_matrix.suite import (
    EVERY_RELEASE,
    Suite,
    parse_specifier,
    project_name,
    release_matches,
)
from version_matrix.target_types import suite_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sampled:
    """What sampling gives a suite: the document for `samples.json`, and the snapshot if any."""

    document: Mapping[str, object]
    snapshot: str | None = None
    notes: tuple[str, ...] = ()


class SuiteUpdateError(Exception):
    """Why a suite cannot be brought up to date, a line a cause."""


async def _generated_files(suite: Suite, recovered: Mapping[str, bytes]) -> dict[str, bytes]:
    """Name -> content of the suite's generated files, as they are or as they were before a merge."""
    files = {**await engine.read_files([f"{suite.folder}/*"]), **recovered}
    return {os.path.basename(path): content for path, content in files.items()}


def _previous(present: Mapping[str, bytes]) -> SamplesFile | None:
    if SAMPLES_FILE not in present:
        return None
    try:
        return samples_file.parse(present[SAMPLES_FILE].decode())
    except (UnreadableSamples, UnicodeDecodeError):
        return None


async def _sample(
    request: SuiteUpdateRequest,
    suite: Suite,
    present: Mapping[str, bytes],
    previous: SamplesFile | None,
    matrix: VersionMatrix,
) -> Sampled:
    if suite.package is None:
        return Sampled(_own_floor(request, suite, previous, matrix))
    checking = request.mode == "check"
    if checking and (previous is None or SNAPSHOT_FILE not in present):
        missing = SAMPLES_FILE if previous is None else SNAPSHOT_FILE
        raise SuiteUpdateError(f"{suite.folder}/{missing} is missing or unreadable")
    snapshot = present.get(SNAPSHOT_FILE)
    if checking and previous and samples_file.digest(snapshot or b"") != previous.snapshot:
        raise SuiteUpdateError(f"{suite.folder}/{SNAPSHOT_FILE} is not as generated")
    (result,) = await engine.sampled(
        [
            SamplingRequest(
                suite=suite,
                mode=request.mode,
                as_of=request.as_of,
                upgrade=request.upgrade,
                previous=previous,
                snapshot=None if snapshot is None else snapshot.decode(errors="replace"),
            )
        ]
    )
    if result.error:
        raise SuiteUpdateError(result.error)
    return Sampled(json.loads(result.document), result.snapshot, result.notes)


def _own_floor(
    request: SuiteUpdateRequest, suite: Suite, previous: SamplesFile | None, matrix: VersionMatrix
) -> Mapping[str, object]:
    """The two samples of a library's own requirements, on its lowest and its highest Python."""
    admitted = [
        lock_file.minor(python)
        for python in matrix.patch_levels(
            tuple(lock_file.minor(python) for python in matrix.target_pythons)
        )
        if all(
            Version(python) in parse_specifier(pythons)
            for specifier, pythons in suite.python
            if specifier == EVERY_RELEASE
        )
    ]
    if not admitted:
        raise SuiteUpdateError(
            "no Python of [version-matrix].target_pythons is admitted by `python`"
        )
    pythons = sorted({admitted[0], admitted[-1]}, key=Version)
    recorded = previous.sampling.get("as_of") if previous else None
    return {
        "as_of": recorded or request.as_of,
        "policy": matrix.policy(),
        "suite": suite.sampling_request(),
        "samples": [
            {"version": tier, "tier": tier, "pythons": pythons} for tier in OWN_FLOOR_TIERS
        ],
    }


async def _files(
    request: SuiteUpdateRequest,
    suite: Suite,
    matrix: VersionMatrix,
    closure: Closure,
    sampled: Sampled,
    present: Mapping[str, bytes],
    previous: SamplesFile | None,
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """All generated files of the suite: name -> content, and what to tell of them."""
    command = f"{bin_name()} generate-matrix {suite.address}"
    raw = sampled.document["samples"]
    assert isinstance(raw, list)
    samples = [Sample(s["version"], s["tier"], tuple(s["pythons"])) for s in raw]
    locks, notes = await _locks(
        request, suite, matrix, closure, samples, sampled.snapshot or "", present, previous
    )
    digests = {sample.version: samples_file.digest(locks[sample.version]) for sample in samples}
    content = SamplesFile(
        samples=tuple(Sample(s.version, s.tier, s.pythons, digests[s.version]) for s in samples),
        sampling=sampled.document,
        snapshot="" if sampled.snapshot is None else samples_file.digest(sampled.snapshot),
    )
    files = {
        SAMPLES_FILE: content.render(command).encode(),
        **{sample.lock_file: locks[sample.version].encode() for sample in samples},
    }
    if sampled.snapshot is not None:
        files[SNAPSHOT_FILE] = sampled.snapshot.encode()
    return files, notes


async def _locks(
    request: SuiteUpdateRequest,
    suite: Suite,
    matrix: VersionMatrix,
    closure: Closure,
    samples: list[Sample],
    snapshot: str,
    present: Mapping[str, bytes],
    previous: SamplesFile | None,
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Sample -> lock. A lock whose inputs are those it records, and which nobody touched, stays."""
    command = f"{bin_name()} generate-matrix {suite.address}"
    recorded = {s.version: s.lock for s in previous.samples} if previous else {}
    wanted = {sample.version: _inputs(suite, sample, matrix, closure) for sample in samples}
    locks: dict[str, str] = {}
    outdated: list[str] = []
    for sample in samples:
        existing = present.get(sample.lock_file)
        text = existing.decode(errors="replace") if existing is not None else ""
        untouched = samples_file.digest(existing or b"") == recorded.get(sample.version)
        current = lock_file.recorded_inputs(text) == wanted[sample.version].digest
        if existing is not None and untouched and current and not request.upgrade:
            locks[sample.version] = text
        else:
            outdated.append(sample.version)
    if not outdated:
        return locks, ()
    if request.mode != "poll":
        kind = "cannot be made without the index" if request.mode == "offline" else "is not current"
        raise SuiteUpdateError(
            "\n".join(f"{suite.folder}/{version}.lock {kind}" for version in outdated)
        )
    as_of = _time(request.as_of)
    cooldown = datetime.timedelta(days=matrix.cooldown_days)
    uploaded = _uploads(snapshot)

    def lock_request(version: str) -> LockRequest:
        existing = present.get(f"{version}{LOCK_SUFFIX}", b"").decode(errors="replace")
        return LockRequest(
            sample=f"{suite.address}#{version}",
            inputs=wanted[version],
            kept="" if request.upgrade else lock_file.without_hashes(existing),
            cooled_by=_iso(as_of - cooldown),
            # A sample of the record may be newer than the time that is asked for.
            as_of=_iso(max(as_of, uploaded.get(version, as_of - cooldown) + cooldown)),
        )

    requests = [lock_request(version) for version in outdated]
    results = await engine.locked(requests)
    errors = [
        _unresolvable(suite, version, result.error)
        for version, result in zip(outdated, results)
        if result.error
    ]
    if errors:
        raise SuiteUpdateError("\n".join(errors))
    new = [NewLock(v, asked, r.body) for v, asked, r in zip(outdated, requests, results)]
    for lock in new:
        locks[lock.version] = lock_file.render(
            lock.body, inputs=lock.request.inputs, command=command
        )
    older = await engine.older_pins(OlderPinsRequest(suite.address, tuple(new)))
    return locks, older.notes


def _inputs(suite: Suite, sample: Sample, matrix: VersionMatrix, closure: Closure) -> LockInputs:
    requirements = lock_file.environment_requirements(
        suite, sample.version, base=matrix.base_requirements, closure=closure.requirements
    )
    pythons = matrix.patch_levels(sample.pythons)
    if suite.package is not None:
        return LockInputs(
            requirements=(suite.pinned(sample.version), *requirements),
            pythons=pythons,
            sdists=suite.sdists,
            chosen=suite.project,
        )
    lowest = tuple(
        line
        for line in requirements
        if sample.tier == OWN_FLOOR_TIERS[0] and project_name(line) in closure.own
    )
    return LockInputs(
        requirements=tuple(line for line in requirements if line not in lowest),
        pythons=pythons,
        sdists=suite.sdists,
        lowest=lowest,
    )


def _unresolvable(suite: Suite, version: str, error: str) -> str:
    """What clashes, in uv's words, and the suite's rules that have a part in it."""
    rules = [
        f"  rule {rule.specifier!r}: {', '.join(rule.requirements)}"
        for rule in suite.rules
        if release_matches(rule.specifier, version)
    ]
    build_file = suite.address.partition(":")[0] + "/BUILD"
    return "\n".join(
        [
            f"{suite.address}#{version} is unresolvable: {error}",
            f"  rules of {build_file} that apply to {version}:" + ("" if rules else " none"),
            *rules,
        ]
    )


def _changes(
    previous: SamplesFile | None,
    now: SamplesFile,
    present: Mapping[str, bytes],
    files: Mapping[str, bytes],
) -> Iterable[str]:
    """What is added, removed and pinned anew, and why, a line each."""
    before = {sample.version: sample for sample in previous.samples} if previous else {}
    after = {sample.version: sample for sample in now.samples}
    verdicts = now.sampling.get("verdicts", {})
    for version, sample in after.items():
        pythons = ", ".join(sample.pythons)
        if version not in before:
            yield f"added {version} ({sample.tier}) on Python {pythons}"
        elif before[version].pythons != sample.pythons:
            yield f"moved {version} from Python {', '.join(before[version].pythons)} to {pythons}"
        elif before[version].tier != sample.tier:
            yield f"retold {version}: {before[version].tier} is now {sample.tier}"
    for version in before:
        if version not in after:
            yield f"removed {version}: {verdicts.get(version, 'no longer on the index')}"
    for version, sample in after.items():
        old, new = present.get(sample.lock_file), files[sample.lock_file]
        if old is None or old == new or version not in before:
            continue
        pins = lock_file.changed_pins(old.decode(errors="replace"), new.decode())
        yield f"locked {version} anew: {', '.join(pins) or 'the same pins'}"


def _uploads(snapshot: str) -> dict[str, datetime.datetime]:
    """Release -> time of its upload, where the index told one."""
    releases = map(json.loads, snapshot.splitlines())
    return {r["version"]: _time(r["uploaded"]) for r in releases if "uploaded" in r}


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def _iso(time: datetime.datetime) -> str:
    return time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


# Pants finds what a rule awaits only in functions that stand before it.
@rule(desc="Update a suite", level=LogLevel.DEBUG)
async def update_suite(request: SuiteUpdateRequest, matrix: VersionMatrix) -> SuiteUpdate:
    target = await engine.target_at(request.address)
    suite = suite_of(target)
    present = await _generated_files(suite, request.recovered)
    previous = _previous(present)
    try:
        # What else the graph raises (a dependency that is not there, a cycle) is this suite's too.
        sampled = await _sample(request, suite, present, previous, matrix)
        closure = await closure_of_suite(target, matrix)
        files, notes = await _files(request, suite, matrix, closure, sampled, present, previous)
    except Exception as error:
        expected = isinstance(error, (SuiteUpdateError, PolicyError, NoTestFiles))
        logger.debug(f"{suite.address} cannot be brought up to date", exc_info=not expected)
        told = str(error).strip() or type(error).__name__
        return SuiteUpdate(suite, errors=tuple(told.splitlines()))
    samples = samples_file.parse(files[SAMPLES_FILE].decode())
    cells = [(sample.version, python) for sample in samples.samples for python in sample.pythons]
    on_disk = await engine.read_files([f"{suite.folder}/*"])
    disk = {os.path.basename(path): content for path, content in on_disk.items()}
    stale = tuple(sorted(n for n in {*files, *disk} if files.get(n) != disk.get(n)))
    changes = tuple(_changes(previous, samples, present, files))
    return SuiteUpdate(
        suite,
        files=FrozenDict(files),
        stale=stale,
        # A change that nothing explains is one of dates, or mends an edit by hand.
        changes=changes
        or tuple(f"{'wrote' if name in files else 'removed'} {name}" for name in stale),
        notes=(*sampled.notes, *notes, *suite.idle_failures(cells)),
        samples=len(samples.samples),
        cells=len(cells),
    )


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
