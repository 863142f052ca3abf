"""Sampling: release-sampler in a process of its own, with packages Pants itself does not have."""

from __future__ import annotations

import json
from typing import Iterable, Mapping

from pants.backend.python.util_rules.pex import VenvPexProcess
from pants.engine.process import FallibleProcessResult, ProcessCacheScope
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.generate.requests import SamplingRequest, SamplingResult
from version_matrix.stanza import samples_file
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.samples_file import SNAPSHOT_FILE, Refused, snapshot_name
from version_matrix.tools.carried import sampler_sources
from version_matrix.tools.index_environment import INDEX_ENVIRONMENT
from version_matrix.tools.subsystems import IndexClient

_PREVIOUS = "previous"
_SAMPLING_FILE = "sampling.json"
_SOURCES = "__sampler"


async def run_sampler(
    index_client: IndexClient,
    arguments: Iterable[str],
    files: Mapping[str, bytes],
    *,
    polls_index: bool,
    description: str,
    output_directories: tuple[str, ...] = (),
) -> FallibleProcessResult:
    """Runs release-sampler in a sandbox that holds these files, and an empty `previous`."""
    pex = await engine.venv_pex(
        index_client.to_pex_request(interpreter_constraints=index_client.interpreter_constraints)
    )
    sources = {f"{_SOURCES}/{path}": content for path, content in sampler_sources().items()}
    inputs = await engine.merged(
        [await engine.digest_of({**files, **sources}), await engine.empty_directory(_PREVIOUS)]
    )
    return await engine.attempt_tool(
        VenvPexProcess(
            pex,
            argv=("-m", "release_sampler", *arguments),
            extra_env={
                **(await engine.environment(INDEX_ENVIRONMENT) if polls_index else {}),
                "PEX_INTERPRETER": "1",
                "PEX_EXTRA_SYS_PATH": _SOURCES,
            },
            input_digest=inputs,
            output_directories=output_directories,
            append_only_caches={"release_sampler": "__release-sampler-cache"},
            description=description,
            level=LogLevel.DEBUG,
            # An index answers anew every session; without one the result follows from the inputs.
            cache_scope=(
                ProcessCacheScope.PER_SESSION if polls_index else ProcessCacheScope.SUCCESSFUL
            ),
        )
    )


def question(
    request: SamplingRequest, policy: Mapping[str, object], combine: str
) -> dict[str, object]:
    """What release-sampler is asked; of a suite without axes nothing that is about these."""
    suite = request.suite
    return {
        "suite": suite.sampling_request(),
        "policy": {
            **policy,
            **({"combine": combine} if suite.axes else {}),
        },
        "mode": request.mode,
        "as_of": request.as_of,
        "upgrade": request.upgrade,
        "format": samples_file.FORMAT,
        **({"refusals": [_told(each) for each in request.refused]} if suite.axes else {}),
    }


@rule(desc="Sample releases", level=LogLevel.DEBUG)
async def sample_releases(
    request: SamplingRequest, index_client: IndexClient, matrix: VersionMatrix
) -> SamplingResult:
    suite = request.suite
    document = question(request, matrix.policy(), matrix.combine.value)
    files = {"request.json": json.dumps(document).encode()}
    if request.previous is not None:
        files[f"{_PREVIOUS}/{_SAMPLING_FILE}"] = json.dumps(
            dict(request.previous.sampling)
        ).encode()
    if request.snapshot is not None:
        files[f"{_PREVIOUS}/{SNAPSHOT_FILE}"] = request.snapshot.encode()
    for project, text in request.axis_snapshots.items():
        files[f"{_PREVIOUS}/{snapshot_name(project)}"] = text.encode()
    result = await run_sampler(
        index_client,
        ("plan", "--request=request.json", f"--previous={_PREVIOUS}", "--output=output"),
        files,
        polls_index=request.mode == "poll",
        description=f"Sample the releases of {', '.join([str(suite.package), *suite.axes])}",
        output_directories=("output",),
    )
    notes = tuple(result.stderr.decode().strip().splitlines())
    if result.exit_code != 0:
        return SamplingResult(error="\n".join(notes) or f"exit status {result.exit_code}")
    output = await engine.contents(result.output_digest)
    today = json.loads(result.stdout)
    return SamplingResult(
        document=output[f"output/{_SAMPLING_FILE}"].decode(),
        snapshot=output[f"output/{SNAPSHOT_FILE}"].decode(),
        axis_snapshots=FrozenDict(
            {
                project: output[f"output/{snapshot_name(project)}"].decode()
                for project in suite.axis_projects
            }
        ),
        notes=notes,
        known=today["releases"],
        cooling=tuple(today["cooling"].items()),
    )


def _told(refused: Refused) -> dict[str, object]:
    """As release-sampler takes it."""
    return {
        "releases": dict(refused.releases),
        **({"python": refused.python} if refused.python else {}),
        "reason": refused.reason,
    }


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
