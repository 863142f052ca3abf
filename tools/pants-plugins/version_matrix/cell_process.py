"""The pytest process of a cell, and the packages it runs with."""

from __future__ import annotations

import pkgutil
from typing import Iterable

from pants.backend.python.goals.coverage_py import CoverageConfig, CoverageSubsystem
from pants.backend.python.subsystems.pytest import PyTest
from pants.backend.python.target_types import PythonTestsExtraEnvVarsField, PythonTestsTimeoutField
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.core.goals.test import TestExtraEnv, TestSubsystem
from pants.engine.process import Process, ProcessCacheScope
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import Target
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.util.docutil import bin_name
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.environments import ENVIRONMENT_FOLDER, InstallationError
from version_matrix.junit import results_file
from version_matrix.lock_file import body, excerpt
from version_matrix.merge_base import is_conflicted
from version_matrix.requests import (
    CellEnvironmentRequest,
    CellProcess,
    CellProcessRequest,
    EnvironmentRequest,
    InstalledEnvironment,
)
from version_matrix.samples_file import digest
from version_matrix.subsystem import VersionMatrix
from version_matrix.target_types import (
    CellDependenciesField,
    CellKnownFailureField,
    CellLockField,
    CellPythonField,
    CellSourcesField,
    MatrixSdistsField,
    SkipOutsideCellsField,
)

EXTRA_OUTPUT = "extra-output"
_COVERAGE_FOLDER = "__coverage"


async def _lock(target: Target) -> tuple[str, str]:
    """The path and the text of a cell's lock; raises `InstallationError` if a merge left it torn."""
    path = target[CellLockField].value
    assert path is not None, f"{target.address} has a problem and no lock"
    content = (await engine.read_files([path]))[path]
    if is_conflicted(content):
        suite = target.address.maybe_convert_to_target_generator()
        raise InstallationError(
            f"{path} holds a merge conflict. Run `{bin_name()} generate-matrix {suite}`, which "
            "writes it anew."
        )
    return path, content.decode()


@rule(level=LogLevel.DEBUG)
async def install_cell(request: CellEnvironmentRequest) -> InstalledEnvironment:
    target = await engine.target_at(request.address)
    path, lock = await _lock(target)
    return await engine.installed(
        EnvironmentRequest(
            body=body(lock),
            python=request.python,
            sdists=target[MatrixSdistsField].value or (),
            layer=False,
            description=f"Install {path} for Python {target[CellPythonField].value}",
        )
    )


async def _coverage_layer(matrix: VersionMatrix, python: PythonExecutable) -> InstalledEnvironment:
    path = matrix.coverage_lock
    lock = (
        (await engine.read_files([path]))[path]
        if path
        else pkgutil.get_data("version_matrix", "locks/coverage.lock")
    )
    assert lock is not None
    return await engine.installed(
        EnvironmentRequest(
            # The cell brings pytest; a second one over it would be another version.
            body=excerpt(lock.decode(), ["coverage", "pytest-cov"]),
            python=python,
            sdists=(),
            layer=True,
            description="Install coverage for cells",
        )
    )


@rule(level=LogLevel.DEBUG)
async def set_up_cell(
    request: CellProcessRequest,
    matrix: VersionMatrix,
    pytest: PyTest,
    test: TestSubsystem,
    test_extra_env: TestExtraEnv,
    coverage: CoverageSubsystem,
    coverage_config: CoverageConfig,
    global_options: GlobalOptions,
) -> CellProcess:
    target = await engine.target_at(request.address)
    with_coverage = test.use_coverage and not request.debug
    packages = await engine.cell_environment(
        CellEnvironmentRequest(request.address, request.python)
    )
    # Asked of the test files, which the cells of a suite share, and so computed once for all.
    closure = await engine.closure_of(
        await engine.addresses_of(
            target[CellDependenciesField].value or (), option=f"{request.address}"
        )
    )
    prepared = await engine.python_sources(closure)
    own = await engine.sources_of(target[CellSourcesField])
    test_files = [path for path in own.files if path.endswith(".py")]
    configuration = await engine.config_files(pytest.config_request(own.snapshot.dirs))
    configuration_digest = configuration.snapshot.digest
    if coverage_config.path in configuration.snapshot.files:
        # Pants has rewritten this one for coverage; two versions of one file would collide.
        others = [path for path in configuration.snapshot.files if path != coverage_config.path]
        configuration_digest = (await engine.subset(configuration_digest, others)).digest
    setups = await engine.pytest_plugin_setups(
        [target.address for target in closure if target.has_field(SkipOutsideCellsField)]
    )
    input_digest = await engine.merged(
        [
            prepared.source_files.snapshot.digest,
            configuration_digest,
            await engine.empty_directory(EXTRA_OUTPUT),
            *([coverage_config.digest] if with_coverage else []),
            *setups,
        ]
    )
    immutable = {
        "__cell": await engine.digest_of({"run_cell.py": _runner()}),
        ENVIRONMENT_FOLDER: packages.digest,
    }
    if with_coverage:
        layer = await _coverage_layer(matrix, request.python)
        immutable[_COVERAGE_FOLDER] = layer.digest

    results = results_file(request.address)
    arguments = [*pytest.args, *(["-c", pytest.config] if pytest.config else [])]
    arguments.append(f"--color={'yes' if global_options.colors else 'no'}")
    if not request.debug:
        _, lock = await _lock(target)
        arguments += [f"--junit-xml={results}", "-o", f"junit_family={pytest.junit_family}"]
        # So that a report can tell a result of these pins from one of others.
        arguments += ["-o", f"junit_suite_name={digest(body(lock))}"]
    if with_coverage:
        measured = coverage.filter or prepared.source_roots
        arguments += ["--cov-report=", f"--cov-config={coverage_config.path}"]
        arguments += [f"--cov={source}" for source in measured]

    process = Process(
        argv=(
            request.python.path,
            "-s",
            "__cell/run_cell.py",
            *(f"--sources={root}" for root in prepared.source_roots),
            *(f"--environment={folder}" for folder in immutable if folder != "__cell"),
            *(
                ["--expect-failure"]
                if target[CellKnownFailureField].value and not request.debug
                else []
            ),
            "--",
            *arguments,
            *test_files,
        ),
        input_digest=input_digest,
        immutable_input_digests=immutable,
        env={
            # What is installed is compiled already, and the sandbox is thrown away.
            "PYTHONDONTWRITEBYTECODE": "1",
            **test_extra_env.env,
            **(await engine.environment(target[PythonTestsExtraEnvVarsField].sorted())),
        },
        output_files=(
            () if request.debug else (results, *([".coverage"] if with_coverage else []))
        ),
        output_directories=(EXTRA_OUTPUT,),
        timeout_seconds=target[PythonTestsTimeoutField].calculate_from_global_options(test, pytest),
        execution_slot_variable=pytest.execution_slot_var,
        description=f"Run pytest for {request.address.spec}",
        level=LogLevel.DEBUG,
        cache_scope=(ProcessCacheScope.PER_SESSION if test.force else ProcessCacheScope.SUCCESSFUL),
    )
    return CellProcess(process, results)


def _runner() -> bytes:
    script = pkgutil.get_data("version_matrix", "sandbox/run_cell.py")
    assert script is not None
    return script


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
