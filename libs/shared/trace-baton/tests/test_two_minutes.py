"""The example of the README, run as it is written there, but for the port."""

import re
import shlex
from pathlib import Path
from typing import List

from baton_testing.loopback import HOST, fetch, free_port
from baton_testing.programs import console_script

README = Path(__file__).parents[1] / "README.md"


def blocks(section: str, language: str) -> List[str]:
    """Return the section's blocks of code in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.M | re.S)


def test_the_example_does_what_it_says(tmp_path: Path) -> None:
    section = README.read_text().partition("## In two minutes")[2].partition("\n## ")[0]
    section = section.replace("8000", str(free_port()))
    (code,) = blocks(section, "python")
    needed, serving, working, calling = blocks(section, "sh")
    answer, served, worked = (block.splitlines() for block in blocks(section, "text"))
    name = code.splitlines()[0].partition("# ")[2]
    (tmp_path / name).write_text(code)
    with console_script(serving, tmp_path) as application, console_script(
        working, tmp_path
    ) as worker:
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
