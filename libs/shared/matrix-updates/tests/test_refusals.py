"""What a prepare that was taken over could hand to `publish`, and that none of it is pushed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable, Dict, Optional, Tuple

import pytest

from matrix_updates import decode
from matrix_updates import git as git_module
from matrix_updates.git import Git
from matrix_updates.prepare import output_folder
from matrix_updates.prepare.worktree import worktree
from matrix_updates.proposal.model import Prepared, Proposal, UnitChange
from updates_world import World, lock, suite_files

pytest_plugins = ["updates_fixtures"]

Command = Callable[..., Tuple[int, str, str]]
FOLDER = "lib/tests/alpha/matrix"
LOCK = f"{FOLDER}/1.0.lock"


class Forger:
    """Makes a folder of one proposal, `alpha`'s, with a commit of one's choice."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.git = Git(world.checkout)

    def forge(
        self,
        change: Callable[[Path], object],
        *,
        message: str = "Update what is tested of alpha",
        identity: Optional[Dict[str, str]] = None,
        name: Optional[str] = None,
        unit: Optional[str] = None,
    ) -> None:
        (text,) = self.world.output.glob("alpha-*.json")
        honest = decode(Proposal, text.read_bytes(), source="honest")
        base = self.git.run("rev-parse", "main").strip()
        with worktree(self.git, base) as tree:
            change(tree.folder)
            tree.git.run("add", "--all", "--force")
            env = {**git_module.identity(tree.date), **(identity or {})}
            tree.git.run("commit", "--quiet", "--allow-empty", "-m", message, env=env)
            head = tree.git.run("rev-parse", "HEAD").strip()
        made = UnitChange(
            kind="suite", name=unit or honest.units[0].name, title="alpha", commit=head
        )
        proposal = Proposal(name=name or honest.name, base=base, head=head, units=(made,))
        prepared = Prepared(base_branch="main", base=base)
        output_folder.write(self.world.output, prepared, {proposal.name: proposal}, self.git, ())


@pytest.fixture
def forger(world: World, prepare: Command) -> Forger:
    world.releases("alpha", "1.1")
    assert prepare()[0] == 0
    return Forger(world)


def writes(path: str, text: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)

    return change


def links(path: str, target: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        (folder / path).unlink(missing_ok=True)
        os.symlink(target, folder / path)

    return change


def executable(folder: Path) -> None:
    (folder / LOCK).chmod(0o755)


def submodule(folder: Path) -> None:
    head = Git(folder).run("rev-parse", "HEAD").strip()
    (folder / LOCK).unlink()
    Git(folder).run("update-index", "--add", "--cacheinfo", f"160000,{head},{LOCK}")
    (folder / LOCK).mkdir()
    Git(folder / LOCK).run("init", "--quiet")
    env = git_module.identity("2026-01-01T00:00:00Z")
    Git(folder / LOCK).run("commit", "--quiet", "--allow-empty", "-m", "x", env=env)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (writes("pants", "#!/bin/sh\n"), "it touches pants, which is no generated file of"),
        (writes(".github/workflows/ci.yml", "on: push"), "it touches .github/workflows/ci.yml"),
        (writes("pyproject.toml", ""), "it touches pyproject.toml"),
        (writes("lib/tests/beta/matrix/1.0.lock", lock(beta="6")), "touches lib/tests/beta/matrix"),
        (writes("3rdparty/main.lock", lock(a="1")), "it touches 3rdparty/main.lock"),
        (writes(f"{FOLDER}/conftest.py", ""), f"it touches {FOLDER}/conftest.py"),
        (writes(f"{FOLDER}/deep/1.0.lock", lock(a="1")), f"it touches {FOLDER}/deep/1.0.lock"),
        (writes(f"{FOLDER}/a\nb.lock", lock(a="1")), "which is no generated file of"),
        (links(LOCK, "/etc/passwd"), "something else than a regular file"),
        (links(f"{FOLDER}/9.lock", "../BUILD"), "something else than a regular file"),
        (executable, "something else than a regular file"),
        (submodule, "something else than a regular file"),
        (lambda folder: (folder / FOLDER / "samples.json").unlink(), "it deletes"),
        (writes(f"{FOLDER}/samples.json", "{"), "is no JSON"),
        (writes(f"{FOLDER}/samples.json", "[]"), "is not made of JSON objects"),
        (writes(f"{FOLDER}/releases.jsonl", "{}\n7\n"), "is not made of JSON objects"),
        (writes(LOCK, "--extra-index-url=https://evil.example\n"), "no pin with hashes"),
        (writes(LOCK, "alpha @ https://evil.example/a.zip\n"), "no pin with hashes"),
        (writes(LOCK, "-r /etc/passwd\n"), "no pin with hashes"),
        (writes(LOCK, "alpha==1.0 --global-option=x\n"), "no pin with hashes"),
        (lambda folder: None, None),
    ],
)
def test_a_commit_that_touches_anything_else_is_refused(
    forger: Forger, publish: Command, change: Callable[[Path], object], told: Optional[str]
) -> None:
    forger.forge(change)
    code, out, err = publish()
    if told is None:  # An empty commit is silly and harmless.
        assert code == 0
        return
    assert (code, out) == (3, "")
    assert "refused: " in err and told in err, err
    assert not forger.world.branches() and not forger.world.forge["requests"]
    assert [call[1] for call in forger.world.calls()] == ["list"]


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"name": "zeta"}, "the base branch has no group 'zeta'"),
        ({"unit": "lib/tests/beta:matrix"}, "is no suite of its group"),
        ({"message": "Good\n\nevil: yes"}, "a message that is no line of plain text"),
        ({"message": "[skip ci] quiet"}, "a message that is no line of plain text"),
        ({"identity": {"GIT_AUTHOR_EMAIL": "me@example.org"}}, "is by somebody else"),
        ({"identity": {"GIT_COMMITTER_EMAIL": "me@example.org"}}, "is by somebody else"),
    ],
)
def test_a_commit_that_pretends_is_refused(
    forger: Forger, publish: Command, about: Dict[str, object], told: str
) -> None:
    forger.forge(writes(LOCK, lock(alpha="1.0", helper="1.9")), **about)  # type: ignore[arg-type]
    code, _, err = publish()
    assert (code, forger.world.branches()) == (3, [])
    assert told in err


def test_the_rest_of_the_folder_is_published(
    world: World, prepare: Command, publish: Command
) -> None:
    """One that is refused holds up no other: here because the base branch lost its suite."""
    world.releases("alpha", "1.1")
    world.releases("beta", "1.1")
    prepare()
    world.git("rm", "-r", "--quiet", "lib/tests/alpha")
    world.commit("Remove alpha", {})
    code, out, err = publish()
    assert code == 3
    assert "refused: the base branch has no group" in err and out.startswith("beta-")
    assert list(world.requests()) == ["beta"]


def test_a_lock_on_main_may_keep_a_fork_that_was_reviewed(
    world: World, prepare: Command, publish: Command
) -> None:
    fork = f"fork @ https://example.org/{'a' * 40}.zip \\\n    --hash=sha256:{'b' * 64}\n"
    world.commit("Take a fork", {"3rdparty/main.lock": f"{lock(certifi='2026.1')}{fork}"})
    world.today["locks"]["main"] = {
        "files": {"3rdparty/main.lock": f"{lock(certifi='2026.2')}{fork}"}
    }
    world.save()
    prepare()
    assert publish()[0] == 0
    assert world.branches() == ["matrix-updates/main-lock"]


def test_a_page_may_change_in_its_table_alone(
    world: World, prepare: Command, publish: Command
) -> None:
    from matrix_results import support

    table = "| package | works: release (Pythons) | does not |\n| --- | --- | --- |\n"
    page = f"# lib\n{support.BEGIN}\n{table}{support.END}\nEnd\n"
    settings = '[tool.matrix-updates]\nsupport-tables = ["lib/README.md"]\n'
    world.commit("Configure", {"pyproject.toml": settings, "lib/README.md": page})
    world.releases("alpha", "1.1")
    prepare()
    forger = Forger(world)
    for text, told in (
        (page.replace("# lib", "# evil"), "is changed outside of its support table"),
        (page.replace("End", "[x](javascript:y)"), "is changed outside of its support table"),
        (page.replace(support.END, f"<script>\n{support.END}"), "has no support table that can be"),
        ("gone\n", "has no support table that can be read"),
    ):
        forger.forge(writes("lib/README.md", text))
        code, _, err = publish()
        assert (code, world.branches()) == (3, []) and told in err, err


def test_what_is_allowed_is_computed_from_the_base_of_the_remote(
    forger: Forger, publish: Command
) -> None:
    """A checkout that somebody prepared for us allows nothing."""
    world = forger.world
    world.write({"pyproject.toml": '[tool.matrix-updates]\nsupport-tables = ["pants"]\n'})
    world.git("commit", "--quiet", "--all", "-m", "local")
    world.git("branch", "--quiet", "elsewhere")
    world.git("reset", "--quiet", "--hard", "HEAD^")
    world.git("checkout", "--quiet", "elsewhere")
    forger.forge(writes("pants", "#!/bin/sh\n"))
    assert "it touches pants" in publish()[2]


def test_the_folder_does_not_choose_the_base_branch(forger: Forger, publish: Command) -> None:
    """Another branch of the remote may be somebody's, and allow whatever they like."""
    world = forger.world
    world.git("checkout", "--quiet", "-b", "lax")
    world.write({"pyproject.toml": '[tool.matrix-updates]\nsupport-tables = ["pants"]\n'})
    world.git("commit", "--quiet", "--all", "-m", "Allow more")
    world.git("push", "--quiet", "origin", "lax")
    world.git("checkout", "--quiet", "main")
    file = world.output / "prepared.json"
    text = file.read_text()
    file.write_text(text.replace('"base_branch": "main"', '"base_branch": "lax"'))
    code, _, err = publish()
    assert code == 1 and "is for the branch 'lax', and not for 'main'" in err
    assert world.branches() == ["lax"] and not world.calls()


def test_generated_files_count_only_where_their_suite_puts_them(
    world: World, prepare: Command, publish: Command
) -> None:
    """A samples.json in another place, of the same suite, makes that place no generated folder."""
    strays = suite_files("alpha", {"1.0": {}})[f"{FOLDER}/samples.json"]
    world.commit("Stray", {"elsewhere/samples.json": strays})
    world.releases("alpha", "1.1")
    prepare()
    Forger(world).forge(writes("elsewhere/1.0.lock", lock(a="1")))
    assert "it touches elsewhere/1.0.lock" in publish()[2]
