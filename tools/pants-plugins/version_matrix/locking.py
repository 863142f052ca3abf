"""Locking: one universal lock per sample, resolved by uv over the Pythons of its cells."""

from __future__ import annotations

import re
from typing import Iterable

from pants.engine.fs import Digest
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from version_matrix import engine, lock_file
from version_matrix.requests import LockRequest, LockResult, UvProcess
from version_matrix.stub_wheel import file_name, stub_wheel

_REQUIREMENTS = "requirements.in"
_LOCK = "sample.lock"
_STUBS = "stubs"


@rule(desc="Lock a sample", level=LogLevel.DEBUG)
async def lock_sample(request: LockRequest) -> LockResult:
    inputs = request.inputs
    requirements = inputs.limited(inputs.requirements)
    stubs = {f"{_STUBS}/{file_name(*stub)}": stub_wheel(*stub) for stub in request.stubs}
    if inputs.lowest:
        floors = await engine.attempt_uv(
            _compile(
                request,
                "lowest-direct",
                await engine.digest_of({_REQUIREMENTS: inputs.limited(inputs.lowest).encode()}),
            )
        )
        if floors.exit_code != 0:
            return LockResult(error=explain(floors.stderr.decode()))
        lock = (await engine.contents(floors.output_digest))[_LOCK].decode()
        # Only the direct requirements are held at their floors; what they need may be newer.
        pinned = lock_file.pinned_lines(lock, inputs.lowest)
        requirements += "".join(f"{line}\n" for line in pinned)
    files = {_REQUIREMENTS: requirements.encode(), **stubs}
    if request.kept:
        # uv keeps the pins of an existing output where they still hold.
        files[_LOCK] = request.kept.encode()
    result = await engine.attempt_uv(_compile(request, "highest", await engine.digest_of(files)))
    if result.exit_code != 0:
        return LockResult(error=explain(result.stderr.decode()))
    return LockResult(body=(await engine.contents(result.output_digest))[_LOCK].decode())


def _compile(request: LockRequest, resolution: str, digest: Digest) -> UvProcess:
    inputs = request.inputs
    chosen = inputs.chosen
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
            f"--exclude-newer={request.cooled_by}",
            # The sampler has seen the sample on the index; a page that uv remembers may not have it.
            *([f"--refresh-package={chosen}"] if chosen else []),
            *([f"--exclude-newer-package={chosen}={request.as_of}"] if chosen else []),
            *([f"--find-links={_STUBS}"] if request.stubs and resolution == "highest" else []),
        ),
        input_digest=digest,
        output_files=(_LOCK,),
        description=f"Lock {request.sample}",
        polls_index=True,
    )


def explain(stderr: str) -> str:
    """uv's own account of a failure, which names the requirements that clash, as plain lines.

    The markers that uv repeats after every name are those of the lock's Pythons: left out.
    """
    lines = [line.rstrip() for line in stderr.splitlines() if line.strip()]
    start = next((at for at, line in enumerate(lines) if line.startswith("error:")), 0)
    told = "\n".join(re.sub(r"^(error|\s*cause): ", "", line).strip() for line in lines[start:])
    return re.sub(r"(?<=[\w\]])\{[^}]*\}", "", told) or "uv failed without a word"


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
