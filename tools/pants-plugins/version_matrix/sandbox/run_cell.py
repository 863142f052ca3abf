"""Runs pytest in a cell's virtual environment.

    run_cell.py [--sources=FOLDER]... [--linked=FOLDER] [--expect-failure] -- ARGUMENTS...

With `--expect-failure` a failing run exits 0 and a passing one exits 1: a known failure is listed
strictly, and an expected result is cached whatever it is. A run whose arguments leave tests out
proves nothing of the cell by passing, and its JUnit file says what was selected; what pytest's
configuration in the repository leaves out is no part of the cell. With `--linked` the run fails if it
changed a file of that environment that other cells have as well. Runs on every Python of a matrix
(3.6 and later), so it is written for the oldest.
"""

import argparse
import os
import re
import sys
from typing import Any, Mapping, Optional

# https://docs.pytest.org/en/stable/reference/exit-codes.html
_PASSED = 0
_FAILED = 1
_MISUSED = 4
_NO_TESTS = 5

_SELECTING = re.compile(r"-\w*[km]|--(deselect|lf|last-failed|sw|stepwise)\b")
"""Arguments of pytest that leave tests out."""

# Files of this size Pants links from its store, and marks as used by their time.
_LARGE = 512 * 1024

_SPOILED = """\
{} was written into while this cell ran. It is installed once for all cells; a package may write new
files beside its own, but not change them. Other cells see the change until Pants' daemon is restarted
(`kill` the process id in .pids/*/pantsd/pid). As another user than root it would have been refused.
"""


def put_first(sources: "list[str]") -> None:
    """Lets first-party sources win over packages; this script's folder is no place to import from."""
    folders = [os.path.abspath(folder) for folder in sources]
    others = [os.path.dirname(os.path.abspath(__file__)), *folders]
    sys.path[:] = folders + [entry for entry in sys.path if os.path.abspath(entry) not in others]


class Witness:
    """A plugin of pytest that sees how far a run came, and how many tests its arguments left out."""

    def __init__(self, arguments: "list[str]") -> None:
        self.conftests_loaded = False
        self.deselected = 0
        self._selects = any(_SELECTING.match(argument) for argument in arguments)

    def pytest_report_header(self) -> "list[str]":
        return header(os.environ)

    def pytest_load_initial_conftests(self) -> None:
        self.conftests_loaded = True

    def pytest_deselected(self, items: "list[object]") -> None:
        if self._selects:
            self.deselected += len(items)

    def pytest_collection_finish(self, session: Any) -> None:
        if not self.deselected:
            return
        for plugin in session.config.pluginmanager.get_plugins():
            # Of pytest's own; the one that writes JUnit files has no name to ask for.
            if hasattr(plugin, "add_global_property"):
                plugin.add_global_property("selection", selection(session.config, self.deselected))


def header(variables: "Mapping[str, str]") -> "list[str]":
    """What the cell runs, for the head of pytest's output; nothing outside of a matrix."""
    if "MATRIX_VERSION" not in variables:
        return []
    sample = "{} {}".format(variables.get("MATRIX_PACKAGE", ""), variables["MATRIX_VERSION"])
    told = [sample.strip()]
    for axis in filter(None, variables.get("MATRIX_AXES", "").split(",")):
        name = "MATRIX_VERSION_" + axis.replace("-", "_").upper()
        told.append("{} {}".format(axis, variables.get(name, "")))
    return ["matrix: {} on Python {}".format(" with ".join(told), variables["MATRIX_PYTHON"])]


def selection(config: Any, deselected: int) -> str:
    """What chose the tests: the arguments, or how many something else left out."""
    given = [("-k", config.getoption("keyword", "")), ("-m", config.getoption("markexpr", ""))]
    told = " ".join("{} {}".format(option, value) for option, value in given if value)
    return told or "{} left out".format(deselected)


def rewritten(prefix: str) -> "Optional[str]":
    """A file of a package in this environment that was written into since it was linked there."""
    made = os.stat(os.path.join(prefix, "pyvenv.cfg")).st_mtime
    for folder, _, names in os.walk(os.path.join(prefix, "lib")):
        for name in names:
            found = os.lstat(os.path.join(folder, name))
            if found.st_nlink > 1 and found.st_mtime > made and found.st_size < _LARGE:
                return os.path.relpath(os.path.join(folder, name), prefix)
    return None


def verdict(status: int, expect_failure: bool, witness: Witness) -> int:
    """The exit status of the cell, given pytest's."""
    if not expect_failure or status == _NO_TESTS:
        return status
    if status == _MISUSED and witness.conftests_loaded:
        # Wrong arguments, and no test has failed. (A conftest that fails is misuse to pytest.)
        return status
    if status != _PASSED:
        return _PASSED
    if witness.deselected:
        sys.stderr.write("What was selected of this cell, a known failure, passes.\n")
        return _PASSED
    sys.stderr.write("This cell is listed as a known failure, but it passes.\n")
    return _FAILED


def main(argv: "list[str]") -> int:
    split = argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("--sources", action="append", default=[])
    parser.add_argument("--linked")
    parser.add_argument("--expect-failure", action="store_true")
    options = parser.parse_args(argv[:split])
    put_first(options.sources)

    # The cell's own pytest, not the plugin's.
    import pytest  # pants: no-infer-dep

    # After pytest's own, which imports them.
    pytest.hookimpl(trylast=True)(Witness.pytest_load_initial_conftests)
    arguments = argv[split + 1 :]
    witness = Witness(arguments)
    status = int(pytest.main(arguments, plugins=[witness]))
    # Such files are read-only, which keeps out everybody but root.
    spoiled = rewritten(options.linked) if options.linked and os.geteuid() == 0 else None
    if spoiled is not None:
        sys.stderr.write(_SPOILED.format(spoiled))
        return _FAILED
    return verdict(status, options.expect_failure, witness)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
