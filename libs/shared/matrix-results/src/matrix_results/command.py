"""The command line: `matrix-results report`, `merge`, `compare`, `support-table`."""

from __future__ import annotations

import argparse
import datetime
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import List, Mapping, Optional

from matrix_results import support
from matrix_results.collect import collect, merge
from matrix_results.compare import compare
from matrix_results.errors import ResultsError
from matrix_results.junit import read_folders
from matrix_results.model import Run
from matrix_results.plan import decode_plan
from matrix_results.report import report_files
from matrix_results.report_file import decode, encode


def main(arguments: Optional[List[str]] = None) -> int:
    """Runs a command; returns its exit status: 0, or 1 with a message on standard error."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (ResultsError, OSError) as error:
        print(f"matrix-results: error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="matrix-results", description="What the cells of a version matrix did."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    report = commands.add_parser(
        "report", help="make the page, report.json, support.md and badges from JUnit files"
    )
    report.add_argument("--matrix", type=Path, required=True, help="matrix.json: which cells exist")
    report.add_argument(
        "--results",
        type=Path,
        action="append",
        required=True,
        help="a folder of JUnit files, one for each cell; repeat it for several shards",
    )
    report.add_argument("--output", type=Path, required=True, help="the folder that is replaced")
    report.add_argument("--since", type=Path, help="an earlier report.json, to tell what changed")
    report.add_argument("--commit", help="the commit that was tested")
    report.add_argument(
        "--made-at", type=_time, default=None, help="ISO time with offset; now by default"
    )
    report.set_defaults(run=_report)

    merged = commands.add_parser("merge", help="make one report.json of those of several shards")
    merged.add_argument("reports", type=Path, nargs="+")
    merged.add_argument("--output", type=Path, required=True)
    merged.set_defaults(run=_merge)

    compared = commands.add_parser("compare", help="tell what changed between two report.json")
    compared.add_argument("before", type=Path)
    compared.add_argument("after", type=Path)
    compared.set_defaults(run=_compare)

    table = commands.add_parser(
        "support-table", help="write the table of what works into a Markdown page, or check it"
    )
    table.add_argument("page", type=Path)
    table.add_argument("--report", type=Path, required=True)
    table.add_argument("--below", help="only suites in this folder of the repository")
    table.add_argument(
        "--check", action="store_true", help="fail if the page claims more than passes"
    )
    table.set_defaults(run=_support_table)
    return parser


def _report(options: argparse.Namespace) -> int:
    plan = decode_plan(options.matrix.read_bytes(), source=str(options.matrix))
    since = _read(options.since) if options.since else None
    run = collect(
        plan,
        read_folders(options.results, plan.results()),
        made_at=options.made_at or _now(),
        commit=options.commit,
    )
    replace_folder(options.output, report_files(run, since))
    print(summary(run))
    return 0


def _merge(options: argparse.Namespace) -> int:
    run = merge(_read(path) for path in options.reports)
    _replace(options.output, encode(run))
    print(summary(run))
    return 0


def _compare(options: argparse.Namespace) -> int:
    for change in compare(_read(options.before), _read(options.after)):
        print(f"{change.kind.value}: {change.address}: {change.told}")
    return 0


def _support_table(options: argparse.Namespace) -> int:
    return support_table(
        options.page, options.report, below=options.below or "", check=options.check
    )


def support_table(page: Path, report: Path, *, below: str, check: bool) -> int:
    """Writes the support table into a page, or with `check` compares; returns the exit status.

    `below` is the folder of the repository whose suites count, empty for all. Raises
    `ResultsError` and `OSError`.
    """
    run = _read(report)
    run = support.below(run, below) if below else run
    text = page.read_text(encoding="utf-8")
    if not check:
        _replace(page, support.updated(text, run, source=str(page)).encode())
        return 0
    excess = support.unproven(text, run, source=str(page))
    for claim in excess:
        print(f"{page} claims {claim}: {report} has no passing cell for it.", file=sys.stderr)
    if not excess:
        print(f"{page} claims nothing that {report} does not prove.")
    return 1 if excess else 0


def summary(run: Run) -> str:
    """`200 passed, 3 not run`."""
    counts = [f"{count} {status.label}" for status, count in run.counts().items() if count]
    return ", ".join(counts) or "no cells"


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Makes `folder` hold these files (path -> content) and no others; raises `OSError`.

    Everything is written beside it first, so that a full disk or a signal leaves the old one.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        for name, content in files.items():
            path = room / "new" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if folder.exists():
            os.rename(folder, room / "old")
        os.rename(room / "new", folder)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _replace(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, path.stat().st_mode if path.exists() else 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _read(path: Path) -> Run:
    return decode(path.read_bytes(), source=str(path))


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def _time(text: str) -> datetime.datetime:
    try:
        time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 2026-11-21T12:00:00Z") from None
    if time.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no offset: append Z for UTC")
    return time
