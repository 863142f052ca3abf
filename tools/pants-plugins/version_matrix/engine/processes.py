"""Processes, and what they need of the machine."""

from __future__ import annotations

import dataclasses
import sys
from typing import Mapping, Sequence

from pants.backend.python.goals.pytest_runner import (
    AllPytestPluginSetups,
    AllPytestPluginSetupsRequest,
    PyTestRequest,
    TestMetadata,
)
from pants.backend.python.subsystems.pytest import PythonTestFieldSet
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex import PexRequest, VenvPex, VenvPexProcess
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.core.goals.test import TestDebugRequest, TestRequest, TestResult, TestSubsystem
from pants.core.util_rules.config_files import ConfigFiles, ConfigFilesRequest
from pants.core.util_rules.system_binaries import GitBinaryException
from pants.engine.addresses import Address
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.fs import Digest
from pants.engine.process import (
    FallibleProcessResult,
    InteractiveProcess,
    InteractiveProcessResult,
    Process,
    ProcessExecutionFailure,
    ProcessResult,
)
from pants.vcs.git import GitWorktree, GitWorktreeRequest, MaybeGitWorktree

from version_matrix.not_run.requests import is_ci
from version_matrix.tools.requests import UvProcess
from version_matrix.tools.tool_installation import ToolInstallationError, pip_failure

if sys.version_info >= (3, 11):
    from pants.backend.python.goals.pytest_runner import (
        debug_python_test,
        run_all_setup_plugins,
        run_python_tests,
    )
    from pants.backend.python.util_rules.pex import create_venv_pex, find_interpreter
    from pants.core.util_rules.config_files import find_config_file
    from pants.engine.intrinsics import execute_process, run_interactive_process
    from pants.engine.process import fallible_to_exec_result_or_raise
    from pants.engine.rules import implicitly
    from pants.vcs.git import get_git_worktree

    from version_matrix.engine.named_rule import named_rule

    try:
        from pants.core.util_rules.env_vars import (  # type: ignore[import-not-found,unused-ignore]
            environment_vars_subset,
        )
    except ImportError:  # Before 2.29.
        from pants.engine.internals.platform_rules import (  # type: ignore[attr-defined,unused-ignore]
            environment_vars_subset,
        )

    _uv_process = named_rule("version_matrix.tools.uv.prepare_uv_process", UvProcess, Process)

    async def environment(names: Sequence[str]) -> Mapping[str, str]:
        """The values of environment variables, in Pants' own environment, that are set."""
        values: EnvironmentVars = await environment_vars_subset(
            EnvironmentVarsRequest(names), **implicitly()
        )
        return values

    async def tested(batch: PyTestRequest.Batch[PythonTestFieldSet, TestMetadata]) -> TestResult:
        """The result of tests, from Pants' own runner."""
        return await run_python_tests(batch, **implicitly())

    async def debugged(
        batch: PyTestRequest.Batch[PythonTestFieldSet, TestMetadata],
    ) -> TestDebugRequest:
        """A debugging session of tests, from Pants' own runner."""
        return await debug_python_test(batch, **implicitly())

    async def attempt(process: Process) -> FallibleProcessResult:
        """Runs a process that may fail."""
        return await execute_process(process, **implicitly())

    def attempts_at_most(test: TestSubsystem) -> int:
        """How often tests that fail are tried."""
        return int(test.attempts_default)

    async def attempts(process: Process, at_most: int) -> tuple[FallibleProcessResult, ...]:
        """Runs a process until it succeeds; every attempt, the last one last."""
        tried: list[FallibleProcessResult] = []
        while len(tried) < at_most and not (tried and tried[-1].exit_code == 0):
            # Else the engine would answer with what it remembers of the last attempt.
            attempt = dataclasses.replace(process, attempt=len(tried))
            tried.append(await execute_process(attempt, **implicitly()))
        return tuple(tried)

    async def succeed(process: Process) -> ProcessResult:
        """Runs a process that must not fail."""
        return await fallible_to_exec_result_or_raise(**implicitly({process: Process}))

    async def attempt_uv(process: UvProcess) -> FallibleProcessResult:
        """Runs uv, which may fail."""
        return await execute_process(await _uv_process(process), **implicitly())

    async def tool_python(constraints: InterpreterConstraints) -> PythonExecutable:
        """A Python that may run a tool's script."""
        return await find_interpreter(constraints, **implicitly())

    async def run_tool(process: VenvPexProcess) -> ProcessResult:
        """Runs an installed tool that must not fail."""
        return await fallible_to_exec_result_or_raise(**implicitly({process: VenvPexProcess}))

    async def attempt_tool(process: VenvPexProcess) -> FallibleProcessResult:
        """Runs an installed tool that may fail."""
        return await execute_process(**implicitly({process: VenvPexProcess}))

    async def config_files(request: ConfigFilesRequest) -> ConfigFiles:
        """The configuration files of a tool."""
        return await find_config_file(request)

    async def _prepared(process: UvProcess) -> Process:
        return await _uv_process(process)

    async def _here(process: InteractiveProcess) -> InteractiveProcessResult:
        return await run_interactive_process(process)

    async def _installed(request: PexRequest) -> VenvPex:
        return await create_venv_pex(**implicitly({request: PexRequest}))

    async def _setups(request: AllPytestPluginSetupsRequest) -> AllPytestPluginSetups:
        return await run_all_setup_plugins(request, **implicitly())

    async def _worktree() -> MaybeGitWorktree:
        return await get_git_worktree(GitWorktreeRequest(), **implicitly())

else:
    from pants.engine.rules import Effect, Get

    async def environment(names: Sequence[str]) -> Mapping[str, str]:
        """The values of environment variables, in Pants' own environment, that are set."""
        return await Get(EnvironmentVars, EnvironmentVarsRequest(names))

    async def tested(batch: PyTestRequest.Batch[PythonTestFieldSet, TestMetadata]) -> TestResult:
        """The result of tests, from Pants' own runner."""
        return await Get(TestResult, TestRequest.Batch, batch)

    async def debugged(
        batch: PyTestRequest.Batch[PythonTestFieldSet, TestMetadata],
    ) -> TestDebugRequest:
        """A debugging session of tests, from Pants' own runner."""
        return await Get(TestDebugRequest, TestRequest.Batch, batch)

    async def attempt(process: Process) -> FallibleProcessResult:
        """Runs a process that may fail."""
        return await Get(FallibleProcessResult, Process, process)

    def attempts_at_most(test: TestSubsystem) -> int:
        """How often tests that fail are tried: Pants 2.17 has no option for it."""
        return 1

    async def attempts(process: Process, at_most: int) -> tuple[FallibleProcessResult, ...]:
        """Runs a process until it succeeds; every attempt, the last one last."""
        return (await Get(FallibleProcessResult, Process, process),)

    async def succeed(process: Process) -> ProcessResult:
        """Runs a process that must not fail."""
        return await Get(ProcessResult, Process, process)

    async def attempt_uv(process: UvProcess) -> FallibleProcessResult:
        """Runs uv, which may fail."""
        return await Get(FallibleProcessResult, UvProcess, process)

    async def tool_python(constraints: InterpreterConstraints) -> PythonExecutable:
        """A Python that may run a tool's script."""
        return await Get(PythonExecutable, InterpreterConstraints, constraints)

    async def run_tool(process: VenvPexProcess) -> ProcessResult:
        """Runs an installed tool that must not fail."""
        return await Get(ProcessResult, VenvPexProcess, process)

    async def attempt_tool(process: VenvPexProcess) -> FallibleProcessResult:
        """Runs an installed tool that may fail."""
        return await Get(FallibleProcessResult, VenvPexProcess, process)

    async def config_files(request: ConfigFilesRequest) -> ConfigFiles:
        """The configuration files of a tool."""
        return await Get(ConfigFiles, ConfigFilesRequest, request)

    async def _prepared(process: UvProcess) -> Process:
        return await Get(Process, UvProcess, process)

    async def _here(process: InteractiveProcess) -> InteractiveProcessResult:
        return await Effect(InteractiveProcessResult, InteractiveProcess, process)

    async def _installed(request: PexRequest) -> VenvPex:
        return await Get(VenvPex, PexRequest, request)

    async def _setups(request: AllPytestPluginSetupsRequest) -> AllPytestPluginSetups:
        return await Get(AllPytestPluginSetups, AllPytestPluginSetupsRequest, request)

    async def _worktree() -> MaybeGitWorktree:
        return await Get(MaybeGitWorktree, GitWorktreeRequest())


async def in_ci() -> bool:
    """Whether Pants runs in CI."""
    return is_ci(await environment(["CI"]))


async def run_uv_here(process: UvProcess) -> int:
    """Runs uv in the foreground of a goal, beyond any sandbox; returns its exit status."""
    prepared = await _prepared(process)
    result = await _here(InteractiveProcess.from_process(prepared, forward_signals_to_process=True))
    return result.exit_code


async def venv_pex(request: PexRequest) -> VenvPex:
    """Installs a tool; raises ToolInstallationError if it cannot be had."""
    try:
        return await _installed(request)
    except ProcessExecutionFailure as failure:
        told = pip_failure(failure.stderr.decode(errors="replace"))
        if told is None:
            raise
        raise ToolInstallationError(
            f"{request.output_filename} cannot be installed.\n  {told}"
        ) from None


async def pytest_plugin_setups(addresses: Sequence[Address]) -> tuple[Digest, ...]:
    """What other plugins put into the sandbox of these tests."""
    setups = await _setups(AllPytestPluginSetupsRequest(tuple(addresses)))
    return tuple(setup.digest for setup in setups)


async def commit() -> str | None:
    """The commit that is checked out, with a plus sign if files differ from it.

    None outside git, and where nothing is committed yet.
    """
    found = (await _worktree()).git_worktree
    return commit_of(found) if found else None


def commit_of(worktree: GitWorktree) -> str | None:
    """As `commit`, of a worktree."""
    try:
        head = worktree.commit_id
        return f"{head}{'+' if worktree.changed_files() else ''}"
    except GitBinaryException:
        return None
