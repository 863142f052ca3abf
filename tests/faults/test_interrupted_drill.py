"""A drill that is ended before its time tells what it has found until then."""

from __future__ import annotations

import os
import re
import signal
import subprocess

import fault_drill
from drill.commands import python, python_path


def test_whoever_ends_it_has_the_table() -> None:
    process = subprocess.Popen(
        python(fault_drill.__name__, "--commands=plan", "--faults=kill", "--minutes=5"),
        env={**os.environ, **python_path()},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        # The line of the first fault.
        if line.startswith("plan ") and " s  " in line and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            break
    lines += process.stdout.readlines()
    assert process.wait() == 128 + signal.SIGTERM
    assert any(line.startswith("command ") for line in lines), lines
    assert re.fullmatch(r"\d+ faults, \d+ of them kills; 0 amiss\n", lines[-1]), lines
