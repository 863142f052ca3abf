"""Says, as JSON, which environments a tox configuration has: `read_tox.py PATH [PLUGIN...]`.

tox loads the file, so that factors, substitutions and requirements files mean what they mean to it; no
environment is made and no interpreter looked for. PATH is relative to the working directory, which
stands for the root of the repository. Of the plugins named, that they are not there is no error.

What the configuration wants to know of the machine is no part of it: a variable of the environment
that has no default stays in the text as a word of its own, and what holds that word is unknown.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import sys
from pathlib import Path
from typing import Any, Iterator, List, Set

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from tox.config.sets import EnvConfigSet
from tox.config.types import Command
from tox.report import HandledError
from tox.run import setup_state
from tox.session.state import State
from tox.tox_env.errors import Fail
from tox.tox_env.python.api import Python
from tox.tox_env.python.dependency_groups import resolve
from tox.tox_env.python.pip.req.file import RequirementsFile
from tox.tox_env.python.pip.req_file import PythonDeps
from tox.version import version

# `{env:NAME}` with no default, the reference that only the machine can resolve.
_VARIABLE = re.compile(r"\{env:([A-Za-z_]\w*)\}")
_UNKNOWN = "__UNKNOWN_VARIABLE_{}__"
_UNKNOWN_NAME = re.compile(r"__UNKNOWN_VARIABLE_(\w+?)__")
_FILE_OPTION = re.compile(r"(-r|--requirement|-c|--constraint)[ =]?\s*(.+)")


class Unreadable(Exception):
    """The text says what is wrong with the configuration."""


class Lacking(Exception):
    """The arguments are the files, relative to the root, that have to be there."""


def read(path: str, without: frozenset[str]) -> dict[str, object]:
    """The environments of a configuration; raises Unreadable."""
    root = Path.cwd()
    text = _text(root / path)
    for name in _VARIABLE.findall(text):
        os.environ[name] = _UNKNOWN.format(name)
    try:
        state = setup_state(["-c", path, "list"])
        notes = list(_required(state, without))
        # Only to iterate over all tells tox of sections that stand for several environments.
        defined = list(state.conf)
        listed = list(state.conf.core["env_list"])
    except (HandledError, configparser.Error, Fail, ValueError, TypeError, KeyError) as error:
        raise Unreadable(_relative(str(error), root)) from None
    further = [name for name in defined if name not in listed and _has_section(state, name)]
    if further:
        more = f" and {len(further) - 5} more" if len(further) > 5 else ""
        reason = "not in env_list: tox runs them only when it is asked to"
        notes.append((", ".join(further[:5]) + more, reason))
    wants: set[str] = set()
    environments = []
    for name in listed:
        try:
            environments.append(_environment(state, name, root))
        except Lacking as lacking:
            wants.update(lacking.args)
    return {
        "reader": f"tox {version}",
        "wants": sorted(wants),
        "notes": notes,
        "environments": environments,
    }


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8: {error.reason} at byte {error.start}") from None


def _required(state: State, without: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Notes on what tox would install beside itself; raises Unreadable for unknown plugins."""
    core = state.conf.core
    core.add_config("requires", List[Requirement], [], "what runs tox")
    for requirement in core["requires"]:
        name = canonicalize_name(requirement.name)
        line = f"requires: {requirement}"
        if name == "tox":
            if not requirement.specifier.contains(version, prereleases=True):
                yield line, f"it was read by tox {version}"
        elif "tox" not in name.split("-"):
            yield line, "it says how tox makes environments, and uv makes those of cells"
        elif name in without:
            yield line, "read without this plugin"
        else:
            raise Unreadable(
                f"it is made for the plugin {name}, which is not there; if that changes neither "
                f"the environments nor what is in them, go on with --without-plugins={name}"
            )


def _has_section(state: State, name: str) -> bool:
    section, _, _ = state.conf._src.get_tox_env_section(name)
    return state.conf._src.get_loader(section, {}) is not None


def _environment(state: State, name: str, root: Path) -> dict[str, object]:
    """One environment, as tox configures it; raises Lacking, Unreadable."""
    conf = state.conf.get_env(name)
    tox_root = state.conf.core["tox_root"]
    _define(conf, name, tox_root)
    try:
        deps, commands, folder = conf["deps"].lines(), conf["commands"], conf["change_dir"]
        groups, extras = sorted(conf["dependency_groups"]), sorted(conf["extras"])
        variables = {key: conf["set_env"].load(key) for key in sorted(conf["set_env"])}
        pythons = conf["base_python"]
    except (HandledError, Fail, ValueError, TypeError, KeyError) as error:
        raise Unreadable(f"environment {name}: {_relative(str(error), root)}") from None
    requirements, dropped = _requirements(deps, groups, tox_root, root)
    settings = sorted({key for loader in conf.loaders for key in loader.found_keys()})
    return {
        "name": name,
        "factors": name.split("-"),
        "python": pythons[0] if pythons else None,
        "requirements": requirements,
        "dropped": dropped,
        "variables": [
            [key, _relative(_known(value), root)]
            for key, value in variables.items()
            if key != "PYTHONIOENCODING"
        ],
        "extras": extras,
        "settings": settings,
        "folder": _relative(str((tox_root / folder)), root) or ".",
        "commands": [
            [_rooted(_known(argument), root) for argument in command.args] for command in commands
        ],
    }


def _define(conf: EnvConfigSet, name: str, tox_root: Path) -> None:
    """Registers what is read of an environment, as tox and its plugins do."""

    def deps(raw: Any) -> PythonDeps:
        return PythonDeps(raw, tox_root)

    try:
        python = Python.extract_base_python(name)
    except ValueError as error:
        raise Unreadable(f"environment {name}: {error}") from None
    conf.add_constant(["env_name", "envname"], "its name", name)
    conf.add_config("deps", PythonDeps, PythonDeps("", tox_root), "requirements", factory=deps)
    conf.add_config("dependency_groups", Set[str], set(), "more requirements (PEP 735)")
    conf.add_config("extras", Set[str], set(), "those of the project itself")
    conf.add_config("commands", List[Command], [], "the tests")
    conf.add_config(["change_dir", "changedir"], Path, tox_root, "where commands run")
    conf.add_config(
        ["base_python", "basepython"], List[str], [python] if python else [], "its interpreter"
    )


def _requirements(
    deps: list[str], groups: list[str], tox_root: Path, root: Path
) -> tuple[list[str], list[tuple[str, str]]]:
    """PEP 508 requirements, and the lines that are none, each with the reason.

    Raises Lacking if a requirements file, or what it includes, has to be there first.
    """
    found: list[str] = []
    dropped: list[tuple[str, str]] = []
    for line in deps:
        known = _known(line.strip())
        if not known:
            continue
        shown = _relative(known, root)
        if variables := re.findall(r"\{env:(\w+)\}", known):
            dropped.append((shown, f"only the machine knows {', '.join(variables)}"))
        elif option := _FILE_OPTION.fullmatch(known):
            if option[1] in ("-c", "--constraint"):
                dropped.append((shown, "a constraint is no requirement: a rule would install it"))
                continue
            included = tox_root / option[2].replace("\\ ", " ")
            lacking = [path for path in _includes(included) if not path.is_file()]
            if lacking:
                raise Lacking(*(_relative(str(path), root) for path in lacking))
            try:
                inside = RequirementsFile(included, constraint=False).requirements
            except (ValueError, OSError, SystemExit) as error:
                dropped.append((shown, f"the file cannot be read: {_relative(str(error), root)}"))
                continue
            for each in inside:
                if each.options.get("constraint") or str(each).startswith("-c "):
                    continue
                _sort_out(_relative(str(each.requirement), root), shown, found, dropped)
        else:
            _sort_out(known, "", found, dropped)
    if groups:
        pyproject = tox_root / "pyproject.toml"
        if not pyproject.is_file():
            raise Lacking(_relative(str(pyproject), root))
        try:
            for line in sorted(map(str, resolve(tox_root, set(groups)))):
                _sort_out(line, "", found, dropped)
        except (Fail, ValueError, KeyError) as error:
            dropped.append((f"dependency_groups: {', '.join(groups)}", str(error).strip("'\"")))
    return found, dropped


def _sort_out(line: str, file: str, found: list[str], dropped: list[tuple[str, str]]) -> None:
    path = "://" in line or line.startswith((".", "/", "-e")) or "/" in line.partition("@")[0]
    shown = f"{line} ({file})" if file and not path else line
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        what = "a path or an archive" if path else "no requirement (PEP 508)"
        dropped.append((shown, f"{what}: it names no release of the index"))
        return
    if requirement.url:
        dropped.append((shown, "a path or an archive: it names no release of the index"))
    else:
        found.append(str(requirement))


def _includes(path: Path, seen: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """A requirements file and those it includes, as far as they are there."""
    yield path
    if path in seen or not path.is_file():
        return
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if option := _FILE_OPTION.fullmatch(line.partition(" #")[0].strip()):
            if "://" not in option[2]:
                yield from _includes(path.parent / option[2], seen | {path})


def _known(text: str) -> str:
    """The text, with what the machine alone could say as tox would write it."""
    return _UNKNOWN_NAME.sub(lambda match: f"{{env:{match[1]}}}", text)


def _rooted(argument: str, root: Path) -> str:
    """An argument; a path in the repository begins with a slash, as if that were all there is."""
    return argument.replace(f"{root}/", "/").replace(str(root), "/")


def _relative(text: str, root: Path) -> str:
    """A text, without where the repository lies."""
    return text.replace(f"{root}/", "").replace(str(root), ".")


def main(arguments: list[str]) -> int:
    path, *without = arguments
    try:
        told = read(path, frozenset(map(canonicalize_name, without)))
    except Unreadable as error:
        told = {"error": " ".join(str(error).split())}
    sys.stdout.write(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
