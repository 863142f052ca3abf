"""`matrix-updates prepare` and `publish`, with a Pants and a forge that only say what they are told."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from drill.blows import Parts
from drill.commands import Command, files_parts, python
from drill.index import Index
from drill.sampler import index_environment
from drill.small_disk import Disk
from drill.striking import run
from updates_world import World, environment, make_world


def preparing(disk: Disk, index: Index) -> Command:
    """Proposals of one suite stand; news of another is prepared."""
    room = disk.folder
    world = _world(room)
    world.releases("alpha", "2.0")
    command = _command(disk, index, world, "prepare", "--advisories=off")
    _succeed(command)
    kept = _keep(room)
    world.releases("beta", "3.0")
    today = (world.room / "today.json").read_bytes()

    def reset() -> None:
        _put_back(kept, room)
        (world.room / "today.json").write_bytes(today)

    return replace(command, reset=reset)


def publishing(disk: Disk, index: Index) -> Command:
    """Two proposals that nobody has published yet."""
    room = disk.folder
    world = _world(room)
    world.releases("alpha", "2.0")
    world.releases("beta", "3.0")
    _succeed(_command(disk, index, world, "prepare", "--advisories=off"))
    kept = _keep(room)
    command = _command(disk, index, world, "publish", str(world.output))
    return replace(
        command,
        written=room / "world/remote.git/refs/heads/matrix-updates",
        reset=lambda: _put_back(kept, room),
        state=lambda: _published(world),
        # Branch by branch, and a request after its branch.
        whole=False,
        # What the other of two had already published is told, and no failure of everything.
        done=(0, 3),
    )


def _world(room: Path) -> World:
    (room / "world").mkdir()
    (room / "temporary").mkdir()
    world = make_world(room / "world")
    return world


def _command(disk: Disk, index: Index, world: World, *arguments: str) -> Command:
    output = () if arguments[0] == "publish" else ("--output", str(world.output))
    return Command(
        argv=(*python("matrix_updates", *arguments), *output),
        environment={
            **index_environment(index),
            **environment(world),
            "TMPDIR": str(disk.folder / "temporary"),
        },
        folder=world.checkout,
        disk=disk,
        written=world.output,
        reset=lambda: None,
        state=lambda: _prepared(world),
        left_behind=lambda: _litter(world),
    )


def _succeed(command: Command) -> None:
    ended = run(command)
    if ended.status not in command.done:
        raise SystemExit(f"{command.argv}, without any fault: {ended.said}")


def _prepared(world: World) -> Parts:
    """What stands in the folder of proposals, and what a person sees of the checkout.

    The bundle is told by what `prepared.json` says that it is: git may pack the same differently.
    """
    found = dict(files_parts(world.output, volatile=(r"\{[^{}]*updates\.bundle[^{}]*\}",)))
    bundle = found.pop("updates.bundle", "")
    if bundle:
        (told,) = [
            each["sha256"]
            for each in json.loads((world.output / "prepared.json").read_text())["files"]
            if each["name"] == "updates.bundle"
        ]
        found["bundle"] = str(told == bundle)
    return {**found, "checkout": _checkout(world)}


def _published(world: World) -> Parts:
    """The branches of the remote, the requests of the forge, and the checkout."""
    branches = {f"branch {name}": world.head(name) for name in world.branches()}
    requests = {
        f"request {each['headRefName']}": f"{each['state']} {_digest(each['body'])}"
        for each in world.forge["requests"]
    }
    # Two requests of a branch would be one entry.
    number = {f"{len(requests)} requests": str(len(world.forge["requests"]))} if requests else {}
    twice = number if len(requests) != len(world.forge["requests"]) else {}
    return {**branches, **requests, **twice, "checkout": _checkout(world)}


def _checkout(world: World) -> str:
    told = [
        world.git("status", "--porcelain"),
        world.git("branch", "--list"),
        world.git("fsck", "--no-dangling"),
    ]
    return _digest("\n".join(told))


def _litter(world: World) -> str:
    """What a run that succeeded leaves besides its result."""
    found = [str(p) for p in world.room.glob(".proposals-*")]
    found += world.git("worktree", "list").splitlines()[1:]
    found += world.git("for-each-ref", "--format=%(refname)", "refs/matrix-updates").splitlines()
    return ", ".join(found)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _keep(room: Path) -> Path:
    # Beside the small disk: it is no part of what fills it.
    kept = room.with_name(f"{room.name}-kept")
    shutil.copytree(room, kept, symlinks=True)
    return kept


def _put_back(kept: Path, room: Path) -> None:
    for path in room.iterdir():
        subprocess.run(("rm", "-rf", str(path)), check=True)
    shutil.copytree(kept, room, symlinks=True, dirs_exist_ok=True)
