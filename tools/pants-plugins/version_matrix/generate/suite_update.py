"""Brings one suite's generated files up to date: sample, lock what changed, compare."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Iterable, Mapping

from packaging.version import Version
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.docutil import bin_name
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.generate import refusals
from version_matrix.generate.errors import unexpected
from version_matrix.generate.long_names import too_long
from version_matrix.generate.requests import SamplingRequest, SuiteUpdate, SuiteUpdateRequest
from version_matrix.generate.suite_locks import (
    OutOfDate,
    SuiteLocks,
    SuiteUpdateError,
    locks_of_suite,
)
from version_matrix.stanza import lock_file, python_names, samples_file
from version_matrix.stanza.addresses import from_root
from version_matrix.stanza.combination import axes_of, names_of, release_of
from version_matrix.stanza.conditions import EVERY_RELEASE, admits_minor
from version_matrix.stanza.policy import PolicyError, VersionMatrix
from version_matrix.stanza.samples_file import (
    LOCK_SUFFIX,
    OWN_FLOOR_TIERS,
    SAMPLES_FILE,
    SNAPSHOT_FILE,
    Refused,
    SamplesFile,
    UnreadableSamples,
    snapshot_name,
)
from version_matrix.stanza.suite import Suite, wrong_axes

# How often sampling is told of what the resolver refused, before what is left is told as unresolvable.
_ROUNDS = 12


@dataclass(frozen=True)
class Sampled:
    """What sampling gives a suite: the document for `samples.json`, and the snapshots by project."""

    document: Mapping[str, object]
    snapshots: Mapping[str, str] = field(default_factory=dict)
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


def _snapshot_names(suite: Suite) -> Mapping[str, str]:
    """Project -> the name of its snapshot."""
    axes = {project: snapshot_name(project) for project in suite.axis_projects}
    return {suite.project: SNAPSHOT_FILE, **axes} if suite.project else {}


def _check_recorded(
    suite: Suite, present: Mapping[str, bytes], previous: SamplesFile | None
) -> None:
    """Raises `OutOfDate` unless there is what a check starts from, as it was generated."""
    names = _snapshot_names(suite)
    if previous is None:
        raise OutOfDate(f"{suite.folder}/{SAMPLES_FILE} is missing or unreadable")
    own = {suite.projects[0]: previous.snapshot}
    recorded = {**own, **dict(previous.axis_snapshots)}
    for project, name in names.items():
        if name not in present:
            raise OutOfDate(f"{suite.folder}/{name} is missing or unreadable")
        if samples_file.digest(present[name]) != recorded.get(project):
            raise OutOfDate(f"{suite.folder}/{name} is not as generated")


async def _sample(
    request: SuiteUpdateRequest,
    suite: Suite,
    present: Mapping[str, bytes],
    previous: SamplesFile | None,
    matrix: VersionMatrix,
    refused: tuple[Refused, ...] = (),
) -> Sampled:
    if suite.package is None:
        return Sampled(_own_floor(request, suite, previous, matrix))
    if request.mode == "check":
        _check_recorded(suite, present, previous)
    snapshots = {
        project: present[name].decode(errors="replace")
        for project, name in _snapshot_names(suite).items()
        if name in present
    }
    (result,) = await engine.sampled(
        [
            SamplingRequest(
                suite=suite,
                mode=request.mode,
                as_of=request.as_of,
                upgrade=request.upgrade,
                previous=previous,
                snapshot=snapshots.pop(suite.projects[0], None),
                axis_snapshots=FrozenDict(snapshots),
                refused=refused,
            )
        ]
    )
    if result.error:
        raise SuiteUpdateError(result.error)
    document = json.loads(result.document)
    for project, axis in document.get("axes", {}).items():
        if len(axis["samples"]) == 1:
            raise SuiteUpdateError(
                f"axes names {project}, of which there is one release to test "
                f"({axis['samples'][0]['version']}), and so nothing to vary: widen its range, or name "
                'it in `requirements`, as in {"*": ["' + project + '"]}'
            )
    return Sampled(
        document,
        {suite.projects[0]: result.snapshot, **result.axis_snapshots},
        result.notes,
        result.known,
        result.cooling,
    )


def _own_floor(
    request: SuiteUpdateRequest, suite: Suite, previous: SamplesFile | None, matrix: VersionMatrix
) -> Mapping[str, object]:
    """The two samples of a library's own requirements, on its lowest and its highest Python."""
    policy = matrix.policy()
    targets = tuple(python_names.minor(python) for python in matrix.target_pythons)
    admitted = [
        python
        for python in map(python_names.minor, matrix.patch_levels(targets))
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
    refused: tuple[Refused, ...],
) -> tuple[dict[str, bytes], SuiteLocks]:
    """All generated files of the suite: name -> content; and what became of its locks."""
    command = f"{bin_name()} generate-matrix {suite.address}"
    samples = samples_file.named_samples(sampled.document)
    unnamable = too_long(suite, samples)
    if unnamable:
        raise SuiteUpdateError(unnamable)
    locks = await locks_of_suite(request, matrix, samples, sampled.snapshots, present, previous)
    digests = {name: samples_file.digest(text) for name, text in sampled.snapshots.items()}
    content = SamplesFile(
        samples=locks.samples,
        sampling=sampled.document,
        snapshot=digests.pop(suite.project or "", ""),
        axis_snapshots=tuple(digests.items()),
        refused=refused,
    )
    names = _snapshot_names(suite)
    files = {
        SAMPLES_FILE: content.render(command).encode(),
        **{name: text.encode() for name, text in locks.texts.items()},
        **{names[project]: text.encode() for project, text in sampled.snapshots.items()},
    }
    return files, locks


async def _together(
    request: SuiteUpdateRequest,
    suite: Suite,
    matrix: VersionMatrix,
    present: Mapping[str, bytes],
    previous: SamplesFile | None,
) -> tuple[Sampled, dict[str, bytes], SuiteLocks]:
    """Sampled and locked; what the resolver refuses of combinations is sampled again without it."""
    forget = request.upgrade or not request.replacing
    recorded = previous.refused if previous and not forget else ()
    unknown = refusals.outdated(recorded, suite, matrix, request.closure)
    if unknown and request.mode == "check":
        raise OutOfDate(
            f"{suite.folder}/{SAMPLES_FILE} is not current: what is asked for with "
            f"{names_of(unknown[0].releases, suite.projects[0])} has changed"
        )
    refused = tuple(each for each in recorded if each not in unknown)
    sampled = await _sample(request, suite, present, previous, matrix, refused)
    files, locks = await _files(request, suite, matrix, sampled, present, previous, refused)
    for _ in range(_ROUNDS if request.replacing else 0):
        new = tuple(each for each in locks.refused if each not in refused)
        if not new:
            break
        refused = (*refused, *new)
        # The index is asked once: what it said is sampled again.
        again = dataclasses.replace(request, mode="offline")
        told = {**present, **{name: files[name] for name in _snapshot_names(suite).values()}}
        notes = sampled.notes
        try:
            sampled = await _sample(again, suite, told, previous, matrix, refused)
        except SuiteUpdateError as error:
            command = f"{bin_name()} generate-matrix --suggest {from_root(suite.address)}"
            hint = f"Whether something else would make locks of them is told by `{command}`."
            raise SuiteUpdateError(*error.causes, hint) from None
        notes = tuple(dict.fromkeys((*notes, *sampled.notes)))
        sampled = dataclasses.replace(sampled, notes=notes)
        files, locks = await _files(request, suite, matrix, sampled, present, previous, refused)
    return sampled, files, locks


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
            yield f"added {version} ({sample.why}) on Python {pythons}"
        elif before[version].pythons != sample.pythons:
            yield f"moved {version} from Python {', '.join(before[version].pythons)} to {pythons}"
        elif before[version].why != sample.why:
            yield f"retold {version}: {before[version].why} is now {sample.why}"
    for version in before:
        if version not in after:
            if axes_of(version):
                yield f"removed {version}: {_why_no_combination(version, now)}"
                continue
            yield f"removed {version}: {verdicts.get(version, 'no longer on the index')}"
    for version, sample in after.items():
        if version not in before or version not in reasons:
            continue
        for name in sample.locks:
            old, new = present.get(name), files[name]
            if old != new:
                yield _locked_anew(name, reasons[version], old, new)


def _why_no_combination(name: str, now: SamplesFile) -> str:
    """What became of a combination: of a release in it, or of what it is chosen for."""
    own = now.sampling.get("verdicts", {}).get(release_of(name), "no longer on the index")
    versions = {axis["version"] for axis in now.sampling["samples"]}
    if release_of(name) not in versions:
        return f"{release_of(name)} is {own}"
    axes = now.sampling.get("axes", {})
    for project, version in axes_of(name).items():
        if project not in axes:
            return f"{project} is no axis any more"
        verdict = axes[project]["verdicts"].get(version, "no longer on the index")
        if version not in {sample["version"] for sample in axes[project]["samples"]}:
            return f"{project} {version} is {verdict}"
    releases = now.sampling["combinations"][0]["releases"] if now.samples else {}
    wanted = {next(iter(releases), ""): release_of(name), **axes_of(name)}
    for each in now.refused:
        if set(each.releases) <= set(wanted.items()):
            return each.reason
    return "others cover what it was for"


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
        wrong = wrong_axes(suite)
        if wrong:
            raise SuiteUpdateError(wrong)
        sampled, files, locks = await _together(request, suite, matrix, present, previous)
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
