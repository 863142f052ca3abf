"""Processes, and what they need of the machine."""

from __future__ import annotations

from typing import Mapping, Sequence

from pants.backend.python.goals.pytest_runner import (
    AllPytestPluginSetups,
    AllPytestPluginSetupsRequest,
)
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex import PexRequest, VenvPex, VenvPexProcess
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.core.goals.test import TestDebugRequest, TestRequest, TestResult
from pants.core.util_rules.config_files import ConfigFiles, ConfigFilesRequest
from pants.core.util_rules.system_binaries import GitBinaryException
from pants.engine.addresses import Address
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.fs import (
    Digest,
)
from pants.engine.process import (
    FallibleProcessResult,
    InteractiveProcess,
    InteractiveProcessResult,
    Process,
    ProcessExecutionFailure,
    ProcessResult,
)
from pants.engine.rules import Effect, Get
from pants.vcs.git import GitWorktree, GitWorktreeRequest, MaybeGitWorktree

from version_matrix.not_run.requests import is_ci
from version_matrix.tools.requests import UvProcess
from version_matrix.tools.tool_installation import ToolInstallationError, pip_failure


async def environment(names: Sequence[str]) -> Mapping[str, str]:
    """The values of environment variables, in Pants' own environment, that are set."""
    return await Get(EnvironmentVars, EnvironmentVarsRequest(names))


async def in_ci() -> bool:
    """Whether Pants runs in CI."""
    return is_ci(await environment(["CI"]))


async def run(process: Process) -> ProcessResult:
    """Runs a process that must not fail."""
    return await Get(ProcessResult, Process, process)


async def tested(batch: TestRequest.Batch) -> TestResult:  # type: ignore[type-arg]
    """The result of tests, from the runner that the batch is for."""
    return await Get(TestResult, TestRequest.Batch, batch)


async def debugged(batch: TestRequest.Batch) -> TestDebugRequest:  # type: ignore[type-arg]
    """A debugging session of tests, from the runner that the batch is for."""
    return await Get(TestDebugRequest, TestRequest.Batch, batch)


async def attempt(process: Process) -> FallibleProcessResult:
    """Runs a process that may fail."""
    return await Get(FallibleProcessResult, Process, process)


async def succeed(process: Process) -> ProcessResult:
    """Runs a process that must not fail."""
    return await Get(ProcessResult, Process, process)


async def attempt_uv(process: UvProcess) -> FallibleProcessResult:
    """Runs uv, which may fail."""
    return await Get(FallibleProcessResult, UvProcess, process)


async def run_uv_here(process: UvProcess) -> int:
    """Runs uv in the foreground of a goal, beyond any sandbox; returns its exit status."""
    prepared = await Get(Process, UvProcess, process)
    result = await Effect(
        InteractiveProcessResult,
        InteractiveProcess,
        InteractiveProcess.from_process(prepared, forward_signals_to_process=True),
    )
    return result.exit_code


async def tool_python(constraints: InterpreterConstraints) -> PythonExecutable:
    """A Python that may run a tool's script."""
    return await Get(PythonExecutable, InterpreterConstraints, constraints)


async def venv_pex(request: PexRequest) -> VenvPex:
    """Installs a tool; raises ToolInstallationError if it cannot be had."""
    try:
        return await Get(VenvPex, PexRequest, request)
    except ProcessExecutionFailure as failure:
        told = pip_failure(failure.stderr.decode(errors="replace"))
        if told is None:
            raise
        raise ToolInstallationError(
            f"{request.output_filename} cannot be installed.\n  {told}"
        ) from None


async def run_tool(process: VenvPexProcess) -> ProcessResult:
    """Runs an installed tool that must not fail."""
    return await Get(ProcessResult, VenvPexProcess, process)


async def attempt_tool(process: VenvPexProcess) -> FallibleProcessResult:
    """Runs an installed tool that may fail."""
    return await Get(FallibleProcessResult, VenvPexProcess, process)


async def config_files(request: ConfigFilesRequest) -> ConfigFiles:
    """The configuration files of a tool."""
    return await Get(ConfigFiles, ConfigFilesRequest, request)


async def pytest_plugin_setups(addresses: Sequence[Address]) -> tuple[Digest, ...]:
    """What other plugins put into the sandbox of these tests."""
    setups = await Get(AllPytestPluginSetups, AllPytestPluginSetupsRequest(tuple(addresses)))
    return tuple(setup.digest for setup in setups)


async def commit() -> str | None:
    """The commit that is checked out, with a plus sign if files differ from it.

    None outside git, and where nothing is committed yet.
    """
    found = (await Get(MaybeGitWorktree, GitWorktreeRequest())).git_worktree
    return commit_of(found) if found else None


def commit_of(worktree: GitWorktree) -> str | None:
    """As `commit`, of a worktree."""
    try:
        head = worktree.commit_id
        return f"{head}{'+' if worktree.changed_files() else ''}"
    except GitBinaryException:
        return None
