"""`--changed-since=main` names what a change can reach, and nothing else."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Dict, Iterator, List, Set, Tuple

import pytest

from matrix_end_to_end.repository import MATRIX, SUITE, Repository

# Beside its cells: the test file, and the stanza, which stands for it.
OTHERS = [f"{SUITE}/test_example.py:matrix", MATRIX]


@pytest.fixture(scope="module")
def cells(repository: Repository) -> List[str]:
    """All cells of the suite, generated and committed on main."""
    repository.succeed("generate-matrix", "::")
    repository.commit("generate")
    listed = repository.succeed("list", "::").splitlines()
    return sorted(line for line in listed if line.startswith(f"{MATRIX}#"))


@pytest.fixture(autouse=True)
def branch(repository: Repository, cells: List[str]) -> Iterator[None]:
    """Each test commits to a branch of its own."""
    repository.git("checkout", "-q", "-B", "branch", "main")
    yield
    repository.git("checkout", "-q", "-f", "main")


def edit(repository: Repository, path: str, more: str) -> None:
    repository.write({path: repository.read(path) + more})
    repository.commit(f"edit {path}")


def test_a_lock_names_the_cells_of_its_sample(repository: Repository, cells: List[str]) -> None:
    edit(repository, f"{SUITE}/matrix/1.1.0.lock", "# edited\n")
    assert repository.changed() == [cell for cell in cells if "#1.1.0@" in cell]


def test_a_snapshot_names_nothing(repository: Repository) -> None:
    edit(repository, f"{SUITE}/matrix/releases.jsonl", "{}\n")
    assert repository.changed() == []


def remove(repository: Repository, *paths: str) -> None:
    repository.git("rm", "-q", "-r", *paths)
    repository.commit(f"remove {' '.join(paths)}")


def ran(repository: Repository) -> Tuple[int, str]:
    """What `test` does with what changed."""
    return repository.pants("--changed-since=main", "test")


GENERATE = f"Run `./pants generate-matrix //{MATRIX}`"


@pytest.mark.parametrize(
    "path, told",
    [
        ("matrix/1.1.0.lock", f"{SUITE}/matrix/1.1.0.lock is missing. {GENERATE}."),
        ("matrix/samples.json", f"{MATRIX} has no {SUITE}/matrix/samples.json yet. {GENERATE}."),
        ("matrix", f"{MATRIX} has no {SUITE}/matrix/samples.json yet. {GENERATE}."),
        ("test_example.py", f"{MATRIX} matches no test file. Bring them back"),
    ],
)
def test_what_is_gone_of_a_suite_selects_it_and_fails_there(
    repository: Repository, path: str, told: str
) -> None:
    remove(repository, f"{SUITE}/{path}")
    assert MATRIX in repository.changed()
    status, output = ran(repository)
    assert status == 1
    assert told in output


def test_a_deleted_snapshot_is_told_by_the_check_of_what_changed(repository: Repository) -> None:
    remove(repository, f"{SUITE}/matrix/releases.jsonl")
    status, output = repository.pants("--changed-since=main", "generate-matrix", "--check")
    assert status == 1
    assert "releases.jsonl" in output


def test_what_a_deleted_stanza_leaves_behind_is_told_by_the_check_of_what_changed(
    repository: Repository,
) -> None:
    remove(repository, f"{SUITE}/BUILD")
    status, output = repository.pants("--changed-since=main", "generate-matrix", "--check")
    assert status == 1
    assert f"{SUITE}/matrix belongs to no suite" in output


def test_a_torn_file_of_samples_selects_its_suite_and_fails_there(repository: Repository) -> None:
    samples = f"{SUITE}/matrix/samples.json"
    repository.write({samples: repository.read(samples)[:-40]})
    repository.commit("tear")
    status, output = ran(repository)
    assert status == 1
    assert f"{samples} cannot be read" in output and GENERATE in output


@pytest.mark.parametrize(
    "path",
    [
        "lib/src/lib/example.py",
        # Reached through another module.
        "lib/src/lib/core.py",
        "lib/tests/conftest.py",
        "lib/src/lib/__init__.py",
        # With the BUILD file that owned it all.
        "lib/src/lib",
        # The modules stay, and nothing owns them any longer.
        "lib/src/lib/BUILD",
    ],
)
def test_whoever_misses_what_is_gone_is_selected(
    repository: Repository, cells: List[str], path: str
) -> None:
    remove(repository, path)
    assert set(cells) <= set(repository.changed())


def test_what_nobody_misses_selects_no_cell(repository: Repository, cells: List[str]) -> None:
    remove(repository, "lib/src/lib/unrelated.py")
    assert not set(cells) & set(repository.changed())


def test_a_module_that_is_renamed_is_missed_under_its_old_name(
    repository: Repository, cells: List[str]
) -> None:
    repository.git("mv", "lib/src/lib/example.py", "lib/src/lib/sample.py")
    repository.commit("rename")
    assert set(cells) <= set(repository.changed())
    status, output = repository.pants("--changed-since=main", "--tag=tier:latest", "test")
    assert status != 0
    # Without its only module a package is not in the sandbox either.
    assert re.search(r"No module named 'lib(\.example)?'", output)


def test_a_module_that_a_build_file_leaves_out_is_missed(
    repository: Repository, cells: List[str]
) -> None:
    repository.write({"lib/src/lib/BUILD": "python_sources(sources=['*.py', '!example.py'])\n"})
    repository.commit("leave out")
    assert set(cells) <= set(repository.changed())


@pytest.mark.parametrize(
    "path, text",
    [
        ("pyproject.toml", "[tool.pytest.ini_options]\n"),
        ("lib/tests/pytest.ini", "[pytest]\n"),
        (".coveragerc", "[run]\n"),
        ("coverage.lock", "# edited\n"),
        ("pants.toml", "# edited\n"),
        ("BUILD", "__defaults__({python_matrix_tests: dict(tags=['slow'])})\n"),
    ],
)
def test_what_results_rest_on_beside_code_selects_them(
    repository: Repository, cells: List[str], path: str, text: str
) -> None:
    before = repository.read(path) if (repository.root / path).exists() else ""
    repository.write({path: before + text})
    repository.commit(f"edit {path}")
    assert set(cells) <= set(repository.changed())
    if not before:
        # And so does what is gone of it.
        repository.git("checkout", "-q", "-B", "other")
        remove(repository, path)
        listed = repository.succeed("--changed-since=HEAD~1", "list").splitlines()
        assert set(cells) <= set(listed)


def test_configuration_of_another_folder_selects_no_cell(
    repository: Repository, cells: List[str]
) -> None:
    repository.write({"other/pytest.ini": "[pytest]\n"})
    repository.commit("configure")
    assert not set(cells) & set(repository.changed())


def test_a_module_names_its_cells(repository: Repository, cells: List[str]) -> None:
    edit(repository, "lib/src/lib/example.py", "\n")
    assert repository.changed() == sorted([*cells, *OTHERS, "lib/src/lib/example.py"])


def test_an_unrelated_module_names_itself(repository: Repository) -> None:
    edit(repository, "lib/src/lib/unrelated.py", "VALUE = 1\n")
    assert repository.changed() == ["lib/src/lib/unrelated.py"]


def test_a_conftest_names_all_below_it(repository: Repository, cells: List[str]) -> None:
    edit(repository, "lib/tests/conftest.py", "\n")
    assert set(cells) <= set(repository.changed())


def test_a_test_file_names_its_suite(repository: Repository, cells: List[str]) -> None:
    edit(repository, f"{SUITE}/test_example.py", "\n")
    assert set(repository.changed()) - {MATRIX} == {*cells, *OTHERS} - {MATRIX}


def test_a_stanza_names_its_suite(repository: Repository, cells: List[str]) -> None:
    edit(repository, f"{SUITE}/BUILD", "# edited\n")
    assert set(cells) <= set(repository.changed())


def test_an_input_of_3rdparty_names_whoever_imports_it(
    repository: Repository, cells: List[str]
) -> None:
    edit(repository, "integrations.in", "# edited\n")
    assert set(cells) <= set(repository.changed())


def test_selected_cells_with_the_same_inputs_come_from_the_cache(repository: Repository) -> None:
    repository.succeed("test", f"{MATRIX}#2.0.0")
    edit(repository, "integrations.in", "# edited\n")
    output = repository.succeed("--changed-since=main", "--tag=tier:latest", "test")
    assert output.count("succeeded in") == 2
    assert output.count("cached locally") + output.count("memoized") == 2


def test_selection_equals_the_closure_of_imports(repository: Repository, cells: List[str]) -> None:
    """Against a closure that knows nothing of Pants: every module's imports, followed."""
    root = repository.root / "lib/src"
    modules = {_module(root, path): path for path in sorted(root.rglob("*.py"))}
    imports = {name: _imports(path, modules) for name, path in modules.items()}
    suite = _imports(repository.root / SUITE / "test_example.py", modules)
    for name, path in modules.items():
        if path.name == "__init__.py":
            continue
        repository.git("checkout", "-q", "-B", "branch", "main")
        relative = path.relative_to(repository.root).as_posix()
        edit(repository, relative, "\n# edited\n")
        reached = {other for other in modules if name in _closure({other}, imports)}
        expected = {modules[other].relative_to(repository.root).as_posix() for other in reached}
        if name in _closure(suite, imports):
            expected |= {*cells, *OTHERS}
        assert set(repository.changed()) == expected, name


def _module(root: Path, path: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path, known: Dict[str, Path]) -> Set[str]:
    found: Set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{a.name}" for a in node.names)}
    return found & set(known)


def _closure(start: Set[str], imports: Dict[str, Set[str]]) -> Set[str]:
    reached: Set[str] = set()
    waiting = set(start)
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= imports[name] - reached
    return reached
