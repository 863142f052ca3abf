"""The locks of one suite: which are made anew and why, and what stands in the way of one."""

from __future__ import annotations

import datetime
import json
import os.path
import re
from dataclasses import dataclass, field
from typing import Mapping, Sequence

from pants.util.docutil import bin_name
from pants.util.strutil import pluralize

from version_matrix import engine
from version_matrix.generate.requests import (
    Closure,
    LockRequest,
    LockResult,
    NewLock,
    OlderPinsRequest,
    SuiteUpdateRequest,
)
from version_matrix.stanza import lock_file, samples_file
from version_matrix.stanza.lock_file import LockInputs
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.samples_file import OWN_FLOOR_TIERS, SAMPLES_FILE, Sample, SamplesFile
from version_matrix.stanza.suite import EVERY_RELEASE, Suite, project_name


class SuiteUpdateError(Exception):
    """Why a suite cannot be brought up to date: `causes`, each of one or several lines."""

    def __init__(self, *causes: str) -> None:
        super().__init__("\n".join(causes))
        self.causes = causes


class OutOfDate(SuiteUpdateError):
    """What a check finds amiss, and `generate-matrix` mends."""


@dataclass(frozen=True)
class SuiteLocks:
    """Sample -> its lock, and for those that were made anew why; and what to tell of them."""

    texts: Mapping[str, str]
    reasons: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Wanted:
    """What a sample's lock is made of, and where each requirement is said."""

    inputs: LockInputs
    origins: Mapping[str, str]


async def locks_of_suite(
    request: SuiteUpdateRequest,
    matrix: VersionMatrix,
    samples: Sequence[Sample],
    snapshot: str,
    present: Mapping[str, bytes],
    previous: SamplesFile | None,
) -> SuiteLocks:
    """A lock for each sample. One whose inputs are those it records, and which nobody touched, stays.

    Raises `SuiteUpdateError`.
    """
    suite = request.suite
    recorded = {s.version: s.lock for s in previous.samples} if previous else {}
    wanted = {sample.version: _wanted(suite, sample, matrix, request.closure) for sample in samples}
    texts: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for sample in samples:
        existing = present.get(sample.lock_file)
        reason = _outdated(existing, recorded.get(sample.version), wanted[sample.version].inputs)
        if reason is None and not request.upgrade:
            assert existing is not None
            texts[sample.version] = existing.decode()
        else:
            reasons[sample.version] = reason or "of --upgrade"
    if not reasons:
        return SuiteLocks(texts)
    paths = {sample.version: f"{suite.folder}/{sample.lock_file}" for sample in samples}
    if request.mode == "check":
        raise OutOfDate(*(f"{paths[v]} is not current: {reasons[v]}" for v in reasons))
    if request.mode == "offline":
        lacking = "cannot be made without the index"
        raise SuiteUpdateError(*(f"{paths[v]} {lacking}: {reasons[v]}" for v in reasons))

    outdated = [sample for sample in samples if sample.version in reasons]
    new = await _made(request, matrix, wanted, outdated, snapshot, present)
    command = f"{bin_name()} generate-matrix {suite.address}"
    for lock in new:
        texts[lock.version] = lock_file.render(
            lock.body, inputs=lock.request.inputs, command=command
        )
    older = await engine.older_pins(OlderPinsRequest(suite.address, new))
    return SuiteLocks(texts, reasons, older.notes)


def _outdated(existing: bytes | None, recorded: str | None, inputs: LockInputs) -> str | None:
    """Why a lock has to be made anew, if it has to."""
    if existing is None:
        return "it was missing" if recorded else "its sample is new"
    if recorded is None:
        return f"{SAMPLES_FILE} does not record it"
    text = existing.decode(errors="replace")
    if lock_file.recorded_inputs(text) != inputs.digest:
        return f"it {lock_file.changed_inputs(text, inputs)}"
    if samples_file.digest(existing) != recorded:
        return "it was edited"
    return None


async def _made(
    request: SuiteUpdateRequest,
    matrix: VersionMatrix,
    wanted: Mapping[str, _Wanted],
    outdated: Sequence[Sample],
    snapshot: str,
    present: Mapping[str, bytes],
) -> tuple[NewLock, ...]:
    as_of = _time(request.as_of)
    cooldown = datetime.timedelta(days=matrix.cooldown_days)
    # Where nothing cools down, and no time is asked for, an index need not tell of times.
    cooled_by = _iso(as_of - cooldown) if matrix.cooldown_days or request.asked else None
    uploaded = _uploads(snapshot)

    def lock_request(sample: Sample) -> LockRequest:
        version = sample.version
        inputs = wanted[version].inputs
        existing = present.get(sample.lock_file, b"").decode(errors="replace")
        # The sampler takes a release without a time of upload for an old one.
        undated = [inputs.chosen] if inputs.chosen and version not in uploaded else []
        return LockRequest(
            sample=f"{request.suite.address}#{version}",
            inputs=inputs,
            kept="" if request.upgrade else lock_file.without_hashes(existing),
            cooled_by=cooled_by,
            # A sample of the record may be newer than the time that is asked for.
            as_of=_iso(max(as_of, uploaded.get(version, as_of - cooldown) + cooldown)),
            exempt=(*matrix.exempt_projects(), *undated),
        )

    requests = {sample.version: lock_request(sample) for sample in outdated}
    results = dict(zip(requests, await engine.locked(requests.values())))
    failed = {version: result for version, result in results.items() if result.error}
    if failed:
        raise SuiteUpdateError(*await _causes(request.suite, wanted, failed))
    return tuple(NewLock(v, asked, results[v].body) for v, asked in requests.items())


def _wanted(suite: Suite, sample: Sample, matrix: VersionMatrix, closure: Closure) -> _Wanted:
    origins = lock_file.environment_requirements(
        suite, sample.version, base=matrix.base_requirements, closure=closure.requirements
    )
    pythons = matrix.patch_levels(sample.pythons)
    if suite.package is not None:
        inputs = LockInputs(
            requirements=(suite.pinned(sample.version), *origins),
            pythons=pythons,
            sdists=suite.sdists,
            chosen=suite.project,
        )
        return _Wanted(inputs, origins)
    lowest = tuple(
        line
        for line in origins
        if sample.tier == OWN_FLOOR_TIERS[0] and project_name(line) in closure.own
    )
    inputs = LockInputs(
        requirements=tuple(line for line in origins if line not in lowest),
        pythons=pythons,
        sdists=suite.sdists,
        lowest=lowest,
    )
    return _Wanted(inputs, origins)


# ------------------------------------------------------------------------------------------
# What stands in the way of a lock
# ------------------------------------------------------------------------------------------


async def _causes(
    suite: Suite, wanted: Mapping[str, _Wanted], failed: Mapping[str, LockResult]
) -> list[str]:
    """Each clash with what can be edited; a failure of the index once, however many it hits."""
    build_files = await _build_files(suite)
    causes = []
    unavailable: dict[str, list[str]] = {}
    for version, result in failed.items():
        error = result.error or ""
        if result.clash:
            causes.append(_unresolvable(suite, version, error, wanted[version], build_files))
        else:
            unavailable.setdefault(error, []).append(version)
    for error, versions in unavailable.items():
        samples = pluralize(len(versions), "sample", include_count=False)
        causes.append(
            f"{suite.address} could not be locked ({samples} {', '.join(versions)}): {error}"
        )
    return causes


async def _build_files(suite: Suite) -> Mapping[str, str]:
    """Path -> text of the BUILD files that may hold the stanza."""
    folder = suite.address.partition(":")[0].lstrip("/")
    globs = [os.path.join(folder, name) for name in ("BUILD", "BUILD.*")]
    files = await engine.read_files(globs)
    return {path: content.decode(errors="replace") for path, content in sorted(files.items())}


def _unresolvable(
    suite: Suite, version: str, error: str, wanted: _Wanted, build_files: Mapping[str, str]
) -> str:
    """What clashes, in uv's words, where each requirement it names is said, and what to do."""
    ruled = {line for rule in suite.rules_for(version) for line in rule.requirements}
    lines = [f"{suite.address}#{version} is unresolvable: {error}"]
    others = []
    for line, said in wanted.origins.items():
        if not _names(error, line):
            continue
        if line in ruled:
            said = f"{said} of {_place(line, build_files)}"
        else:
            others.append(project_name(line))
        lines.append(f"  {line}: {said}")
    if others:
        key = EVERY_RELEASE if suite.package is None else f"=={version}"
        lines.append(
            f"  A rule of {_place(None, build_files)} wins over what is said elsewhere, for "
            f'instance `requirements={{"{key}": ["{others[0]}<VERSION"]}}`.'
        )
    return "\n".join(lines)


def _names(error: str, requirement: str) -> bool:
    project = re.escape(project_name(requirement))
    return re.search(rf"(?<![\w.-]){project}(?![\w-])", error) is not None


def _place(requirement: str | None, build_files: Mapping[str, str]) -> str:
    """The BUILD file, and the line that holds a requirement, if it is written out there."""
    for path, text in build_files.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if f'"{requirement}"' in line or f"'{requirement}'" in line:
                return f"{path}, line {number}"
    return next(iter(build_files), "the BUILD file")


def _uploads(snapshot: str) -> dict[str, datetime.datetime]:
    """Release -> time of its upload, where the index told one."""
    releases = map(json.loads, snapshot.splitlines())
    return {r["version"]: _time(r["uploaded"]) for r in releases if "uploaded" in r}


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def _iso(time: datetime.datetime) -> str:
    return time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
