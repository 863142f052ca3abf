"""Which tool reads which file, and how it is run."""

from __future__ import annotations

import json
import pkgutil
import posixpath
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Union

from pants.backend.python.util_rules.pex import VenvPexProcess
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.tools.subsystems import RiotReader, ToxReader

_FOLDER = "__reader"
# Requirements files that include one another are asked for one after the other.
_ROUNDS = 20


class UnreadableSource(Exception):
    """Nothing can be drafted of a file; the text says why."""


@dataclass(frozen=True)
class Reader:
    """A tool and the script of ours that asks it."""

    tool: Union[ToxReader, RiotReader]
    script: str


def reader_of(path: str, tox: ToxReader, riot: RiotReader) -> Reader:
    """The reader of a file, by its name; raises UnreadableSource for one that none reads."""
    name = posixpath.basename(path)
    if name == "noxfile.py":
        raise UnreadableSource(
            "what a session of nox installs is known only when it runs; docs/moving-in.md says how "
            "to go on"
        )
    if name.endswith((".ini", ".cfg", ".toml")):
        return Reader(tox, "read_tox.py")
    if name.endswith(".py"):
        return Reader(riot, "read_riot.py")
    raise UnreadableSource(
        "no tool reads such a file: expected tox.ini, tox.toml, pyproject.toml or setup.cfg with a "
        "configuration of tox, or a riotfile.py"
    )


async def read_out(
    path: str, content: bytes, reader: Reader, without: Iterable[str]
) -> Mapping[str, Any]:
    """What the reader tells of a file of the repository; raises UnreadableSource.

    It is given the files that it asks for, and no others.
    """
    script = pkgutil.get_data("version_matrix", f"sandbox/readers/{reader.script}")
    assert script is not None
    tool = reader.tool
    pex = await engine.venv_pex(
        tool.to_pex_request(interpreter_constraints=tool.interpreter_constraints)
    )
    files = {path: content, f"{_FOLDER}/{reader.script}": script}
    for _ in range(_ROUNDS):
        done = await engine.attempt_tool(
            VenvPexProcess(
                pex,
                argv=(f"{_FOLDER}/{reader.script}", path, *without),
                # Settings of the user are none of the project.
                extra_env={"PEX_INTERPRETER": "1", "HOME": ".", "TOX_USER_CONFIG_FILE": "none"},
                input_digest=await engine.digest_of(files),
                description=f"Read {path} by {tool.name}",
                level=LogLevel.INFO,
            )
        )
        if done.exit_code != 0:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            raise UnreadableSource(f"{tool.name} fails at it: {lines[-1] if lines else 'silently'}")
        told: Mapping[str, Any] = json.loads(done.stdout)
        if "error" in told:
            raise UnreadableSource(told["error"])
        if not told["wants"]:
            return told
        found = await engine.read_files(told["wants"])
        lacking = sorted(set(told["wants"]) - set(found))
        if lacking:
            raise UnreadableSource(f"it includes {', '.join(lacking)}, and there is no such file")
        files.update(found)
    raise UnreadableSource(f"the files that it includes do so more than {_ROUNDS} deep")
