"""The pytest process of a cell, and the packages it runs with."""

from __future__ import annotations

import pkgutil
from typing import Iterable

from pants.backend.python.goals.coverage_py import CoverageConfig, CoverageSubsystem
from pants.backend.python.subsystems.pytest import PyTest
from pants.backend.python.target_types import PythonTestsExtraEnvVarsField, PythonTestsTimeoutField
from pants.core.goals.test import TestExtraEnv, TestSubsystem
from pants.engine.process import Process, ProcessCacheScope
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import Target
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.cells.cell_environment import coverage_layer, read_lock
from version_matrix.cells.junit import results_file
from version_matrix.cells.requests import CellEnvironmentRequest, CellProcess, CellProcessRequest
from version_matrix.stanza.addresses import cell_address, sample_name, stanza_address
from version_matrix.stanza.cell_fields import (
    CellDependenciesField,
    CellKnownFailureField,
    CellPackageField,
    CellPythonField,
    CellSourcesField,
    SkipOutsideCellsField,
)
from version_matrix.stanza.combination import axes_of, release_of
from version_matrix.stanza.lock_file import body
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.samples_file import Sample, digest
from version_matrix.tools.requests import CACHE_PATIENCE_MILLIS

EXTRA_OUTPUT = "extra-output"
_SCRIPTS = "__cell"
_WHEELS = "__wheels"


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
    stead = request.stead
    packages = await engine.cell_environment(
        CellEnvironmentRequest(request.address, request.python, stead.lock if stead else None)
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
    wheels = dict(packages.wheels)
    if with_coverage:
        # What the cell pins itself stays as it is.
        wheels = {**(await coverage_layer(matrix, request.python)).wheels, **wheels}
    folders = {f"{_WHEELS}/{project}": digest for project, digest in sorted(wheels.items())}

    sample = stead.version if stead else sample_name(target)
    python = target[CellPythonField].value or ""
    address = cell_address(stanza_address(target), Sample(sample, "", ()), python)
    results = results_file(address if stead else request.address)
    arguments = [*pytest.args, *(["-c", pytest.config] if pytest.config else [])]
    arguments.append(f"--color={'yes' if global_options.colors else 'no'}")
    if not request.debug:
        lock = stead.lock if stead else (await read_lock(target))[1]
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
            # The interpreter's own packages, and what they start with it, are none of the cell's.
            *("-I", "-S"),
            f"{_SCRIPTS}/make_environment.py",
            # A Python that was replaced where it lies is another one.
            f"--python-fingerprint={request.python.fingerprint}",
            *(f"--wheel={folder}" for folder in folders),
            *(f"--sources={root}" for root in prepared.source_roots),
            "--",
            f"{_SCRIPTS}/run_cell.py",
            "--linked=.venv",
            *(f"--sources={root}" for root in prepared.source_roots),
            *(
                ["--expect-failure"]
                if target[CellKnownFailureField].value and not (request.debug or stead)
                else []
            ),
            "--",
            *arguments,
            *test_files,
        ),
        input_digest=input_digest,
        immutable_input_digests={_SCRIPTS: await engine.digest_of(_scripts()), **folders},
        env={
            **identity(target, sample),
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
        cache_scope=(
            ProcessCacheScope.PER_SESSION
            if test.force or (stead and stead.anew)
            else ProcessCacheScope.SUCCESSFUL
        ),
        remote_cache_speculation_delay_millis=CACHE_PATIENCE_MILLIS,
    )
    return CellProcess(process, results)


def identity(target: Target, sample: str) -> dict[str, str]:
    """What a test may ask: what its cell is. No tier, which changes when others are released.

    Of a suite with axes `MATRIX_AXES` names them, and each member has its own `MATRIX_VERSION_NAME`.
    """
    package = target[CellPackageField].value
    version, axes = release_of(sample), axes_of(sample)
    members = {package: version, **axes} if package and axes else {}
    return {
        **({"MATRIX_PACKAGE": package} if package else {}),
        "MATRIX_VERSION": version,
        "MATRIX_PYTHON": target[CellPythonField].value or "",
        **({"MATRIX_AXES": ",".join(axes)} if axes else {}),
        **{_variable(project): release for project, release in members.items()},
    }


def _variable(project: str) -> str:
    """`MATRIX_VERSION_PYDANTIC_CORE` for `pydantic-core`."""
    return f"MATRIX_VERSION_{project.replace('-', '_').upper()}"


def _scripts() -> dict[str, bytes]:
    scripts = {}
    for name in ("make_environment.py", "run_cell.py"):
        text = pkgutil.get_data("version_matrix", f"sandbox/{name}")
        assert text is not None
        scripts[name] = text
    return scripts


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
