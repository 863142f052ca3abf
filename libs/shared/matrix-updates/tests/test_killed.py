"""`prepare` and `publish`, killed: the next run succeeds, and nothing of the killed one is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Callable, Tuple

import pytest

from matrix_updates.git import Git
from matrix_updates.prepare.output_folder import check_free
from matrix_updates.prepare.worktree import worktree
from updates_world import World

pytest_plugins = ["updates_fixtures"]

# Here, before a test goes elsewhere: Pants names source roots from where it starts.
_PYTHONPATH = os.pathsep.join(map(os.path.abspath, sys.path))

Command = Callable[..., Tuple[int, str, str]]

# As the program is, but for the moment at which the new folder would take its place.
_KILLED_IN_BETWEEN = """
import os, signal, sys
from matrix_updates import cli

rename = os.replace

def replace(source, target):
    if os.path.basename(source) == "made":
        os.kill(os.getpid(), signal.SIGKILL)
    rename(source, target)

os.replace = replace
cli.main()
"""

# And this one but for the moment at which the forge's program has started.
_KILLED_BESIDE_ITS_CHILD = """
import os, signal, subprocess
from matrix_updates import cli

communicate = subprocess.Popen.communicate

def killed(process, *args, **kwargs):
    if "create" in process.args:
        if process.stdin is not None:
            process.stdin.close()
        process.wait()
        os.kill(os.getpid(), signal.SIGKILL)
    return communicate(process, *args, **kwargs)

subprocess.Popen.communicate = killed
cli.main()
"""


def killed(world: World, *command: str, temporary: Path) -> None:
    """Runs Python, with the program in it, which is killed."""
    env = {**os.environ, "PYTHONPATH": _PYTHONPATH, "TMPDIR": str(temporary)}
    env.update(PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull)
    done = subprocess.run([sys.executable, *command], env=env, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def preparing(world: World) -> Tuple[str, ...]:
    return ("prepare", "--advisories=off", "--output", str(world.output))


@pytest.mark.parametrize("goal", ["matrix", "generate-matrix", "test"])
def test_its_worktree_is_taken_away_by_the_next(
    world: World, prepare: Command, tmp_path: Path, goal: str
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    world.releases("alpha", "1.1")
    world.today["killed_at"] = goal
    world.save()
    killed(world, "-m", "matrix_updates", *preparing(world), temporary=temporary)
    assert world.git("worktree", "list").count("\n") == 1
    del world.today["killed_at"]
    world.save()
    code, out, err = prepare()
    assert code == 0 and "1 proposals" in out, err
    assert world.git("worktree", "list").count("\n") == 0
    assert [path.name for path in temporary.glob("matrix-updates-*")] == []


def test_the_worktree_of_a_run_that_lives_stays(world: World, prepare: Command) -> None:
    git = Git(world.checkout)
    with worktree(git, "main") as tree:
        assert prepare()[0] == 0
        assert (tree.folder / "pants").is_file()


def test_what_it_had_set_aside_stands_again(world: World, prepare: Command, tmp_path: Path) -> None:
    world.releases("alpha", "1.1")
    assert prepare()[0] == 0
    before = {path.name: path.read_bytes() for path in world.output.iterdir()}
    world.releases("beta", "1.1")
    killed(world, "-c", _KILLED_IN_BETWEEN, *preparing(world), temporary=tmp_path)
    assert not world.output.exists()
    check_free(world.output)
    assert {path.name: path.read_bytes() for path in world.output.iterdir()} == before
    assert list(world.room.glob(".proposals-*")) == []


def test_a_request_that_it_was_opening_has_its_text(
    world: World, prepare: Command, publish: Command, tmp_path: Path
) -> None:
    world.releases("alpha", "1.1")
    assert prepare()[0] == 0
    killed(world, "-c", _KILLED_BESIDE_ITS_CHILD, "publish", str(world.output), temporary=tmp_path)
    (request,) = world.forge["requests"]
    assert request["body"].startswith("**Green**")
    code, out, err = publish()
    assert code == 0 and "is current" in out, err
    assert len(world.forge["requests"]) == 1
