"""What a reader prints, as environments."""

from __future__ import annotations

import re
from typing import Any, Iterable, Iterator, Mapping, Tuple

from version_matrix.drafts.commands import options_of, paths_run
from version_matrix.drafts.model import Environment, LeftOut, Reading
from version_matrix.stanza.conditions import SuiteError
from version_matrix.stanza.suite import parse_requirement

_PYTHON = re.compile(r"(?:c?py(?:thon)?-?)?3\.?(\d+)(?:\.\d+)?", re.IGNORECASE)
# Cells of older Pythons cannot be run: version_matrix/sandbox is for 3.6 and later.
_OLDEST = 6
_OWN_VARIABLES = re.compile(
    r"(COVERAGE|PIP|PYTHONPATH|PYTHONDONTWRITEBYTECODE|TOX|UV|VIRTUALENV)(_.*)?"
)
_OPTIONS = (
    "which tests run is no part of a stanza: mark them in the tests, or name the files in `sources`"
)
_VARIABLE = "a path, or a variable of what makes environments: a cell has its own"
_UNKNOWN_VALUE = "only the machine, or an environment that was made, has its value"
# Settings of tox that say something of a cell, and why a stanza does not.
_SETTINGS: Mapping[str, str] = {
    "allowlist_externals": "a cell's PATH is its environment and the system's: `programs` says which of it tests want",
    "commands_post": "a cell runs pytest alone: clean up in a fixture",
    "commands_pre": "a cell runs pytest alone: prepare in a fixture; first-party code comes from the graph",
    "constrain_package_deps": "a cell's lock is one resolution of all that it holds",
    "depends": "cells depend on nothing, and run in any order",
    "extras": "what first-party code imports comes from the graph; an extra of your own is a requirement",
    "ignore_errors": "a cell runs pytest alone",
    "ignore_outcome": "a failure that is known is listed, with its reason, in `known_failures`",
    "install_command": "uv installs what the lock of a cell pins",
    "interrupt_timeout": "`timeout` is the field for a limit",
    "parallel_show_output": "`test --output` decides",
    "pass_env": "name the variables that tests need in `extra_env_vars`",
    "passenv": "name the variables that tests need in `extra_env_vars`",
    "pip_pre": "of the package itself the newest prerelease is tested if it is newer than the newest release",
    "platform": "cells run on the system that runs Pants; `[version-matrix].platforms` says what locks hold for",
    "whitelist_externals": "a cell's PATH is its environment and the system's: `programs` says which of it tests want",
}
# Those that were carried over, or mean nothing where no project is installed into an environment.
_CARRIED = frozenset(
    "base base_python basepython change_dir changedir commands dependency_groups deps description download env_dir"
    " envdir factors isolated_build labels no_package package package_env package_root recreate runner set_env"
    " setenv sitepackages skip_install skip_missing_interpreters skipsdist suicide_timeout system_site_packages"
    " terminate_timeout use_develop usedevelop wheel_build_env".split()
)


def reading_of(told: Mapping[str, Any]) -> Reading:
    """The environments that a reader told of, and what it or a stanza has no word for."""
    environments: list[Environment] = []
    left_out = [LeftOut(what, why) for what, why in told["notes"]]
    dropped: dict[Tuple[str, str], list[str]] = {}
    for entry in told["environments"]:
        python, why = _python(entry["python"])
        if why:
            dropped.setdefault(("environments", why), []).append(entry["name"])
            continue
        requirements, wrong = _requirements(entry["requirements"])
        paths, others = _paths(entry)
        environments.append(
            Environment(
                name=entry["name"],
                python=python,
                factors=tuple(entry["factors"]),
                requirements=requirements,
                paths=paths,
                variables=tuple(
                    (name, value) for name, value in entry["variables"] if _is_said(name, value)
                ),
            )
        )
        for what, why in (*entry["dropped"], *wrong, *others, *_unsaid(entry)):
            dropped.setdefault((what, why), []).append(entry["name"])
    left_out.extend(LeftOut(what, why, tuple(where)) for (what, why), where in dropped.items())
    return Reading(told["reader"], tuple(environments), tuple(left_out), tuple(told["wants"]))


def _python(named: "str | None") -> "Tuple[str | None, str]":
    """The minor version of an interpreter's name; or why it is none that a cell can run on."""
    if named is None or named in ("python", "python3", "py", "py3", "3"):
        return None, ""
    match = _PYTHON.fullmatch(named)
    if match is None:
        return None, f"cells run on releases of CPython from 3.{_OLDEST} on, and not on {named}"
    if int(match[1]) < _OLDEST:
        return None, f"cells run on CPython from 3.{_OLDEST} on"
    return f"3.{match[1]}", ""


def _requirements(lines: Iterable[str]) -> "Tuple[Tuple[str, ...], Tuple[Tuple[str, str], ...]]":
    found: dict[str, None] = {}
    wrong = []
    for line in lines:
        try:
            found[str(parse_requirement(line))] = None
        except SuiteError as error:
            wrong.append((line, str(error)))
    return tuple(found), tuple(wrong)


def _paths(entry: Mapping[str, Any]) -> "Tuple[Tuple[str, ...], Tuple[Tuple[str, str], ...]]":
    """The test paths of all commands, and what of the commands no stanza says."""
    paths: dict[str, None] = {}
    others = []
    for command in entry["commands"]:
        found = paths_run(command, entry["folder"])
        if found is None:
            others.append((" ".join(command), "a cell runs pytest alone"))
            continue
        paths.update(dict.fromkeys(found))
        others.extend((f"pytest {option}", _OPTIONS) for option in options_of(command))
    return tuple(paths), tuple(others)


def _is_said(name: str, value: str) -> bool:
    return not _OWN_VARIABLES.fullmatch(name) and "{" not in value


def _unsaid(entry: Mapping[str, Any]) -> Iterator[Tuple[str, str]]:
    for name, value in entry["variables"]:
        if not _is_said(name, value):
            yield f"set_env {name}", _UNKNOWN_VALUE if "{" in value else _VARIABLE
    for setting in entry["settings"]:
        if setting not in _CARRIED:
            yield setting, _SETTINGS.get(setting, "a stanza has no word for it")
