"""`export-cell`: a virtualenv of one cell, for a debugger or an editor."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable

from pants.base.build_root import BuildRoot
from pants.base.specs import Specs
from pants.core.util_rules.distdir import DistDir
from pants.engine.console import Console
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.rules import Rule, collect_rules, goal_rule
from pants.engine.unions import UnionRule
from pants.util.docutil import bin_name
from pants.util.strutil import help_text

from version_matrix import engine
from version_matrix.cells.interpreters import missing_python, not_here
from version_matrix.cells.requests import MaybeInterpreter
from version_matrix.cells.wheels import allow_builds
from version_matrix.stanza import lock_file
from version_matrix.stanza.cell_fields import (
    CellLockField,
    CellProblemField,
    CellPythonField,
    CellUnresolvableField,
)
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.stanza_fields import MatrixSdistsField
from version_matrix.stanza.targets import MatrixCellTarget
from version_matrix.tools.requests import UvProcess

_LOCK = "requirements.lock"


class ExportCellSubsystem(GoalSubsystem):
    name = "export-cell"
    help = help_text("""
        Makes a virtualenv of a cell, below `dist/export/cells`.

        It holds what the cell's lock pins, and sees the first-party sources where they are. For
        instance `export-cell path/to/suite:matrix#0.28.1@python=3.12`.
        """)


class ExportCell(Goal):
    subsystem_cls = ExportCellSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def export_cell(
    console: Console, specs: Specs, build_root: BuildRoot, dist: DistDir, matrix: VersionMatrix
) -> ExportCell:
    targets = await engine.selected(specs) if specs else ()
    cells = [target for target in targets if isinstance(target, MatrixCellTarget)]
    if not cells:
        console.print_stderr(
            f"Name a cell, for instance `{bin_name()} export-cell "
            f"path/to/suite:matrix#0.28.1@python=3.12`; `{bin_name()} matrix --format=json` lists "
            "them."
        )
        return ExportCell(exit_code=1)
    for cell in cells:
        problem = cell[CellProblemField].value or cell[CellUnresolvableField].value
        minor = cell[CellPythonField].value or ""
        found = MaybeInterpreter(None) if problem else await engine.interpreter(minor)
        python = found.python
        if problem or python is None:
            lack = missing_python(minor, found, matrix, ci=False)
            console.print_stderr(problem or not_here(lack))
            return ExportCell(exit_code=1)
        path = cell[CellLockField].value
        assert path is not None
        lock = lock_file.body((await engine.read_files([path]))[path].decode())
        venv = build_root.pathlib_path / dist.relpath / "export/cells" / cell.address.path_safe_spec
        inputs = await engine.digest_of({_LOCK: lock.encode()})
        commands = (
            ("venv", "--clear", "--quiet", f"--python={python.path}", str(venv)),
            (
                *("pip", "install", "--quiet", f"--python={venv}/bin/python"),
                *("--require-hashes", "--index-strategy=unsafe-best-match"),
                *allow_builds(lock, cell[MatrixSdistsField].value or ()),
                f"--requirements={_LOCK}",
            ),
        )
        for command in commands:
            status = await engine.run_uv_here(
                UvProcess(argv=command, input_digest=inputs, description=f"Export {cell.address}")
            )
            if status != 0:
                return ExportCell(exit_code=1)
        sources = await engine.python_sources(await engine.closure_of([cell.address]))
        _expose(venv, minor, [str(build_root.pathlib_path / root) for root in sources.source_roots])
        console.print_stdout(f"{cell.address}: {venv.relative_to(build_root.pathlib_path)}")
    return ExportCell(exit_code=0)


def _expose(venv: Path, minor: str, roots: list[str]) -> None:
    """Lets the virtualenv see first-party code in place (site module, path configuration files)."""
    packages = venv / "lib" / f"python{minor}" / "site-packages"
    (packages / "first_party.pth").write_text("".join(f"{root}\n" for root in roots))


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
