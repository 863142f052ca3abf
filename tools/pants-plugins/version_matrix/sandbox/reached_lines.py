"""Reads what tests reached, and reports what all of them have; runs where coverage is installed.

    reached_lines.py read FOLDER...     each holds a `.coverage`: a JSON list of path -> lines
    reached_lines.py report CONFIG      path -> lines from `lines.json`: LCOV, on standard output

The sources that a report is of lie where their paths say; what of them has no line is not reached.
"""

import importlib
import json
import os.path
import sys
from typing import Any, Mapping, Sequence


def coverage() -> Any:
    """Installed where this runs, and not where it is checked."""
    return importlib.import_module("coverage")


def read(folder: str) -> "dict[str, list[int]]":
    """Path -> lines of one data file, whose paths are relative to the root.

    Some Pythons say of an empty module that its line 0 was reached.
    """
    data = coverage().CoverageData(basename=os.path.join(folder, ".coverage"))
    data.read()
    return {
        path: sorted(line for line in data.lines(path) or () if line > 0)
        for path in sorted(data.measured_files())
    }


def report(lines: "Mapping[str, Sequence[int]]", config: str) -> str:
    """The report of these lines, over the sources that are there."""
    data = coverage().CoverageData(basename="merged")
    there = {path: reached for path, reached in lines.items() if os.path.isfile(path)}
    data.add_lines(there)
    data.touch_files(sorted(set(there)))
    data.write()
    measured = coverage().Coverage(data_file="merged", config_file=config)
    measured.load()
    try:
        # What cannot be parsed has no lines to reach, and says so where it is imported.
        measured.lcov_report(outfile="lcov.info", ignore_errors=True)
    except importlib.import_module("coverage.exceptions").NoDataError:
        return ""
    with open("lcov.info", encoding="utf-8") as file:
        return file.read()


def main(arguments: "list[str]") -> None:
    command, *rest = arguments
    if command == "read":
        print(json.dumps([read(folder) for folder in rest]))
        return
    with open("lines.json", encoding="utf-8") as file:
        print(report(json.load(file), *rest), end="")


if __name__ == "__main__":
    main(sys.argv[1:])
