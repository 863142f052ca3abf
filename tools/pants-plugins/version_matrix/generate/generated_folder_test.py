from __future__ import annotations

from pathlib import Path
from typing import Iterable, Mapping

import pytest
from pants.util.frozendict import FrozenDict

from version_matrix.generate import generated_folder
from version_matrix.generate.generated_folder import UnusableFolder
from version_matrix.stanza.suite import Suite

SUITE = Suite("lib:matrix", "lib/matrix", "httpx>=0.16")
GENERATED = ("samples.json", "releases.jsonl", "0.28.1.lock", "1!2.0rc1.post1.lock", "lowest.lock")


def write(root: Path, names: Iterable[str]) -> None:
    for name in names:
        path = root / SUITE.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def read(root: Path) -> Mapping[str, bytes]:
    return generated_folder.contents(root, SUITE, [f"lib/matrix/{name}" for name in GENERATED])


def test_what_is_generated_is_read(tmp_path: Path) -> None:
    assert read(tmp_path) == FrozenDict()
    write(tmp_path, [*GENERATED, ".DS_Store"])
    assert dict(read(tmp_path)) == {name: name.encode() for name in GENERATED}


@pytest.mark.parametrize(
    "stranger",
    ["notes.md", "poetry.lock", "1.0.lock/pin", "__init__.py", ".env", "samples.json.orig"],
)
def test_what_is_not_generated_is_named(tmp_path: Path, stranger: str) -> None:
    write(tmp_path, ["samples.json", stranger])
    with pytest.raises(UnusableFolder) as raised:
        read(tmp_path)
    assert str(raised.value) == (
        f"lib/matrix holds what generate-matrix did not write ({stranger.split('/')[0]}) and, being "
        "replaced whole, would lose: choose another `name` for lib:matrix"
    )


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_no_folder_is_told(tmp_path: Path, kind: str) -> None:
    (tmp_path / "lib/other").mkdir(parents=True)
    if kind == "file":
        (tmp_path / SUITE.folder).write_text("mine")
    else:
        (tmp_path / SUITE.folder).symlink_to("other")
    with pytest.raises(UnusableFolder) as raised:
        read(tmp_path)
    assert str(raised.value) == "lib/matrix is no folder: choose another `name` for lib:matrix"


def test_what_pants_does_not_see_is_named_with_what_hides_it(tmp_path: Path) -> None:
    write(tmp_path, [*GENERATED, "0.29.lock"])
    with pytest.raises(UnusableFolder) as raised:
        read(tmp_path)
    assert str(raised.value) == (
        "Pants does not see lib/matrix/0.29.lock, because .gitignore or [GLOBAL].pants_ignore hides "
        "it: except it there, for instance by the line `!/lib/matrix/*`"
    )
