"""Everything the plugin asks of Pants' engine, as small named coroutines.

No other module of the plugin awaits `Get` or `MultiGet`, so that moving to a Pants that has
neither (2.32 and later) means rewriting this module and no other.
"""

from __future__ import annotations

import os.path
from typing import Iterable, Mapping, Sequence

from pants.backend.python.goals.pytest_runner import (
    AllPytestPluginSetups,
    AllPytestPluginSetupsRequest,
)
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex import PexRequest, VenvPex, VenvPexProcess
from pants.backend.python.util_rules.pex_cli import PexCliProcess
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.backend.python.util_rules.python_sources import (
    PythonSourceFiles,
    PythonSourceFilesRequest,
)
from pants.base.specs import Specs
from pants.core.util_rules.config_files import ConfigFiles, ConfigFilesRequest
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.engine.addresses import Address, Addresses, UnparsedAddressInputs
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.fs import (
    CreateDigest,
    Digest,
    DigestContents,
    DigestSubset,
    Directory,
    FileContent,
    GlobMatchErrorBehavior,
    MergeDigests,
    PathGlobs,
    Paths,
    RemovePrefix,
    Snapshot,
    Workspace,
)
from pants.engine.process import (
    FallibleProcessResult,
    InteractiveProcess,
    InteractiveProcessResult,
    Process,
    ProcessExecutionFailure,
    ProcessResult,
)
from pants.engine.rules import Effect, Get, MultiGet
from pants.engine.target import (
    AllUnexpandedTargets,
    SourcesField,
    SourcesPaths,
    SourcesPathsRequest,
    Target,
    Targets,
    TransitiveTargets,
    TransitiveTargetsRequest,
    UnexpandedTargets,
    WrappedTarget,
    WrappedTargetRequest,
)
from pants.vcs.git import GitWorktreeRequest, MaybeGitWorktree

from version_matrix.requests import (
    CellEnvironmentRequest,
    CellProcess,
    CellProcessRequest,
    ClosureRequest,
    EnvironmentRequest,
    InstalledEnvironment,
    InterpreterRequest,
    Lane,
    LaneResult,
    LockRequest,
    LockResult,
    MaybeClosure,
    MaybeInterpreter,
    OlderPins,
    OlderPinsRequest,
    SamplingRequest,
    SamplingResult,
    SuiteUpdate,
    SuiteUpdateRequest,
    UvProcess,
)
from version_matrix.target_types import MatrixCellTarget, MatrixTestFileTarget, MatrixTestsTarget
from version_matrix.tool_installation import ToolInstallationError, pip_failure

# ------------------------------------------------------------------------------------------
# Files and digests
# ------------------------------------------------------------------------------------------


async def file_names(globs: Iterable[str]) -> tuple[str, ...]:
    """The names, not the contents, of the files that match; none is no error."""
    paths = await Get(Paths, PathGlobs(globs, GlobMatchErrorBehavior.ignore))
    return paths.files


async def read_files(globs: Iterable[str]) -> Mapping[str, bytes]:
    """Path -> content of the files that match; none is no error."""
    contents = await Get(DigestContents, PathGlobs(globs, GlobMatchErrorBehavior.ignore))
    return {file.path: file.content for file in contents}


async def source_paths(field: SourcesField) -> tuple[str, ...]:
    """The paths a sources field matches."""
    paths = await Get(SourcesPaths, SourcesPathsRequest(field))
    return paths.files


async def sources_of(field: SourcesField) -> SourceFiles:
    """The files of a sources field."""
    return await Get(SourceFiles, SourceFilesRequest([field]))


async def digest_of(files: Mapping[str, bytes], *, executable: Iterable[str] = ()) -> Digest:
    """A digest that holds these files."""
    runnable = set(executable)
    return await Get(
        Digest,
        CreateDigest(
            FileContent(path, content, is_executable=path in runnable)
            for path, content in sorted(files.items())
        ),
    )


async def empty_directory(path: str) -> Digest:
    """A digest that holds one empty folder."""
    return await Get(Digest, CreateDigest([Directory(path)]))


async def merged(digests: Sequence[Digest]) -> Digest:
    """All files of all digests."""
    return await Get(Digest, MergeDigests(digests))


async def subset(digest: Digest, globs: Iterable[str]) -> Snapshot:
    """The files of a digest that match."""
    return await Get(Snapshot, DigestSubset(digest, PathGlobs(globs)))


async def without_prefix(digest: Digest, prefix: str) -> Snapshot:
    """The files below a folder, as if it were the root."""
    return await Get(Snapshot, RemovePrefix(digest, prefix))


async def contents(digest: Digest) -> Mapping[str, bytes]:
    """Path -> content of every file of a digest."""
    files = await Get(DigestContents, Digest, digest)
    return {file.path: file.content for file in files}


# ------------------------------------------------------------------------------------------
# Targets
# ------------------------------------------------------------------------------------------


async def selected(specs: Specs) -> tuple[Target, ...]:
    """The targets that the command line names, a generator unexpanded."""
    addresses = await Get(Addresses, Specs, specs)
    return tuple(await Get(UnexpandedTargets, Addresses, addresses))


async def every_stanza() -> tuple[MatrixTestsTarget, ...]:
    """All stanzas of the repository."""
    targets = await Get(AllUnexpandedTargets)
    return tuple(target for target in targets if isinstance(target, MatrixTestsTarget))


async def stanzas(specs: Specs) -> tuple[MatrixTestsTarget, ...]:
    """The stanzas that the command line selects: all of them if it names nothing at all.

    What a stanza generates stands for it: a cell, a test file.
    """
    if not specs and not specs.includes.from_change_detection:
        return await every_stanza()
    targets = await selected(specs)
    generated = Addresses(
        sorted(
            {
                target.address.maybe_convert_to_target_generator()
                for target in targets
                if isinstance(target, (MatrixCellTarget, MatrixTestFileTarget))
            }
        )
    )
    of_generated = await Get(UnexpandedTargets, Addresses, generated)
    found = {
        target.address: target
        for target in (*targets, *of_generated)
        if isinstance(target, MatrixTestsTarget)
    }
    return tuple(found[address] for address in sorted(found))


async def targets_at(addresses: Iterable[Address]) -> tuple[Target, ...]:
    """The targets of these addresses."""
    return tuple(await Get(Targets, Addresses(addresses)))


async def target_at(address: Address) -> Target:
    """The one target of an address, a generator unexpanded."""
    wrapped = await Get(WrappedTarget, WrappedTargetRequest(address, "<infallible>"))
    return wrapped.target


async def addresses_of(specs: Iterable[str], *, option: str) -> tuple[Address, ...]:
    """The addresses that an option names."""
    found = await Get(
        Addresses,
        UnparsedAddressInputs(specs, owning_address=None, description_of_origin=option),
    )
    return tuple(found)


async def closure_of(addresses: Iterable[Address]) -> tuple[Target, ...]:
    """The targets and all they depend on."""
    transitive = await Get(TransitiveTargets, TransitiveTargetsRequest(addresses))
    return tuple(transitive.closure)


async def python_sources(targets: Iterable[Target]) -> PythonSourceFiles:
    """Sources, resources and files of the targets, and their source roots."""
    return await Get(PythonSourceFiles, PythonSourceFilesRequest(targets, include_files=True))


# ------------------------------------------------------------------------------------------
# Processes
# ------------------------------------------------------------------------------------------


async def environment(names: Sequence[str]) -> Mapping[str, str]:
    """The values of environment variables, in Pants' own environment, that are set."""
    return await Get(EnvironmentVars, EnvironmentVarsRequest(names))


async def attempt(process: Process) -> FallibleProcessResult:
    """Runs a process that may fail."""
    return await Get(FallibleProcessResult, Process, process)


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


async def attempt_pex_cli(process: PexCliProcess) -> FallibleProcessResult:
    """Runs pex, which may fail."""
    return await Get(FallibleProcessResult, PexCliProcess, process)


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
    """The commit that is checked out, with a plus sign if files differ from it; None outside git."""
    found = (await Get(MaybeGitWorktree, GitWorktreeRequest())).git_worktree
    if found is None:
        return None
    return f"{found.commit_id}{'+' if found.changed_files() else ''}"


# ------------------------------------------------------------------------------------------
# The plugin's own rules
# ------------------------------------------------------------------------------------------


async def interpreter(minor: str) -> MaybeInterpreter:
    """The CPython of a minor version, if the machine has one."""
    return await Get(MaybeInterpreter, InterpreterRequest(minor))


async def installed(request: EnvironmentRequest) -> InstalledEnvironment:
    """The packages of a lock, installed."""
    return await Get(InstalledEnvironment, EnvironmentRequest, request)


async def sampled(requests: Iterable[SamplingRequest]) -> tuple[SamplingResult, ...]:
    """The samples of each suite."""
    return await MultiGet(Get(SamplingResult, SamplingRequest, request) for request in requests)


async def locked(requests: Iterable[LockRequest]) -> tuple[LockResult, ...]:
    """The lock of each sample."""
    return await MultiGet(Get(LockResult, LockRequest, request) for request in requests)


async def older_pins(request: OlderPinsRequest) -> OlderPins:
    """Which pins of new locks are older for want of a wheel."""
    return await Get(OlderPins, OlderPinsRequest, request)


async def cell_environment(request: CellEnvironmentRequest) -> InstalledEnvironment:
    """The installed environment of a cell."""
    return await Get(InstalledEnvironment, CellEnvironmentRequest, request)


async def cell_process(request: CellProcessRequest) -> CellProcess:
    """The pytest process of a cell."""
    return await Get(CellProcess, CellProcessRequest, request)


async def closures(requests: Iterable[ClosureRequest]) -> tuple[MaybeClosure, ...]:
    """What the code of each suite reaches."""
    return await MultiGet(Get(MaybeClosure, ClosureRequest, request) for request in requests)


async def suite_update(request: SuiteUpdateRequest) -> SuiteUpdate:
    """What becomes of a suite."""
    return await Get(SuiteUpdate, SuiteUpdateRequest, request)


async def worked_through(lanes: Iterable[Lane]) -> tuple[SuiteUpdate, ...]:
    """What became of the suites that the lanes have shared."""
    done = await MultiGet(Get(LaneResult, Lane, lane) for lane in lanes)
    return tuple(update for each in done for update in each.updates)


def forget(workspace: Workspace, folder: str, names: Iterable[str]) -> None:
    """Tells a running Pants that a folder was replaced, which held or holds files of these names.

    A folder exchanged for another raises no event for the files below it, and writing a digest,
    which would tell the engine by itself, writes file by file. Of a folder that is new its parent
    has to be listed anew.
    """
    changed = {os.path.dirname(folder), folder, *(f"{folder}/{name}" for name in names)}
    workspace._scheduler.invalidate_files(changed)
