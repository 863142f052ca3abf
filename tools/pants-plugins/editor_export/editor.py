"""`export` makes a virtualenv through which an editor finds everything, ours included.

`[export].resolve` takes names and adds those of the command line to them, and a virtualenv that is
named twice fails in Pants 2.17. So the default there is `editor`, a name of this backend: the
default resolve, unless that is named as well, and the paths of first-party code in it.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Iterable

from pants.backend.python.subsystems.setup import PythonSetup
from pants.base.build_root import BuildRoot
from pants.core.goals.export import (
    ExportRequest,
    ExportResult,
    ExportResults,
    ExportSubsystem,
    PostProcessingCommand,
)
from pants.engine.fs import CreateDigest, FileContent
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.source.source_root import AllSourceRoots

from engine_calls import calls

EDITOR = "editor"

# https://docs.python.org/3/library/site.html
_PATHS_FILE = "first_party.pth"


class EditorExportRequest(ExportRequest):
    """What an editor needs, if `editor` is among what `export` was asked for."""


@rule
async def export_for_editor(
    request: EditorExportRequest,
    export: ExportSubsystem,
    python: PythonSetup,
    roots: AllSourceRoots,
    build_root: BuildRoot,
) -> ExportResults:
    if EDITOR not in export.resolve:
        return ExportResults()
    results = []
    if python.default_resolve not in export.resolve:
        virtualenv = (await calls.exported(python.default_resolve)).result
        assert virtualenv is not None, f"{python.default_resolve} is no resolve"
        results.append(virtualenv)
    paths = paths_file(build_root.pathlib_path, (root.path for root in roots))
    digest = await calls.created(CreateDigest([FileContent(_PATHS_FILE, paths)]))
    results += [
        ExportResult("what an editor needs", EDITOR, digest=digest, resolve=EDITOR),
        ExportResult(
            "the paths of first-party code",
            EDITOR,
            digest=digest,
            post_processing_cmds=[_installation(python.default_resolve)],
            # Newer Pants goes through them by this name: the virtualenv has to be there.
            resolve=f"{python.default_resolve}~",
        ),
    ]
    return ExportResults(results)


def paths_file(build_root: PurePath, roots: Iterable[str]) -> bytes:
    """A path configuration file that names the source roots, one a line, sorted."""
    return "".join(f"{build_root / root}\n" for root in sorted(roots)).encode()


def _installation(resolve: str) -> PostProcessingCommand:
    """Copies the paths into the virtualenv, which `export` has made by then."""
    # Paths are arguments: as part of the script they would be read as shell.
    script = 'for packages in "$1"/*/lib/python*/site-packages; do cp "$0" "$packages"; done'
    virtualenv = "{digest_root}/../python/virtualenvs/" + resolve
    return PostProcessingCommand(["sh", "-c", script, f"{{digest_root}}/{_PATHS_FILE}", virtualenv])


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), UnionRule(ExportRequest, EditorExportRequest))
