from __future__ import annotations

import glob
from pathlib import Path

from version_matrix.programs.lookup import search_folders


def test_a_folder_of_path_is_no_glob(tmp_path: Path) -> None:
    there = tmp_path / "a [1]*"
    for folder in (there, tmp_path / "a 1"):
        folder.mkdir()
    escaped, option = search_folders(["<PATH>", f"{tmp_path}/*"], [str(there)])
    assert glob.glob(escaped) == [str(there)]
    assert len(glob.glob(option)) == 2
