"""Locking: one universal lock per sample, resolved by uv over the Pythons of its cells."""

from __future__ import annotations

import dataclasses
import json
from typing import Iterable, Mapping

from pants.engine.fs import Digest
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.generate import resolver_words
from version_matrix.generate.requests import LockRequest, LockResult
from version_matrix.generate.stub_wheel import file_name, stub_wheel
from version_matrix.progress.requests import Step
from version_matrix.stanza import lock_file, python_names
from version_matrix.tools.requests import UvProcess

_REQUIREMENTS = "requirements.in"
_LOCK = "sample.lock"
_HELD = "held.in"
_STUBS = "stubs"
# Where uv reads for which Pythons and platforms a resolution has to hold.
_SETTINGS = "pyproject.toml"

# How many releases without a wheel are looked for, one behind the other, before it is told.
_WHEELLESS_AT_MOST = 12


async def _attempt(
    request: LockRequest, resolution: str, files: Mapping[str, bytes]
) -> FallibleProcessResult:
    stubs = {f"{_STUBS}/{file_name(*stub)}": stub_wheel(*stub) for stub in request.stubs}
    settings = {_SETTINGS: _settings(request)}
    digest = await engine.digest_of({**files, **stubs, **settings})
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
    passed_over = resolver_words.unreadable(stderr)
    if result.exit_code != 0:
        failure = resolver_words.failure(stderr)
        return LockResult(
            error=failure.reason,
            clash=failure.clash and not passed_over,
            derivation=failure.derivation,
            platform=failure.platform,
            wheelless=failure.wheelless,
            python=failure.python,
        )
    if passed_over and not request.stubs:
        stubs = tuple(passed_over)
        tried = await _attempt(dataclasses.replace(request, stubs=stubs), resolution, files)
        if tried.exit_code != 0:
            failed = resolver_words.failure(tried.stderr.decode(errors="replace"))
            return LockResult(error=failed.reason)
        wanted = lock_file.pins((await engine.contents(tried.output_digest))[_LOCK].decode())
        told = [
            resolver_words.missed(*stub, passed_over[stub])
            for stub in stubs
            if stub[1] in wanted.get(stub[0], ())
        ]
        if told:
            return LockResult(error="\n".join(told))
    return LockResult(body=(await engine.contents(result.output_digest))[_LOCK].decode())


async def _locked(request: LockRequest) -> LockResult:
    """The lock for the platforms of the request."""
    inputs = request.inputs
    requirements = "".join(f"{line}\n" for line in inputs.requirements)
    if inputs.lowest:
        # What stands for releases without a wheel is tried on what is resolved to be newest.
        lowest = "".join(f"{line}\n" for line in inputs.lowest)
        floors = await _resolved(
            dataclasses.replace(request, stubs=()),
            "lowest-direct",
            {_REQUIREMENTS: lowest.encode()},
        )
        if floors.error is not None:
            return floors
        # Only the direct requirements are held at their floors; what they need may be newer.
        pinned = lock_file.pinned_lines(floors.body, inputs.lowest)
        requirements += "".join(f"{line}\n" for line in pinned)
    files = {_REQUIREMENTS: requirements.encode()}
    if request.held:
        files[_HELD] = "".join(f"{pin}\n" for pin in request.held).encode()
    if request.kept:
        # uv keeps the pins of an existing output where they still hold.
        files[_LOCK] = request.kept.encode()
    return await _resolved(request, "highest", files)


async def _where_possible(request: LockRequest) -> LockResult:
    """The lock for those platforms of the request that something can be had for, the first at least.

    What has no file for a platform that no cell runs on here is locked for the others.
    """
    platforms = request.platforms
    while True:
        result = await _locked(dataclasses.replace(request, platforms=platforms))
        others = (p for p in platforms[1:] if lock_file.system(p) != result.platform)
        left = (*platforms[:1], *others)
        if not result.clash or left == platforms:
            return dataclasses.replace(result, platforms=platforms)
        platforms = left


async def _without_wheels(request: LockRequest, failed: LockResult) -> LockResult:
    """The failure, with all that wants a wheel and not the first of it alone.

    Each release that has none is taken for one that has, which shows what else is wanting.
    """
    found: dict[str, str] = {}
    result = failed
    while result.error and result.wheelless and len(found) < _WHEELLESS_AT_MOST:
        new = {name: version for name, version in result.wheelless if version and name not in found}
        if not new:
            break
        found.update(new)
        stubs = (*request.stubs, *sorted(found.items()))
        result = await _where_possible(
            dataclasses.replace(request, stubs=stubs, platforms=result.platforms)
        )
    beside = result.error if result.error and not result.wheelless else ""
    also = f" Beside that: {beside}" if beside else ""
    return dataclasses.replace(
        failed,
        error=f"{resolver_words.no_wheel(list(found))}{also}" if found else failed.error,
        wheelless=tuple(sorted(found.items())) or failed.wheelless,
        beside=beside,
    )


@rule(desc="Lock a sample", level=LogLevel.DEBUG)
async def lock_sample(request: LockRequest) -> LockResult:
    # Requests that are equal are one lock.
    name = f"{request.sample} {hash(request)}"
    await engine.count([Step("lock", name, ahead=1)])
    request = dataclasses.replace(request, platforms=request.inputs.platforms)
    result = await _where_possible(request)
    if result.wheelless and not request.stubs:
        result = await _without_wheels(request, result)
    await engine.count([Step("lock", name, done=1)])
    return result


def _settings(request: LockRequest) -> bytes:
    """Without it uv would resolve for Pythons and systems that no cell runs on, and fail there."""
    environments = dataclasses.replace(request.inputs, platforms=request.platforms).environments
    return f"[tool.uv]\nenvironments = {json.dumps(environments)}\n".encode()


def _compile(request: LockRequest, resolution: str, digest: Digest) -> UvProcess:
    inputs = request.inputs
    return UvProcess(
        argv=(
            "pip",
            "compile",
            _REQUIREMENTS,
            f"--output-file={_LOCK}",
            "--universal",
            f"--python-version={python_names.release_of(inputs.pythons[0])}",
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
            *([f"--constraints={_HELD}"] if request.held else []),
        ),
        input_digest=digest,
        output_files=(_LOCK,),
        description=f"Lock {request.sample}",
        configured=True,
        polls_index=True,
        dated=request.cooled_by is not None,
    )


def _cutoffs(request: LockRequest) -> tuple[str, ...]:
    """What keeps out files that are too new, and those whose time of upload is not known."""
    if request.cooled_by is None:
        return ()
    own = {project: request.as_of for project in request.inputs.sampled}
    by_project = {**own, **{project: "false" for project in request.exempt}}
    return (
        f"--exclude-newer={request.cooled_by}",
        *(f"--exclude-newer-package={name}={time}" for name, time in by_project.items()),
    )


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
