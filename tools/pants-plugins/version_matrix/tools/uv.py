"""uv as a tool: its binary, how it reaches the index, how it is run."""

from __future__ import annotations

import pkgutil
from typing import Iterable

from pants.backend.python.util_rules.pex import VenvPexProcess
from pants.engine.process import Process, ProcessCacheScope
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.tools.carried import sampler_file
from version_matrix.tools.index_environment import INDEX_ENVIRONMENT
from version_matrix.tools.requests import CACHE_PATIENCE_MILLIS, UvBinary, UvProcess, UvSettings
from version_matrix.tools.subsystems import Uv

_CACHE = "__uv-cache"

# Warnings say what a resolution has passed over, which uv tells nowhere else.
_TELLING = {"RUST_LOG": "uv=warn"}


@rule(desc="Extract uv from its wheel", level=LogLevel.DEBUG)
async def extract_uv(uv: Uv) -> UvBinary:
    pex = await engine.venv_pex(
        uv.to_pex_request(interpreter_constraints=uv.interpreter_constraints)
    )
    result = await engine.run_tool(
        VenvPexProcess(
            pex,
            argv=("-c", "import shutil, uv; shutil.copy(uv.find_uv_bin(), 'uv')"),
            extra_env={"PEX_INTERPRETER": "1"},
            output_files=("uv",),
            description="Extract uv from its wheel",
            level=LogLevel.DEBUG,
        )
    )
    return UvBinary(result.output_digest)


@rule(level=LogLevel.DEBUG)
async def prepare_uv_settings() -> UvSettings:
    scripts = {"pip_options.py": sampler_file("index/pip_options.py")}
    for name in ("run_uv.py", "finish_wheel.py"):
        script = pkgutil.get_data("version_matrix", f"sandbox/{name}")
        assert script is not None
        scripts[name] = script
    digest = await engine.digest_of(scripts)
    return UvSettings(digest, FrozenDict(await engine.environment(INDEX_ENVIRONMENT)))


@rule(level=LogLevel.DEBUG)
async def prepare_uv_process(
    request: UvProcess, uv: Uv, binary: UvBinary, settings: UvSettings
) -> Process:
    python = await engine.tool_python(uv.interpreter_constraints)
    return Process(
        argv=(
            python.path,
            # Whatever else is installed there, or runs when it starts, has no say.
            *("-I", "-S"),
            "__uv/settings/run_uv.py",
            *(["--dated"] if request.dated else []),
            *request.then,
            "--",
            "__uv/bin/uv",
            *request.argv,
            *([] if request.configured else ["--no-config"]),
            "--no-python-downloads",
            "--no-progress",
            "--color=never",
            f"--cache-dir={_CACHE}",
        ),
        input_digest=request.input_digest,
        immutable_input_digests={"__uv/bin": binary.digest, "__uv/settings": settings.digest},
        append_only_caches={"version_matrix_uv": _CACHE},
        env=FrozenDict({**settings.env, **(_TELLING if request.polls_index else {})}),
        output_files=request.output_files,
        output_directories=request.output_directories,
        description=request.description,
        level=LogLevel.DEBUG,
        # What an index answers is no function of the request: it is asked once a session.
        cache_scope=(
            ProcessCacheScope.PER_SESSION if request.polls_index else ProcessCacheScope.SUCCESSFUL
        ),
        remote_cache_speculation_delay_millis=CACHE_PATIENCE_MILLIS,
    )


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
