"""Which files results rest on beside code, in this repository."""

from __future__ import annotations

import importlib.util
import os.path
from pathlib import Path
from typing import Iterable

from pants.backend.python.goals.coverage_py import CoverageSubsystem
from pants.backend.python.subsystems.pytest import PyTest
from pants.backend.python.subsystems.setup import PythonSetup
from pants.base.build_root import BuildRoot
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.selection.inputs import PYTEST_FILES, ResultInputs, result_inputs
from version_matrix.selection.requests import ResultInputsRequest
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.tools.subsystems import Uv


@rule(desc="Find what results rest on beside code", level=LogLevel.DEBUG)
async def find_result_inputs(
    _: ResultInputsRequest,
    build_root: BuildRoot,
    global_options: GlobalOptions,
    python: PythonSetup,
    pytest: PyTest,
    coverage: CoverageSubsystem,
    matrix: VersionMatrix,
    uv: Uv,
) -> ResultInputs:
    root = build_root.pathlib_path
    configuration = await engine.file_names([f"**/{name}" for name in PYTEST_FILES])
    builds = await engine.read_files([f"**/{pattern}" for pattern in global_options.build_patterns])

    def lock_of(resolve: str | None) -> list[str]:
        path = python.resolves.get(resolve) if resolve else None
        return [path] if path else []

    return result_inputs(
        configuration=configuration,
        builds=builds,
        of_every_test=_inside(
            root,
            [
                *global_options.pants_config_files,
                *global_options.build_file_prelude_globs,
                *filter(None, (pytest.config, coverage.config)),
                *lock_of(coverage.install_from_resolve),
            ],
        ),
        of_native_tests=_inside(root, lock_of(pytest.install_from_resolve)),
        of_cells=_inside(
            root,
            [
                *(lock_of(uv.install_from_resolve) or [_carried("uv.lock")]),
                matrix.coverage_lock or _carried("coverage.lock"),
            ],
        ),
    )


def _inside(root: Path, paths: Iterable[str]) -> list[str]:
    """The paths that lie in the repository, relative to it."""
    relative = (os.path.relpath(root / path, root) for path in paths)
    return [path for path in relative if not path.startswith("..")]


def _carried(lock: str) -> str:
    """The path of a lock that the plugin brings."""
    spec = importlib.util.find_spec("version_matrix.locks")
    assert spec is not None and spec.origin is not None
    return str(Path(spec.origin).with_name(lock))


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
