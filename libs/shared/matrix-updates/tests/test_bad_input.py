"""What goes wrong is named, the rest goes on, nothing is lost and nothing is overwritten."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable, Tuple

import pytest

from updates_world import World, address, lock, suite_files

pytest_plugins = ["updates_fixtures"]

# Here, before a test goes elsewhere: Pants names source roots from where it starts.
_PYTHONPATH = os.pathsep.join(map(os.path.abspath, sys.path))

Command = Callable[..., Tuple[int, str, str]]


def test_an_index_that_is_down_for_one_suite_of_ten(
    world: World, prepare: Command, publish: Command
) -> None:
    world.says("beta", crash="beta: index answers 503; try again later")
    world.releases("alpha", "1.1")
    world.releases("gamma", "1.1")
    code, out, err = prepare()
    assert code == 3
    assert f"{address('beta')}: failed: " in err and "index answers 503" in err
    assert "2 proposals, 2 current" in out
    assert publish()[0] == 0
    assert sorted(world.requests()) == ["alpha", "gamma"]


def test_what_failed_today_keeps_its_request_of_yesterday(
    world: World, prepare: Command, publish: Command
) -> None:
    world.releases("beta", "1.1")
    prepare()
    publish()
    head = world.head(world.branch("beta"))
    world.says("beta", files={}, crash="index answers 503")
    assert prepare()[0] == 3
    assert publish()[0] == 0
    assert world.head(world.branch("beta")) == head
    assert world.requests()["beta"]["state"] == "OPEN"


def test_cells_that_cannot_be_locked_are_a_red_proposal(
    world: World, prepare: Command, publish: Command
) -> None:
    """`generate-matrix` writes the rest and ends with 1."""
    world.releases("alpha", "1.1")
    world.says("alpha", crash="alpha 1.1 on Python 3.9 cannot be locked")
    assert prepare()[0] == 0
    publish()
    alpha = world.requests()["alpha"]
    assert alpha["isDraft"] and "alpha 1.1 on Python 3.9 cannot be locked" in alpha["body"]


def test_a_pants_without_a_bisect_is_told_and_no_obstacle(
    world: World, prepare: Command, publish: Command
) -> None:
    world.releases("alpha", "1.1")
    world.says("alpha", red={"1.1": "test_alpha::test_x"})
    assert prepare()[0] == 0
    publish()
    assert "this Pants has no bisect-matrix" in world.requests()["alpha"]["body"]


def test_a_bisect_that_finds_none_says_why(
    world: World, prepare: Command, publish: Command
) -> None:
    world.releases("alpha", "1.1")
    world.says("alpha", red={"1.1": "test_alpha::test_x"}, bisect=3)
    assert prepare()[0] == 0
    publish()
    body = world.requests()["alpha"]["body"]
    assert "`nothing that it could be compared with passes: it is so`" in body


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"no_report": True}, "there are no results, because"),
        ({"report": '{"schema_version": 99}'}, "has schema_version 99"),
        ({"report": "{"}, "report.json cannot be read"),
    ],
)
def test_results_that_cannot_be_read_are_red(
    world: World, prepare: Command, publish: Command, about: dict[str, object], told: str
) -> None:
    world.releases("alpha", "1.1")
    world.says("alpha", **about)
    assert prepare()[0] == 0
    publish()
    alpha = world.requests()["alpha"]
    assert alpha["isDraft"] and told in alpha["body"]


def test_generation_that_touches_other_files_is_no_proposal(world: World, prepare: Command) -> None:
    world.says("alpha", files={**suite_files("alpha", {"2.0": {}}), "pants.toml": "# evil\n"})
    code, _, err = prepare()
    assert code == 3 and "changed pants.toml, which is not generated" in err
    assert not list(world.output.glob("alpha-*"))


def test_tests_that_write_into_the_repository_are_no_proposal(
    world: World, prepare: Command
) -> None:
    world.releases("alpha", "1.1")
    world.today["tests_write"] = {"pants.toml": "# evil\n"}
    world.save()
    code, _, err = prepare()
    assert code == 3 and "its tests changed files of the repository" in err


def test_a_suite_that_was_never_generated_is_its_authors(world: World, prepare: Command) -> None:
    world.says("omega", files=suite_files("omega", {"1.0": {}}))
    code, _, err = prepare()
    assert code == 3
    assert f"{address('omega')}: failed: its generated files are not on the base branch" in err


def test_a_time_limit_starts_no_further_suite(world: World, prepare: Command) -> None:
    world.releases("alpha", "1.1")
    code, out, err = prepare("--time-limit", "0")
    assert (code, err.count("left out: the time limit had passed")) == (3, 6)
    assert "0 proposals" in out


def test_what_is_complete_when_time_is_up_stands(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock strikes after the first suite."""
    from matrix_updates.prepare import preparation
    from matrix_updates.prepare.advisories import NoAdvisories
    from matrix_updates.prepare.index_facts import NoIndex
    from matrix_updates.prepare.preparation import Wanted
    from matrix_updates.repository import open_repository, read_base

    for name in ("alpha", "beta"):
        world.releases(name, "1.1")
    git = open_repository(world.checkout)
    hours = iter((0.0, 2.0, 2.0, 2.0, 2.0, 2.0))
    prepared = preparation.prepare(
        git,
        "main",
        read_base(git, "main"),
        world.output,
        Wanted(deadline=1.0, clock=lambda: next(hours)),
        preparation.World(NoIndex(""), NoAdvisories(), print),
    )
    assert [name.partition("-")[0] for name in prepared.proposals] == ["alpha"]
    assert len(prepared.left_out) == 5


def test_a_dirty_checkout_stays_and_is_no_part_of_it(world: World, prepare: Command) -> None:
    world.releases("alpha", "1.1")
    world.write({"pants.toml": "# half an idea\n", "new.txt": "x"})
    code, _, err = prepare()
    assert code == 0 and "note: what is not committed is no part of this" in err
    assert (world.checkout / "pants.toml").read_text() == "# half an idea\n"
    assert (world.checkout / "new.txt").exists()
    assert world.git("worktree", "list").count("\n") == 0
    assert world.git("for-each-ref", "refs/matrix-updates") == ""


def test_prepare_replaces_its_own_folder_and_nothing_else(world: World, prepare: Command) -> None:
    world.output.mkdir()
    (world.output / "thesis.txt").write_text("years of work")
    code, _, err = prepare()
    assert code == 1 and "is not what an earlier `matrix-updates prepare` wrote" in err
    assert (world.output / "thesis.txt").read_text() == "years of work"
    assert not world.calls("pants")
    (world.output / "thesis.txt").unlink()
    assert prepare()[0] == 0 == prepare()[0]
    assert [path.name for path in world.room.iterdir() if path.name.startswith(".prop")] == []


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("updates.bundle", "is not what `prepare` wrote"),
        ("prepared.json", "cannot be read"),
        ("alpha.json", "is not what `prepare` wrote"),
        ("alpha.md", "is not what `prepare` wrote"),
    ],
)
def test_a_torn_folder_is_refused_whole(
    world: World, prepare: Command, publish: Command, file: str, told: str
) -> None:
    world.releases("alpha", "1.1")
    prepare()
    stem, _, ending = file.partition(".")
    (path,) = world.output.glob(f"{stem}*.{ending}")
    path.write_bytes(path.read_bytes()[:-20])
    code, out, err = publish()
    assert (code, out) == (1, "") and told in err and path.name in err
    path.unlink()
    code, out, err = publish()
    assert (code, out) == (1, "") and f"has no {path.name}" in err
    assert not world.branches() and not world.calls()


def test_a_bundle_that_is_none_is_refused(world: World, prepare: Command, publish: Command) -> None:
    import hashlib

    world.releases("alpha", "1.1")
    prepare()
    (world.output / "updates.bundle").write_bytes(b"no bundle\n")
    document = json.loads((world.output / "prepared.json").read_text())
    for file in document["files"]:
        file["sha256"] = hashlib.sha256((world.output / file["name"]).read_bytes()).hexdigest()
    (world.output / "prepared.json").write_text(json.dumps(document))
    code, _, err = publish()
    assert code == 1 and "updates.bundle cannot be read" in err
    assert not world.branches()


def test_a_folder_that_is_none(world: World, run: Command) -> None:
    code, _, err = run("publish", world.room / "nowhere")
    assert code == 1 and "has no prepared.json" in err


def test_a_folder_for_another_repository(world: World, prepare: Command, publish: Command) -> None:
    world.releases("alpha", "1.1")
    prepare()
    document = (world.output / "prepared.json").read_text()
    base = world.git("rev-parse", "main")
    other = document.replace(base, "f" * 40)
    (world.output / "prepared.json").write_text(other)
    (path,) = world.output.glob("alpha-*.json")
    code, _, err = publish()
    assert code == 1 and f"{path.name} is of another proposal or another base" in err


def test_a_branch_that_moved_between_look_and_push(
    world: World, prepare: Command, publish: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matrix_updates.publish.remote import Remote

    for name in ("alpha", "beta"):
        world.releases(name, "1.1")
    prepare()
    publish()
    branch = world.branch("alpha")
    world.commit("Main moves on", {"README.md": "more\n"})
    prepare()
    look = Remote.branches

    def looks_too_early(self: Remote, prefix: str) -> object:
        found = look(self, prefix)
        clone = world.clone(branch)
        world.git("commit", "--quiet", "--allow-empty", "-m", "Mine", folder=clone)
        world.git("push", "--quiet", "origin", branch, folder=clone)
        return found

    monkeypatch.setattr(Remote, "branches", looks_too_early)
    code, out, err = publish()
    assert code == 3
    assert f"somebody pushed to {branch} meanwhile" in err and "beta-" in out
    remote = world.room / "remote.git"
    assert world.git("log", "-1", "--format=%s", branch, folder=remote) == "Mine"


def test_no_forge_command_line(
    world: World, prepare: Command, publish: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.releases("alpha", "1.1")
    prepare()
    git = shutil.which("git")
    assert git is not None
    bare = world.room / "bare"
    bare.mkdir()
    os.symlink(git, bare / "git")
    monkeypatch.setenv("PATH", str(bare))
    code, _, err = publish()
    assert code == 1 and "`gh` is not installed" in err and "Nothing was pushed" in err
    assert not world.branches()
    code, _, err = publish("--forge", "glab")
    assert code == 1 and "`glab` is not installed" in err


def test_a_rate_limit_stops_and_the_next_run_takes_up(
    world: World, prepare: Command, publish: Command
) -> None:
    for name in ("alpha", "beta"):
        world.releases(name, "1.1")
    prepare()
    world.forge_fails(create="HTTP 403: You have exceeded a secondary rate limit")
    code, _, err = publish()
    assert code == 3
    assert "The next run takes up where this one stopped" in err
    assert "not published, because the forge takes no more requests for now" in err
    assert [call[1] for call in world.calls()] == ["list", "create"]
    world.forge_fails()
    code, out, _ = publish()
    assert (code, out.count("opened")) == (0, 2)


def test_a_forge_that_fails_for_one_holds_up_no_other(
    world: World, prepare: Command, publish: Command
) -> None:
    for name in ("alpha", "beta"):
        world.releases(name, "1.1")
    prepare()
    publish()
    world.releases("alpha", "1.2")
    world.releases("gamma", "1.2")
    prepare()
    world.forge_fails(edit="no such request")
    code, out, err = publish()
    assert code == 3 and "no such request" in err and "gamma-" in out and "opened" in out


def test_a_forge_that_cannot_list_changes_nothing(
    world: World, prepare: Command, publish: Command
) -> None:
    world.releases("alpha", "1.1")
    prepare()
    world.forge_fails(list="gh: not logged in")
    code, _, err = publish()
    assert code == 1 and "not logged in" in err
    assert not world.branches()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("limit = 3\n", "has no key 'limit': expected one of advisories, base"),
        ("open-at-once = 'many'\n", "open-at-once: expected a value like 10"),
        ("open-at-once = 0\n", "open-at-once: expected at least 1"),
        ("forge = 'hub'\n", "'hub' is neither gh nor glab"),
        ("branch-prefix = 'updates'\n", "branch-prefix: expected it to end with /"),
        ("branch-prefix = '../'\n", "is no name of a branch"),
        ("[tool.matrix-updates.groups]\nmain-lock = []\n", "'main-lock' is no name of a group"),
        ("[tool.matrix-updates.groups]\nweb = 'x'\n", "groups web: expected a list of texts"),
        ("advisories = 1\n", "advisories: expected a value like True"),
        ("ignored-locks = 7\n", "ignored-locks: expected a list of texts"),
        ("= \n", "pyproject.toml cannot be read"),
    ],
)
def test_a_configuration_that_cannot_be_used(
    world: World, prepare: Command, settings: str, told: str
) -> None:
    world.commit("Configure", {"pyproject.toml": f"[tool.matrix-updates]\n{settings}"})
    code, out, err = prepare()
    assert (code, out) == (1, "") and told in err
    assert not world.output.exists()


def test_a_configuration_with_a_byte_order_mark(world: World, prepare: Command) -> None:
    world.commit("Configure", {"pyproject.toml": "\ufeff[tool.matrix-updates]\n"})
    code, out, err = prepare()
    assert (code, out) == (1, "") and "pyproject.toml begins with a byte-order mark" in err


def test_no_repository_no_branch_no_pants(
    world: World, run: Command, prepare: Command, tmp_path: Path
) -> None:
    code, _, err = run("canary", "--repository", tmp_path)
    assert code == 1 and "is in no git repository" in err
    code, _, err = prepare("--base", "trunk")
    assert code == 1 and "there is no 'trunk'" in err
    settings = '[tool.matrix-updates]\npants = "./nowhere"\n'
    world.commit("Configure", {"pyproject.toml": settings})
    code, _, err = prepare()
    assert code == 1 and "./nowhere cannot be started" in err
    assert not world.output.exists()


def test_a_lock_that_cannot_be_made_leaves_the_others(world: World, prepare: Command) -> None:
    world.today["locks"] = {
        "black": {"crash": "black.lock cannot be made: no release of click"},
        "mypy": {"files": {"3rdparty/mypy.lock": lock(mypy="1.2")}},
    }
    world.save()
    code, _, err = prepare()
    assert code == 3 and "black: failed: " in err and "no release of click" in err
    text = (world.output / "tool-locks.md").read_text()
    assert text.startswith("# Re-pin mypy.lock\n")
    assert "`black could not be updated, and is not part of this`" in text


def test_it_is_a_program(world: World) -> None:
    """With a usage error's own exit code, as argparse has it."""
    command = [sys.executable, "-m", "matrix_updates"]
    env = {**os.environ, "PYTHONPATH": _PYTHONPATH}
    done = subprocess.run([*command, "prepare"], env=env, capture_output=True, text=True)
    assert done.returncode == 2 and "--output" in done.stderr
    done = subprocess.run([*command, "--version"], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()[0]) == (0, "matrix-updates")


def test_publish_leaves_a_dirty_checkout_as_it_is(
    world: World, prepare: Command, publish: Command
) -> None:
    world.releases("alpha", "1.1")
    prepare()
    world.write({"pants.toml": "# half an idea\n"})
    assert publish()[0] == 0
    assert world.git("status", "--porcelain") == "M pants.toml"
    assert world.git("for-each-ref", "refs/matrix-updates") == ""


def test_a_clone_without_history_is_told_what_it_lacks(
    world: World, prepare: Command, publish: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.releases("alpha", "1.1")
    prepare()
    world.commit("Main moves on", {"README.md": "more\n"})
    shallow = world.room / "shallow"
    remote = f"file://{world.room / 'remote.git'}"
    world.git("clone", "--quiet", "--depth=1", remote, str(shallow), folder=world.room)
    monkeypatch.chdir(shallow)
    code, _, err = publish()
    assert code == 1 and "fetch all of the base branch's history" in err
    assert not world.branches()
