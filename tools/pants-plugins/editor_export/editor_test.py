from __future__ import annotations

import subprocess
from pathlib import Path, PurePath
from types import SimpleNamespace
from typing import Any, List, Tuple

import pytest
from pants.backend.python.goals.export import MaybeExportResult, _ExportVenvForResolveRequest
from pants.core.goals.export import ExportResult
from pants.engine.fs import EMPTY_DIGEST, CreateDigest, Digest, FileContent
from pants.source.source_root import AllSourceRoots, SourceRoot
from pants.testutil.rule_runner import MockGet, run_rule_with_mocks

from editor_export.editor import EditorExportRequest, export_for_editor, paths_file


def exported(*named: str) -> Tuple[List[ExportResult], List[str]]:
    """What is exported of what `--resolve` names, and the files that are made for it."""
    written: List[str] = []

    def make(request: CreateDigest) -> Digest:
        written.extend(file.path for file in request if isinstance(file, FileContent))
        return EMPTY_DIGEST

    def virtualenv(request: _ExportVenvForResolveRequest) -> MaybeExportResult:
        return MaybeExportResult(
            ExportResult(request.resolve, "somewhere", resolve=request.resolve)
        )

    results: Any = run_rule_with_mocks(
        export_for_editor,
        rule_args=[
            EditorExportRequest(()),
            SimpleNamespace(resolve=named),
            SimpleNamespace(default_resolve="main"),
            AllSourceRoots([SourceRoot("src")]),
            SimpleNamespace(pathlib_path=PurePath("/repository")),
        ],
        mock_gets=[
            MockGet(
                output_type=MaybeExportResult,
                input_types=(_ExportVenvForResolveRequest,),
                mock=virtualenv,
            ),
            MockGet(output_type=Digest, input_types=(CreateDigest,), mock=make),
        ],
    )
    return list(results), written


@pytest.mark.parametrize(
    "named, made",
    [
        (["editor"], ["main", "editor", "main~"]),
        # Pants makes what is named; a second time it would fail.
        (["editor", "main"], ["editor", "main~"]),
        (["editor", "mypy"], ["main", "editor", "main~"]),
        (["mypy"], []),
        ([], []),
    ],
)
def test_what_is_made_of_what_is_named(named: List[str], made: List[str]) -> None:
    results, written = exported(*named)
    assert [result.resolve for result in results] == made
    assert written == (["first_party.pth"] if made else [])


def test_a_pants_that_sorts_makes_the_virtualenv_first() -> None:
    results, _ = exported("editor")
    resolves = sorted(str(result.resolve) for result in results)
    assert resolves == ["editor", "main", "main~"]


def test_the_paths_are_put_where_the_virtualenv_is_made() -> None:
    _, paths = exported("editor", "main")[0]
    (command,) = paths.post_processing_cmds
    root = "/repository/dist/export/editor"
    argv = [part.format(digest_root=root) for part in command.argv]
    assert argv[:2] == ["sh", "-c"]
    assert argv[3:] == [f"{root}/first_party.pth", f"{root}/../python/virtualenvs/main"]


def test_a_path_is_no_word_of_the_shell(tmp_path: Path) -> None:
    """Whatever is in the names of the folders above."""
    root = tmp_path / 'my "projects" $HOME `répo`/dist/export/editor'
    packages = root.parent / "python/virtualenvs/main/3.12.1/lib/python3.12/site-packages"
    for folder in (root, packages):
        folder.mkdir(parents=True)
    (root / "first_party.pth").write_text("/repository\n")
    _, paths = exported("editor", "main")[0]
    (command,) = paths.post_processing_cmds
    argv = [part.replace("{digest_root}", str(root)) for part in command.argv]
    subprocess.run(argv, check=True)
    assert (packages / "first_party.pth").read_text() == "/repository\n"


def test_the_paths_are_those_of_the_source_roots() -> None:
    paths = paths_file(PurePath("/repository"), ["services/a/src", "libs/b/src", "."])
    assert paths == b"/repository\n/repository/libs/b/src\n/repository/services/a/src\n"
