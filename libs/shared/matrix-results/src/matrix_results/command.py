"""The command line: `matrix-results report`, `merge`, `compare`, `support-table`."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
import tempfile
from pathlib import Path
from typing import List, Optional

from matrix_results import support
from matrix_results.causes.junit_text import MAX_NAME
from matrix_results.collect import collect, merge
from matrix_results.compare import compare
from matrix_results.errors import ResultsError
from matrix_results.junit import read_folders
from matrix_results.model import Run, in_utc
from matrix_results.output_folder import replace_folder
from matrix_results.plan import decode_plan
from matrix_results.report import REPORT_FILE, report_files
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
        "report",
        help="make the page, report.json, failures, support.md and badges from JUnit files",
    )
    report.add_argument("--matrix", type=Path, required=True, help="matrix.json: which cells exist")
    report.add_argument(
        "--results",
        type=Path,
        action="append",
        required=True,
        help="a folder of JUnit files, one for each cell; repeat it for several shards",
    )
    report.add_argument("--output", type=Path, required=True, help="the report that is replaced")
    report.add_argument("--since", type=Path, help="an earlier report.json, to tell what changed")
    report.add_argument("--commit", type=_commit, help="the commit that was tested")
    report.add_argument(
        "--made-at", type=_time, default=None, help="ISO time with offset; now by default"
    )
    report.add_argument(
        "--run-with", default="", help="the command that runs a cell, to which its address is added"
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
    table.add_argument(
        "--below", default=".", help="only suites in this folder, relative to the repository"
    )
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
    files = report_files(run, since, run_with=options.run_with)
    _check(files[REPORT_FILE])
    replace_folder(options.output, files)
    print(summary(run))
    return 0


def _merge(options: argparse.Namespace) -> int:
    run = merge(_read(path) for path in options.reports)
    content = encode(run)
    _check(content)
    _replace(options.output, content)
    print(summary(run))
    return 0


def _compare(options: argparse.Namespace) -> int:
    for change in compare(_read(options.before), _read(options.after)):
        print(f"{change.kind.value}: {change.address}: {change.told}")
    return 0


def _support_table(options: argparse.Namespace) -> int:
    return support_table(options.page, options.report, below=options.below, check=options.check)


def support_table(page: Path, report: Path, *, below: str, check: bool) -> int:
    """Writes the support table into a page, or with `check` compares; returns the exit status.

    `below` is the folder, relative to the repository, whose suites count: `.` for all. Raises
    `ResultsError` and `OSError`.
    """
    run = support.below(_read(report), below)
    text = _text(page)
    if not check:
        _replace(page, support.updated(text, run, source=str(page)).encode())
        return 0
    if support.proven(run) and not support.claims(text, source=str(page)):
        raise ResultsError(f"{page} claims nothing: write its table, without --check")
    excess = support.unproven(text, run, source=str(page))
    for claim in excess:
        print(f"{page} claims {claim}: {report} has no passing cell for it.", file=sys.stderr)
    if not excess:
        print(f"{page} claims nothing that {report} does not prove.")
    return 1 if excess else 0


def summary(run: Run) -> str:
    """`200 passed, 3 not run; trials: 1 failed`."""
    told, trials = (
        ", ".join(f"{count} {status.label}" for status, count in counts.items() if count)
        for counts in (run.counts(), run.trial_counts())
    )
    return "; ".join(filter(None, (told, trials and f"trials: {trials}"))) or "no cells"


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


def _check(content: bytes) -> None:
    """Nothing takes the place of a report unless it can be read."""
    decode(content, source=f"the new {REPORT_FILE}")


def _text(page: Path) -> str:
    """The text of a page, with its line ends as they are."""
    try:
        return page.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ResultsError(f"{page} is not UTF-8: {error}") from None


def _commit(text: str) -> Optional[str]:
    if len(text) > MAX_NAME or not text.isprintable():
        raise argparse.ArgumentTypeError(f"expected at most {MAX_NAME} printable characters")
    return text or None


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def _time(text: str) -> Optional[datetime.datetime]:
    try:
        return in_utc(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"expected 2026-11-21T12:00:00Z or alike: {error}"
        ) from None
