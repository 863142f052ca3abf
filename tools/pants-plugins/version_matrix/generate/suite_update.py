"""Brings one suite's generated files up to date: sample, lock what changed, compare."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Iterable, Mapping

from packaging.version import Version
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.docutil import bin_name
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.generate.errors import unexpected
from version_matrix.generate.requests import SamplingRequest, SuiteUpdate, SuiteUpdateRequest
from version_matrix.generate.suite_locks import (
    OutOfDate,
    SuiteLocks,
    SuiteUpdateError,
    locks_of_suite,
)
from version_matrix.stanza import lock_file, samples_file
from version_matrix.stanza.policy import PolicyError, VersionMatrix
from version_matrix.stanza.samples_file import (
    LOCK_SUFFIX,
    OWN_FLOOR_TIERS,
    SAMPLES_FILE,
    SNAPSHOT_FILE,
    Sample,
    SamplesFile,
    UnreadableSamples,
)
from version_matrix.stanza.suite import EVERY_RELEASE, Suite, admits_minor


@dataclass(frozen=True)
class Sampled:
    """What sampling gives a suite: the document for `samples.json`, and the snapshot if any."""

    document: Mapping[str, object]
    snapshot: str | None = None
    notes: tuple[str, ...] = ()
    known: int = 0
    cooling: tuple[tuple[str, str], ...] = ()


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
        raise OutOfDate(f"{suite.folder}/{missing} is missing or unreadable")
    snapshot = present.get(SNAPSHOT_FILE)
    if checking and previous and samples_file.digest(snapshot or b"") != previous.snapshot:
        raise OutOfDate(f"{suite.folder}/{SNAPSHOT_FILE} is not as generated")
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
    return Sampled(
        json.loads(result.document), result.snapshot, result.notes, result.known, result.cooling
    )


def _own_floor(
    request: SuiteUpdateRequest, suite: Suite, previous: SamplesFile | None, matrix: VersionMatrix
) -> Mapping[str, object]:
    """The two samples of a library's own requirements, on its lowest and its highest Python."""
    policy = matrix.policy()
    targets = tuple(lock_file.minor(python) for python in matrix.target_pythons)
    admitted = [
        python
        for python in map(lock_file.minor, matrix.patch_levels(targets))
        if all(
            admits_minor(pythons, python)
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
        "policy": policy,
        "suite": suite.sampling_request(),
        "samples": [
            {"version": tier, "tier": tier, "pythons": pythons} for tier in OWN_FLOOR_TIERS
        ],
    }


async def _files(
    request: SuiteUpdateRequest,
    suite: Suite,
    matrix: VersionMatrix,
    sampled: Sampled,
    present: Mapping[str, bytes],
    previous: SamplesFile | None,
) -> tuple[dict[str, bytes], SuiteLocks]:
    """All generated files of the suite: name -> content; and what became of its locks."""
    command = f"{bin_name()} generate-matrix {suite.address}"
    raw = sampled.document["samples"]
    assert isinstance(raw, list)
    samples = [
        Sample(s["version"], s["tier"], tuple(s["pythons"]), trials=tuple(s.get("trials", ())))
        for s in raw
    ]
    locks = await locks_of_suite(
        request, matrix, samples, sampled.snapshot or "", present, previous
    )
    content = SamplesFile(
        samples=locks.samples,
        sampling=sampled.document,
        snapshot="" if sampled.snapshot is None else samples_file.digest(sampled.snapshot),
    )
    files = {
        SAMPLES_FILE: content.render(command).encode(),
        **{name: text.encode() for name, text in locks.texts.items()},
    }
    if sampled.snapshot is not None:
        files[SNAPSHOT_FILE] = sampled.snapshot.encode()
    return files, locks


def _changes(
    previous: SamplesFile | None,
    now: SamplesFile,
    present: Mapping[str, bytes],
    files: Mapping[str, bytes],
    reasons: Mapping[str, str],
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
        if version not in before or version not in reasons:
            continue
        for name in sample.locks:
            old, new = present.get(name), files[name]
            if old != new:
                yield _locked_anew(name, reasons[version], old, new)


def _locked_anew(name: str, reason: str, old: bytes | None, new: bytes) -> str:
    told = f"locked {name[: -len(LOCK_SUFFIX)]} anew, because {reason}"
    if old is None:
        return told
    pins = lock_file.changed_pins(old.decode(errors="replace"), new.decode())
    return f"{told}: {', '.join(pins) or 'the same pins'}"


# Pants finds what a rule awaits only in functions that stand before it.
@rule(desc="Update a suite", level=LogLevel.DEBUG)
async def update_suite(request: SuiteUpdateRequest, matrix: VersionMatrix) -> SuiteUpdate:
    suite = request.suite
    present = {**request.files, **request.recovered}
    previous = _previous(present)
    try:
        sampled = await _sample(request, suite, present, previous, matrix)
        files, locks = await _files(request, suite, matrix, sampled, present, previous)
    except OutOfDate as error:
        return SuiteUpdate(suite, outdated=error.causes)
    except SuiteUpdateError as error:
        return SuiteUpdate(suite, errors=error.causes)
    except PolicyError as error:
        return SuiteUpdate(suite, errors=(str(error),))
    except Exception as error:
        return SuiteUpdate(suite, errors=(unexpected(error),))
    samples = samples_file.parse(files[SAMPLES_FILE].decode())
    cells = [(sample.version, python) for sample in samples.samples for python in sample.pythons]
    disk = request.files
    stale = tuple(sorted(n for n in {*files, *disk} if files.get(n) != disk.get(n)))
    changes = tuple(_changes(previous, samples, present, files, locks.reasons))
    return SuiteUpdate(
        suite,
        files=FrozenDict(files),
        stale=stale,
        # A change that nothing explains is one of dates, or mends an edit by hand.
        changes=changes
        or tuple(f"{'wrote' if name in files else 'removed'} {name}" for name in stale),
        notes=(
            *sampled.notes,
            *locks.notes,
            *suite.idle_failures(cells),
            *suite.surprising_limits(),
        ),
        unresolvable=locks.unresolvable,
        unlocked=locks.unlocked,
        known=sampled.known,
        cooling=sampled.cooling,
        samples=len(samples.samples),
        cells=len(cells),
    )


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
