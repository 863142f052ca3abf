"""Writes the support table into the README of a library, or checks that it claims no more than passed.

./pants test ::
./pants matrix-report ::
./pants run tools/cmd/support_table.py
./pants run tools/cmd/support_table.py -- --check

Run it from the root of the repository: of the report those suites count that lie in the folder of
the README.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from matrix_results import command

REPORT = Path("dist/matrix/report.json")
PAGES = (Path("libs/shared/trace-baton/README.md"),)


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 if every page is written, or with `--check` claims no more than passed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", nargs="*", type=Path, default=PAGES, metavar="README.md")
    parser.add_argument("--report", type=Path, default=REPORT, help=f"by default {REPORT}")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    if not options.report.is_file():
        print(
            f"There is no {options.report}. Run `./pants test ::` and `./pants matrix-report ::`.",
            file=sys.stderr,
        )
        return 1
    return max(update(page, options.report, check=options.check) for page in options.pages)


def update(page: Path, report: Path, *, check: bool) -> int:
    """One page: only the suites in its own folder count. Returns the exit status."""
    below = os.path.relpath(page.parent)
    return command.main(
        [
            "support-table",
            str(page),
            f"--report={report}",
            f"--below={below}",
            *(["--check"] if check else []),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
