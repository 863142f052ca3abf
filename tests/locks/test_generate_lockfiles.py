"""`./pants generate-lockfiles` by a real Pants and a real pip-tools, against an index on loopback."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterator, Optional, Set, Tuple

import pytest

from matrix_end_to_end.package_index import PackageIndex, serve
from matrix_end_to_end.repository import HERE, Repository, as_launched, make_repository

PLUGIN = f"""\
[GLOBAL]
pants_version = "2.17.1"
pants_bin_name = "./pants"
backend_packages = ["pants.backend.python", "hash_locks"]
pythonpath = ["{HERE}/tools/pants-plugins"]
"""
OPTIONS = {
    # The index says when files were uploaded in a way that pip does not read.
    "HASH_LOCKS_COOLDOWN_DAYS": "0",
    "HASH_LOCKS_INPUT": "{resolve}.in",
    "HASH_LOCKS_INPUTS": str({"main": ["main.in", "more.in"]}),
    "PYTHON_RESOLVES": str({"main": "main.lock", "tools": "tools.lock"}),
    "PYTHON_RESOLVES_TO_INTERPRETER_CONSTRAINTS": "{'tools': ['CPython>=3.9,<3.13']}",
    # The configuration speaks of a plugin that is not loaded here.
    "VERIFY_CONFIG": "false",
}
MAIN = "web>=1  # Answers requests.\nclient>=1  # Asks.\n"
BRANCH = "https://host.example/core/archive/refs/heads/main.zip"
UPLOADED = "2024-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageIndex]:
    for index in serve(tmp_path_factory.mktemp("index") / "index"):
        for name, version, requires in [
            ("core", "1.0", ()),
            ("core", "1.1", ()),
            ("web", "1.0", ("core>=1",)),
            ("client", "1.0", ("core<2",)),
            ("strict", "1.0", ("core>=1.1",)),
            ("frozen", "1.0", ("core<1.1",)),
        ]:
            index.release(name, version, uploaded=UPLOADED, requires=requires)
        yield index


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, index: PackageIndex) -> Iterator[Repository]:
    """A repository with two locks; they are made once."""
    root = tmp_path_factory.mktemp("repository")
    repository = make_repository(root, index.url, PLUGIN)
    del repository.env["PIP_EXTRA_INDEX_URL"]
    repository.env.update({"PIP_INDEX_URL": index.url, "PIP_RETRIES": "1"})
    repository.env.update({f"PANTS_{name}": value for name, value in OPTIONS.items()})
    shutil.rmtree(root / "lib")
    repository.write({"main.in": MAIN, "tools.in": "core>=1  # A tool.\n"})
    try:
        repository.succeed("generate-lockfiles", "--resolve=main.lock", "--resolve=tools.lock")
        repository.commit("locks")
        yield repository
    finally:
        repository.stop()


@pytest.fixture
def repository(made: Repository, index: PackageIndex) -> Iterator[Repository]:
    """The same repository, as it was committed, and an index that is well."""
    links = {name: list(offered) for name, offered in index.links.items()}
    yield made
    index.restore(links)
    made.git("checkout", "-q", "-f", "main")
    made.git("clean", "-q", "-f", "-d")


def locked(repository: Repository, name: str = "main.lock") -> Dict[str, str]:
    return dict(re.findall(r"^(\S+)==(\S+)", repository.read(name), re.MULTILINE))


def test_one_pass_pins_everything_by_hash_and_names_no_index(repository: Repository) -> None:
    assert locked(repository) == {"client": "1.0", "core": "1.1", "web": "1.0"}
    text = repository.read("main.lock")
    assert text.count("--hash=sha256:") == 3
    assert "://" not in text and "127.0.0.1" not in text and str(repository.root) not in text


def test_a_release_moves_nothing_until_it_is_asked_for(
    repository: Repository, index: PackageIndex
) -> None:
    index.release("core", "1.2", uploaded=UPLOADED)
    index.release("web", "1.1", uploaded=UPLOADED, requires=("core>=1",))
    repository.succeed("generate-lockfiles", "--resolve=main.lock")
    assert repository.git("status", "--porcelain") == ""
    repository.write({"main.in": MAIN.replace("web>=1", "web>=1.1")})
    repository.succeed("generate-lockfiles", "--resolve=main.lock")
    assert locked(repository) == {"client": "1.0", "core": "1.1", "web": "1.1"}
    repository.succeed("--hash-locks-upgrade=core", "generate-lockfiles", "--resolve=main.lock")
    assert locked(repository) == {"client": "1.0", "core": "1.2", "web": "1.1"}
    assert locked(repository, "tools.lock") == {"core": "1.1"}
    repository.succeed("--hash-locks-upgrade=all", "generate-lockfiles", "--resolve=tools.lock")
    assert locked(repository, "tools.lock") == {"core": "1.2"}


def test_a_reason_that_ends_in_a_backslash_takes_no_requirement_with_it(
    repository: Repository,
) -> None:
    """pip by itself joins such a line with the next, and drops both as one comment."""
    repository.write({"main.in": "web>=1  # Answers \\\nclient>=1  # Asks.\n"})
    repository.succeed("generate-lockfiles", "--resolve=main.lock")
    assert locked(repository) == {"client": "1.0", "core": "1.1", "web": "1.0"}
    repository.succeed("lint", "--only=hash-locks", "::")


def test_a_lock_serves_every_python_of_its_resolve(
    repository: Repository, index: PackageIndex
) -> None:
    newer = 'python_version >= "3.12"'
    index.release("filler", "1.0", uploaded=UPLOADED, python=">=3.10")
    index.release("modern", "1.0", uploaded=UPLOADED, requires=(f"filler; {newer}",))
    repository.write({"tools.in": f"modern>=1  # A tool.\nstrict>=1; {newer}  # On newer ones.\n"})
    repository.succeed("generate-lockfiles", "--resolve=tools.lock")
    text = repository.read("tools.lock")
    assert re.findall(r"^(\w\S*==.*) \\$", text, re.MULTILINE) == [
        f"core==1.1 ; {newer}",
        f"filler==1.0 ; {newer}",
        "modern==1.0",
        f"strict==1.0 ; {newer}",
    ]
    assert "# pythons: 3.9, 3.10, 3.11, 3.12\n" in text
    repository.succeed("lint", "--only=hash-locks", "::")


def test_a_pin_that_was_yanked_since_stays_and_is_told(
    repository: Repository, index: PackageIndex
) -> None:
    index.release("web", "1.0", uploaded=UPLOADED, requires=("core>=1",), yanked=True)
    output = repository.succeed("generate-lockfiles", "--resolve=main.lock")
    assert repository.git("status", "--porcelain") == ""
    assert (
        "main.lock pins web==1.0 (via -r main.in), which its index says is yanked: broken."
        in output
    )
    assert "--hash-locks-upgrade=web" in output


@pytest.mark.parametrize(
    ("files", "arguments", "told"),
    [
        (
            {},
            ("--resolve=mian.lock",),
            ("knows no mian.lock. Its locks are main.lock, tools.lock.\n",),
        ),
        ({}, ("--resolve=main",), ("--resolve=main.lock",)),
        ({"main.in": None}, (), ("main.in", "`main`", "there is no such file")),
        ({"main.in": "web>=1\n"}, (), ("main.in", "web", "reason")),
        ({"main.in": "web>>1  # Web.\n"}, (), ("main.in", "web>>1")),
        (
            {"main.in": "strict>=1  # Strict.\nfrozen>=1  # Frozen.\n"},
            (),
            ("main.lock", "strict", "core>=1.1", "frozen", "core<1.1"),
        ),
        (
            {"main.in": "core<1.1  # Old.\n", "more.in": "core>=1.1  # New.\n"},
            (),
            ("main.lock", "main.in (line 1): core<1.1", "more.in (line 1): core>=1.1"),
        ),
        ({"main.in": "absent>=1  # Nobody has it.\n"}, (), ("main.lock", "absent")),
        (
            {"main.in": MAIN + "core; python_version >= '3.14'  # Never here.\n"},
            (),
            (
                "main.in:3",
                "holds for none of Python 3.12 on linux-x86_64-glibc2.28, macos-arm64-14.0",
            ),
        ),
        (
            {"main.in": MAIN, "more.in": f"# A fork.\ncore @ {BRANCH}\n"},
            (),
            (f"more.in:2: `core @ {BRANCH}`", "exactly 40 hex digits"),
        ),
    ],
    ids=[
        "unknown",
        "resolve",
        "missing",
        "reasonless",
        "malformed",
        "conflict",
        "conflict of two files",
        "absent",
        "nowhere",
        "branch",
    ],
)
def test_bad_input_is_one_clear_error_and_changes_no_file(
    repository: Repository,
    files: Dict[str, Optional[str]],
    arguments: Tuple[str, ...],
    told: Tuple[str, ...],
) -> None:
    for path, text in files.items():
        if text is None:
            (repository.root / path).unlink()
        else:
            repository.write({path: text, "tools.in": "core<1.1  # Would move.\n"})
    before = {lock: repository.read(lock) for lock in ("main.lock", "tools.lock")}
    asked = arguments or ("--resolve=main.lock", "--resolve=tools.lock")
    status, output = repository.pants("generate-lockfiles", *asked)
    assert status == 1, output
    for words in told:
        assert words in output
    assert "Traceback" not in output
    assert before == {lock: repository.read(lock) for lock in before}


@pytest.mark.parametrize("status", [404, 500])
def test_an_index_that_fails_changes_no_file(
    repository: Repository, index: PackageIndex, status: int
) -> None:
    index.fail("core", status)
    repository.write({"main.in": MAIN + "strict>=1  # New.\n"})
    code, output = repository.pants("generate-lockfiles", "--resolve=main.lock")
    assert code == 1, output
    assert "core" in output and "Traceback" not in output
    assert locked(repository) == {"client": "1.0", "core": "1.1", "web": "1.0"}


def test_lint_names_a_stale_and_an_edited_lock_without_network(
    repository: Repository, index: PackageIndex
) -> None:
    index.release("core", "1.2", uploaded=UPLOADED)
    repository.succeed("lint", "--only=hash-locks", "::")
    for name in index.links:
        index.fail(name, 500)
    repository.write({"main.in": MAIN + "strict>=1  # New.\n"})
    repository.write({"tools.lock": repository.read("tools.lock").replace("1.1", "1.0")})
    status, output = repository.pants("lint", "--only=hash-locks", "::")
    assert status == 1
    for lock in ("main.lock", "tools.lock"):
        assert re.search(rf"^{lock} .*generate-lockfiles --resolve={lock}", output, re.MULTILINE)


@pytest.mark.parametrize("place", ["XDG_CONFIG_DIRS", "XDG_CONFIG_HOME"])
def test_what_a_machines_pip_is_configured_with_makes_a_lock_and_installs_it(
    repository: Repository, index: PackageIndex, tmp_path: Path, place: str
) -> None:
    """The system's file or the user's names the index, and nothing else does."""
    index.release("hash-locks-example", "1.0", uploaded=UPLOADED)
    (tmp_path / place / "pip").mkdir(parents=True)
    (tmp_path / place / "pip/pip.conf").write_text(f"[global]\nextra-index-url = {index.url}\n")
    machine = {each: str(tmp_path / each) for each in ("XDG_CONFIG_DIRS", "XDG_CONFIG_HOME")}
    unset = ("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PANTS_PYTHON_REPOS_INDEXES")
    env = {name: value for name, value in repository.env.items() if name not in unset}
    configured = Repository(repository.root, as_launched({**env, **machine}))
    configured.write({"main.in": "hash-locks-example>=1  # On that index alone.\n"})
    configured.succeed("generate-lockfiles", "--resolve=main.lock")
    assert locked(configured) == {"hash-locks-example": "1.0"}
    assert "://" not in configured.read("main.lock")
    configured.succeed("export", "--resolve=main")
    (python,) = repository.root.glob("dist/export/python/virtualenvs/main/*/bin/python")
    subprocess.run((python, "-c", "import hash_locks_example"), check=True)


def test_pip_installs_from_a_lock_without_pants_and_refuses_another_hash(
    repository: Repository, tmp_path: Path
) -> None:
    lock = tmp_path / "main.lock"
    lock.write_text(repository.read("main.lock"))
    subprocess.run((sys.executable, "-m", "venv", tmp_path / "venv"), check=True)
    pip = tmp_path / "venv/bin/pip"
    assert install(repository, pip, lock, tmp_path / "good") == (0, {"client", "core", "web"})
    lock.write_text(re.sub(r"=sha256:\w{8}", "=sha256:00000000", lock.read_text(), count=1))
    assert install(repository, pip, lock, tmp_path / "bad") == (1, set())


def install(repository: Repository, pip: Path, lock: Path, target: Path) -> Tuple[int, Set[str]]:
    done = subprocess.run(
        (
            *(pip, "install", "--quiet", "--require-hashes", "--no-cache-dir"),
            *("-r", lock, "--target", target),
        ),
        env=repository.env,
        capture_output=True,
        text=True,
    )
    modules = {path.stem for path in target.glob("*.py")} if target.exists() else set()
    return done.returncode, modules
