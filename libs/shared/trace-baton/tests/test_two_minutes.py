"""The example of the README, run as it is written there, but for the port."""

import os
import re
import shlex
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import List

from baton_testing.loopback import HOST, fetch, free_port
from baton_testing.programs import Program

README = Path(__file__).parents[1] / "README.md"


def blocks(section: str, language: str) -> List[str]:
    """Return the section's blocks of code in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.M | re.S)


def start(command: str, folder: Path) -> Program:
    """Run a command in a folder, by the program that its package would put on the path."""
    name, *arguments = shlex.split(command)
    (script,) = entry_points(group="console_scripts", name=name)
    code = f"import sys; from {script.module} import {script.attr} as main; sys.exit(main())"
    path = os.pathsep.join(map(os.path.abspath, sys.path))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
    return Program([sys.executable, "-c", code, *arguments], cwd=folder, env=environment)


def test_the_example_does_what_it_says(tmp_path: Path) -> None:
    section = README.read_text().partition("## In two minutes")[2].partition("\n## ")[0]
    section = section.replace("8000", str(free_port()))
    (code,) = blocks(section, "python")
    needed, serving, working, calling = blocks(section, "sh")
    answer, served, worked = (block.splitlines() for block in blocks(section, "text"))
    name = code.splitlines()[0].partition("# ")[2]
    (tmp_path / name).write_text(code)
    with start(serving, tmp_path) as application, start(working, tmp_path) as worker:
        assert application.says(f"http://{HOST}:"), application.output
        *_, header, url = shlex.split(calling)
        field, _, value = header.partition(": ")
        response = fetch(url, [(field, value)])
        assert [
            f"x-request-id: {response.headers['x-request-id']}",
            response.body.decode(),
        ] == answer
        for program, lines in ((application, served), (worker, worked)):
            for line in lines:
                assert program.says(line), program.output
    (extras,) = re.findall(r"trace-baton\[(.*?)\]", needed)
    (installed,) = re.findall(r"trace_baton\.install\((.*?)\)", code)
    assert {*extras.split(","), "logging"} == set(re.findall(r"\w+", installed))
