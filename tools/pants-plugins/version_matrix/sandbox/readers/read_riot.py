"""Says, as JSON, which environments a riotfile has: `read_riot.py PATH`.

riot expands the file, which is a Python program and is run for that. PATH is relative to the working
directory, which stands for the root of the repository.
"""

from __future__ import annotations

import io
import json
import os
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import version
from typing import Any

from riot import Session


class Unreadable(Exception):
    """The text says what is wrong with the file."""


def read(path: str) -> dict[str, object]:
    """The environments of a riotfile; raises Unreadable."""
    folder = os.path.dirname(path) or "."
    noise = io.StringIO()
    try:
        with redirect_stdout(noise), redirect_stderr(noise):
            session = Session.from_config_file(path)
            instances = list(session.venv.instances())
    except (Exception, SystemExit) as error:
        cause = error.__cause__ or error
        raise Unreadable(f"it cannot be run: {type(cause).__name__}: {cause}{_line(cause, path)}")
    if not instances or not any(instance.command for instance in instances):
        raise Unreadable("it has no `venv` with a command in it")
    return {
        "reader": f"riot {version('riot')}",
        "wants": [],
        "notes": [],
        "environments": [
            _environment(instance, number, folder)
            for number, instance in enumerate(instances)
            if instance.command
        ],
    }


def _line(error: BaseException, path: str) -> str:
    """Where in the file an error comes from."""
    line, trace = getattr(error, "lineno", None), error.__traceback__
    while trace is not None:
        if os.path.abspath(trace.tb_frame.f_code.co_filename) == os.path.abspath(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f" (line {line})" if line else ""


def _environment(instance: Any, number: int, folder: str) -> dict[str, object]:
    packages: dict[str, str] = {}
    for each in _lineage(instance):
        packages.update(each.pkgs)
    python = instance.py and instance.py._hint
    name = instance.name or "unnamed"
    return {
        "name": f"{name}#{number + 1}",
        "factors": [name],
        "python": python,
        "requirements": [f"{project}{limits}" for project, limits in packages.items()],
        "dropped": [],
        "variables": sorted(instance.env.items()),
        "extras": [],
        "settings": [],
        "folder": folder,
        "commands": [_words(part) for part in instance.command.split("&&")],
    }


def _lineage(instance: Any) -> list[Any]:
    lineage = [instance]
    while lineage[0].parent is not None:
        lineage.insert(0, lineage[0].parent)
    return lineage


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    return [word for word in words if word != "{cmdargs}"]


def main(arguments: list[str]) -> int:
    try:
        told = read(arguments[0])
    except Unreadable as error:
        told = {"error": " ".join(str(error).split())}
    sys.stdout.write(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
