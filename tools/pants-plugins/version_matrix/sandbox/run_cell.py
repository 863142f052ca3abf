"""Runs pytest in a cell: the packages of a lock, first-party sources, nothing else.

    run_cell.py [--environment=FOLDER]... [--sources=FOLDER]... [--expect-failure] -- ARGUMENTS...

With `--expect-failure` a failing run exits 0 and a passing one exits 1: a known failure is listed
strictly, and an expected result is cached whatever it is. Runs on every Python of a matrix (3.6
and later), so it is written for the oldest.
"""

import argparse
import os
import site
import sys

# https://docs.pytest.org/en/stable/reference/exit-codes.html
_PASSED = 0
_FAILED = 1
_NO_TESTS = 5


def expose(environments: "list[str]", sources: "list[str]") -> None:
    """Puts sources first and packages next, for this process and for those it starts."""
    folders = [os.path.abspath(folder) for folder in sources]
    packages = [os.path.abspath(folder) for folder in environments]
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != own]
    sys.path[:0] = folders + packages
    os.environ["PYTHONPATH"] = os.pathsep.join(folders + packages)
    for folder in packages:
        # A site directory as well, for the .pth files that some packages bring.
        site.addsitedir(folder)


def verdict(status: int, expect_failure: bool) -> int:
    """The exit status of the cell, given pytest's."""
    if not expect_failure or status == _NO_TESTS:
        return status
    if status == _PASSED:
        sys.stderr.write("This cell is listed as a known failure, but it passes.\n")
        return _FAILED
    return _PASSED


def main(argv: "list[str]") -> int:
    split = argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("--environment", action="append", default=[])
    parser.add_argument("--sources", action="append", default=[])
    parser.add_argument("--expect-failure", action="store_true")
    options = parser.parse_args(argv[:split])
    expose(options.environment, options.sources)

    # The cell's own pytest, not the plugin's.
    import pytest  # pants: no-infer-dep

    return verdict(int(pytest.main(argv[split + 1 :])), options.expect_failure)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
