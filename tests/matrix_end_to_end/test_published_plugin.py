"""The plugin as other teams get it: from an index, into a folder of their own, by its README."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Dict, Iterator, List

import pytest

from matrix_end_to_end.package_index import PackageIndex
from matrix_end_to_end.pex_releases import pex_cli
from matrix_end_to_end.repository import HERE, Repository, outside_environment, with_pants

README = HERE / "tools/pants-plugins/version_matrix/README.md"
WHEELS = ("matrix-results", "pants-version-matrix", "release-sampler")

# What Pants 2.17.1 takes by itself, what Pants 2.30 does, and what is newest.
DEFAULT_PEX, PEX_OF_230, NEWEST_PEX = "==2.1.137", "==2.66.*", ""

MATRIX = "tests/example:matrix"


def blocks(language: str) -> List[str]:
    """The code of that language in "In your own repository", and the stanza above it."""
    text = README.read_text()
    section = text[: text.index("\n## Goals")]
    return re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def commands() -> List[List[str]]:
    """The arguments of `pants` in what the README says to run."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [line.split()[1:] for line in lines if line.startswith("pants ")]


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory, index: PackageIndex) -> Iterator[Repository]:
    """A folder that holds what the README says, and no more: no git, no launcher's files."""
    wheels = tmp_path_factory.mktemp("wheels")
    shutil.unpack_archive("wheels.tar", wheels)
    for name in WHEELS:
        (wheel,) = wheels.glob(f"{name.replace('-', '_')}-*.whl")
        index.upload(name, wheel)
    root = tmp_path_factory.mktemp("foreign")
    env = {
        **with_pants(root, outside_environment(index.url)),
        **pex_cli(DEFAULT_PEX, tmp_path_factory.mktemp("pex")),
        "PANTS_PYTHON_REPOS_INDEXES": f"+['{index.url}/']",
    }
    env["PYTHONPATH"] = _without_sources(env["PYTHONPATH"])
    repository = Repository(root, env)
    stanza = blocks("python")[0]
    repository.write(
        {
            "pants.toml": "\n".join(blocks("toml")),
            # Of the index that the test serves, and not of the world's.
            "tests/example/BUILD": stanza.replace("httpx>=0.16", "matrix-example>=1"),
            "tests/example/test_example.py": (
                "import matrix_example\nimport pytest\n\n\n"
                "@pytest.mark.parametrize('name', ['example'])\n"
                "def test_name(name: str) -> None:\n    assert matrix_example.NAME == name\n"
            ),
        }
    )
    try:
        yield repository
    finally:
        repository.stop()


def _without_sources(path: str) -> str:
    """What Pants may import: nothing of this repository."""
    return ":".join(part for part in path.split(":") if "site-packages" in part)


@pytest.fixture(scope="module")
def followed(foreign: Repository) -> Dict[str, str]:
    """What each command of the README printed, one after the other."""
    return {" ".join(command): foreign.succeed(*command) for command in commands()}


def test_the_readme_works_to_the_letter_and_without_a_warning(followed: Dict[str, str]) -> None:
    assert list(followed) == ["generate-matrix ::", "test ::", "matrix-report ::"]
    assert f"[1/1] {MATRIX}: 4 samples, 5 cells, changed" in followed["generate-matrix ::"]
    tested = followed["test ::"]
    assert tested.count("succeeded in") == 5
    assert f"✓ {MATRIX}#2.0.0@python=3.13 succeeded" in tested
    assert "dist/matrix/index.html: " in followed["matrix-report ::"]
    for command, output in followed.items():
        assert not re.search("WARN|ERROR|deprecat", output), f"{command}:\n{output}"


@pytest.mark.parametrize("release", [PEX_OF_230, NEWEST_PEX])
def test_cells_run_whatever_pex_the_host_has(
    foreign: Repository, followed: Dict[str, str], tmp_path: Path, release: str
) -> None:
    settings = pex_cli(release, tmp_path)
    other = Repository(foreign.root, {**foreign.env, **settings})
    tested = other.succeed("--no-pantsd", "test", "--force", f"{MATRIX}#2.0.0")
    assert f"✓ {MATRIX}#2.0.0@python=3.13 succeeded" in tested
    assert tested.count("succeeded in") == 2 and "cached" not in tested


def test_what_a_change_reaches_is_selected(foreign: Repository, followed: Dict[str, str]) -> None:
    foreign.write({".gitignore": "/.cache/\n/.pants.d/\n/.pids/\n/dist/\n"})
    foreign.git("init", "-q", "-b", "main")
    foreign.commit("start")
    foreign.git("checkout", "-q", "-b", "branch")
    lock = "tests/example/matrix/1.1.0.lock"
    foreign.write({lock: foreign.read(lock) + "# edited\n"})
    foreign.commit("edit a lock")
    listed = foreign.succeed("--changed-since=main", "list").splitlines()
    assert [line for line in listed if line.startswith("tests")] == [
        f"{MATRIX}#1.1.0@python=3.9",
    ]
