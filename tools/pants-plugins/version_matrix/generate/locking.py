"""Locking: one universal lock per sample, resolved by uv over the Pythons of its cells."""

from __future__ import annotations

import dataclasses
import re
from typing import Iterable, Mapping

from pants.engine.fs import Digest
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.generate.requests import LockRequest, LockResult
from version_matrix.generate.stub_wheel import file_name, stub_wheel
from version_matrix.stanza import lock_file
from version_matrix.tools.requests import UvProcess

_REQUIREMENTS = "requirements.in"
_LOCK = "sample.lock"
_STUBS = "stubs"

# What uv says, as far as more depends on it than what people read.
_NO_SOLUTION = "No solution found"
_UNREADABLE = re.compile(r"^WARN `(?P<name>[^`=]+)==(?P<version>[^`]+)` has (?P<why>.+)$", re.M)
_RETRIES = re.compile(r"^Request failed after \d+ retr(?:y|ies) in \S+\n(?=.)")
_FILTERED = re.compile(
    r"^hint: `(?P<name>[^`]+)` was filtered by `exclude-newer(?:-package)?` to only include "
    r"packages uploaded before (?P<time>\S+Z)\. The latest version satisfying the requirement is "
    r"v(?P<version>[^\s,]+?)(?P<uploaded>, published at \S+)?\. .*$",
    re.M,
)


async def _attempt(
    request: LockRequest, resolution: str, files: Mapping[str, bytes]
) -> FallibleProcessResult:
    stubs = {f"{_STUBS}/{file_name(*stub)}": stub_wheel(*stub) for stub in request.stubs}
    digest = await engine.digest_of({**files, **stubs})
    return await engine.attempt_uv(_compile(request, resolution, digest))


async def _resolved(
    request: LockRequest, resolution: str, files: Mapping[str, bytes]
) -> LockResult:
    """What uv resolves to, but for what it takes only because it could not read a wheel.

    A mirror that is broken, or a proxy that wants a login, answers with something else than the
    wheel. uv passes such a release over and says so in a warning alone.
    """
    result = await _attempt(request, resolution, files)
    stderr = result.stderr.decode(errors="replace")
    passed_over = unreadable(stderr)
    if result.exit_code != 0:
        told = explain(stderr)
        return LockResult(error=told, clash=told.startswith(_NO_SOLUTION) and not passed_over)
    if passed_over and not request.stubs:
        stubs = tuple(passed_over)
        tried = await _attempt(dataclasses.replace(request, stubs=stubs), resolution, files)
        if tried.exit_code != 0:
            return LockResult(error=explain(tried.stderr.decode(errors="replace")))
        wanted = lock_file.pins((await engine.contents(tried.output_digest))[_LOCK].decode())
        missed = [stub for stub in stubs if stub[1] in wanted.get(stub[0], ())]
        if missed:
            return LockResult(error="\n".join(_missed(*each, passed_over[each]) for each in missed))
    return LockResult(body=(await engine.contents(result.output_digest))[_LOCK].decode())


@rule(desc="Lock a sample", level=LogLevel.DEBUG)
async def lock_sample(request: LockRequest) -> LockResult:
    inputs = request.inputs
    requirements = inputs.limited(inputs.requirements)
    if inputs.lowest:
        # What stands for releases without a wheel is tried on what is resolved to be newest.
        floors = await _resolved(
            dataclasses.replace(request, stubs=()),
            "lowest-direct",
            {_REQUIREMENTS: inputs.limited(inputs.lowest).encode()},
        )
        if floors.error is not None:
            return floors
        # Only the direct requirements are held at their floors; what they need may be newer.
        pinned = lock_file.pinned_lines(floors.body, inputs.lowest)
        requirements += "".join(f"{line}\n" for line in pinned)
    files = {_REQUIREMENTS: requirements.encode()}
    if request.kept:
        # uv keeps the pins of an existing output where they still hold.
        files[_LOCK] = request.kept.encode()
    return await _resolved(request, "highest", files)


def _compile(request: LockRequest, resolution: str, digest: Digest) -> UvProcess:
    inputs = request.inputs
    return UvProcess(
        argv=(
            "pip",
            "compile",
            _REQUIREMENTS,
            f"--output-file={_LOCK}",
            "--universal",
            f"--python-version={inputs.pythons[0]}",
            f"--resolution={resolution}",
            "--generate-hashes",
            "--no-header",
            "--no-annotate",
            "--quiet",
            # As pip chooses: the best version of all indexes, not the first index's.
            "--index-strategy=unsafe-best-match",
            "--only-binary=:all:",
            *(f"--no-binary={project}" for project in inputs.sdists),
            # uv remembers pages for minutes. One of them may lack the sample, which the sampler has
            # seen, and locks of one run would differ by whether they were made from it.
            "--refresh",
            *_cutoffs(request),
            *([f"--find-links={_STUBS}"] if request.stubs else []),
        ),
        input_digest=digest,
        output_files=(_LOCK,),
        description=f"Lock {request.sample}",
        polls_index=True,
        dated=request.cooled_by is not None,
    )


def _cutoffs(request: LockRequest) -> tuple[str, ...]:
    """What keeps out files that are too new, and those whose time of upload is not known."""
    if request.cooled_by is None:
        return ()
    chosen = request.inputs.chosen
    own = {chosen: request.as_of} if chosen else {}
    by_project = {**own, **{project: "false" for project in request.exempt}}
    return (
        f"--exclude-newer={request.cooled_by}",
        *(f"--exclude-newer-package={name}={time}" for name, time in by_project.items()),
    )


def unreadable(stderr: str) -> dict[tuple[str, str], str]:
    """Project and version of each release that uv passed over -> what is wrong with it."""
    return {
        (match["name"], match["version"]): match["why"] for match in _UNREADABLE.finditer(stderr)
    }


def _missed(project: str, version: str, why: str) -> str:
    return (
        f"the wheel of {project} {version} could not be read: it has {why}. Run again once the "
        f"index gives it out whole; if it never does, rule it out: `{project}!={version}`."
    )


def explain(stderr: str) -> str:
    """uv's own account of a failure, which names the requirements that clash, as plain lines.

    The markers that uv repeats after every name are those of the lock's Pythons: left out, and
    so is how often it tried. What it says of its own options is said of this plugin's.
    """
    lines = [line.rstrip() for line in stderr.splitlines() if line.strip()]
    start = next((at for at, line in enumerate(lines) if line.startswith("error:")), 0)
    told = "\n".join(re.sub(r"^(error|\s*cause): ", "", line).strip() for line in lines[start:])
    told = _FILTERED.sub(_filtered, _RETRIES.sub("", told))
    return re.sub(r"(?<=[\w\]])\{[^}]*\}", "", told) or "uv failed without a word"


def _filtered(hint: "re.Match[str]") -> str:
    name, version, exempt = hint["name"], hint["version"], "[version-matrix].cooldown_exempt"
    if hint["uploaded"]:
        return (
            f"hint: {name} {version} was uploaded after {hint['time']}, and cools down. Wait, or "
            f"name {name} in {exempt}."
        )
    return (
        f"hint: when {name} {version} was uploaded is not known, so that it never cools down. Name "
        f"{name} in {exempt}."
    )


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
