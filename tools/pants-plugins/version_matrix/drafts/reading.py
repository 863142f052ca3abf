"""The readers of tox and riot: which of them reads a file, and how it is run."""

from __future__ import annotations

import json
import pkgutil
import posixpath
from dataclasses import dataclass
from typing import Iterable, Union

from pants.backend.python.util_rules.pex import VenvPexProcess
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.drafts.requests import Readout, ReadoutRequest
from version_matrix.tools.subsystems import RiotReader, ToxReader
from version_matrix.tools.tool_installation import ToolInstallationError

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
            "what a session of nox installs is known only when it runs: write the stanza by hand, "
            "docs/moving-in.md in the plugin's repository says how"
        )
    if name.endswith((".ini", ".cfg", ".toml")):
        return Reader(tox, "read_tox.py")
    if name.endswith(".py"):
        return Reader(riot, "read_riot.py")
    raise UnreadableSource(
        "no tool reads such a file: expected tox.ini, tox.toml, pyproject.toml or setup.cfg with a "
        "configuration of tox, or a riotfile.py"
    )


async def _content(path: str) -> bytes:
    """The file at a path of the repository; raises UnreadableSource."""
    if posixpath.isabs(path) or path.startswith(".."):
        raise UnreadableSource("expected a path from the root of the repository")
    content = (await engine.read_files([path])).get(path)
    if content is None:
        raise UnreadableSource("there is no such file, or [GLOBAL].pants_ignore hides it")
    return content


async def _read_out(reader: Reader, request: ReadoutRequest, content: bytes) -> bytes:
    """What the reader tells of a file, given the files that it asks for; raises UnreadableSource."""
    path, tool = request.path, reader.tool
    script = pkgutil.get_data("version_matrix", f"sandbox/readers/{reader.script}")
    assert script is not None
    pex = await engine.venv_pex(
        tool.to_pex_request(interpreter_constraints=tool.interpreter_constraints)
    )
    files = {path: content, f"{_FOLDER}/{reader.script}": script}
    for _ in range(_ROUNDS):
        done = await engine.attempt_tool(
            VenvPexProcess(
                pex,
                argv=(f"{_FOLDER}/{reader.script}", path, *request.without),
                # Settings of the user are none of the project.
                extra_env={"PEX_INTERPRETER": "1", "TOX_USER_CONFIG_FILE": "none"},
                input_digest=await engine.digest_of(files),
                description=f"Read {path} by {tool.name}",
                level=LogLevel.DEBUG,
            )
        )
        if done.exit_code != 0:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            raise UnreadableSource(f"{tool.name} fails at it: {lines[-1] if lines else 'silently'}")
        told = json.loads(done.stdout)
        if "error" in told:
            raise UnreadableSource(told["error"])
        if not told["wants"]:
            return done.stdout
        found = await engine.read_files(told["wants"])
        lacking = sorted(set(told["wants"]) - set(found))
        if lacking:
            raise UnreadableSource(f"it includes {', '.join(lacking)}, and there is no such file")
        files.update(found)
    raise UnreadableSource(f"the files that it includes do so more than {_ROUNDS} deep")


@rule(level=LogLevel.DEBUG)
async def read_source(request: ReadoutRequest, tox: ToxReader, riot: RiotReader) -> Readout:
    try:
        content = await _content(request.path)
        reader = reader_of(request.path, tox, riot)
        return Readout(told=await _read_out(reader, request, content))
    except (UnreadableSource, ToolInstallationError) as error:
        return Readout(error=str(error))


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
