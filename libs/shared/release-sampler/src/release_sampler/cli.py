"""The command line: `plan` and `wheelless` for programs, `sample` for people, `held` for both."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import warnings
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from release_sampler.answers import news
from release_sampler.answers.held import held, read_pins
from release_sampler.answers.held import to_json as facts_to_json
from release_sampler.answers.report import format_sampling
from release_sampler.answers.wheelless import answer
from release_sampler.basis.errors import SamplerError
from release_sampler.basis.model import ANY_TIER, DEFAULT_BREADTH, Breadth, Policy, Suite
from release_sampler.basis.platforms import DEFAULT_PLATFORMS
from release_sampler.basis.pythons import parse_python_range
from release_sampler.basis.text import one_line
from release_sampler.basis.threads import result_of, submit_each
from release_sampler.basis.times import parse_time
from release_sampler.documents.output import read_files, write_files
from release_sampler.documents.record import to_json
from release_sampler.documents.request import read_request
from release_sampler.plan import Index, plan, sample_from_index
from release_sampler.version import __version__

if TYPE_CHECKING:
    from release_sampler.index.client import SimpleIndex

_EXAMPLES = """\
examples:
  release-sampler sample "httpx>=0.16" --python 3.8..3.13
  release-sampler sample "django>=4.2" --python 3.10..3.13 --samples 6 --explain
  release-sampler sample "boto3>=1.26" "celery[redis]>=5" --python 3.9,3.12 --format json
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0, or 1 after one line on stderr that says what is wrong.

    An interrupt ends the program, with 130, as any program in a shell.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)
    try:
        options = _parser().parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except SamplerError as error:
        return _fail(str(error))
    except BrokenPipeError:
        # Whoever read the output has seen enough; the interpreter must not complain at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _fail(f"unexpected {type(error).__name__}: {error}; please report this")


def _fail(reason: str) -> int:
    print(f"release-sampler: error: {one_line(reason, 10_000)}", file=sys.stderr)
    return 1


def _end(*_: object) -> None:
    """End here: Python drops a `KeyboardInterrupt` that meets it in a destructor or a callback."""
    try:
        _fail("interrupted")
    finally:
        os._exit(130)


class _Parser(argparse.ArgumentParser):
    """Complains in one line, with the exit code of any other error."""

    def error(self, message: str) -> NoReturn:
        raise SamplerError(f"{one_line(message, 300)}; see {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="release-sampler",
        description="Choose the releases of a package that deserve a test, and say why.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"release-sampler {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_sample(
        commands.add_parser(
            "sample",
            help="show which releases of packages to test, on which Pythons",
            description="Ask the index that pip is configured for and show which releases to test.",
            epilog=_EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    )
    _add_plan(
        commands.add_parser(
            "plan",
            help="the interface for programs: sample one package, given a record of the last time",
            description="Sample one package as request.json says, keeping the record of the last run "
            "while it holds. Writes releases.jsonl and sampling.json, or nothing and exit code 1. Prints JSON: how many "
            "releases are known, and which are cooling until when.",
        )
    )
    _add_wheelless(
        commands.add_parser(
            "wheelless",
            help="for programs: which newer releases of pins were passed over for want of a wheel",
            description="Ask the index, for each pin of the locks in request.json, which newer "
            "releases have no wheel for the lock's Pythons. Prints JSON.",
        )
    )
    _add_held(
        commands.add_parser(
            "held",
            help="which pins of a lock are yanked, and which of its projects archived or quarantined",
            description="Ask the index about each pin of a lock: is it yanked or gone, and is its project "
            "archived, deprecated or quarantined? Prints a line each, with the reason; nothing if there is none.",
        )
    )
    _add_news(
        commands.add_parser(
            "news",
            help="for programs: Pythons that packages come to support, and those whose support ended",
            description="From recorded snapshots alone: which Pythons newer than the targets do packages "
            "support, which targets are out of support, which limits of suites are old? Prints JSON.",
        )
    )
    return parser


def _add_sample(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_sample)
    parser.add_argument(
        "packages",
        nargs="+",
        metavar="PACKAGE",
        help='a requirement with the supported range, as in "httpx>=0.16"',
    )
    parser.add_argument(
        "--python",
        required=True,
        metavar="RANGE",
        help="Pythons to test on, as in 3.8..3.13 or 3.9,3.12",
    )
    parser.add_argument(
        "--samples",
        type=int,
        default=Policy.samples,
        metavar="N",
        help="stable releases to test; ends and majors are kept in any case (default: %(default)s)",
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="show the verdict on every release, and for samples on every Python",
    )
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="text for people, or a JSON list with an object for each package (default: %(default)s)",
    )
    parser.add_argument(
        "--as-of", metavar="TIME", help="sample as if run then, as in 2026-11-21T06:00:00Z"
    )
    parser.add_argument(
        "--cooldown-days",
        type=int,
        default=Policy.cooldown_days,
        metavar="N",
        help="ignore releases younger than this (default: %(default)s)",
    )
    parser.add_argument(
        "--prerelease-days",
        type=int,
        default=Policy.prerelease_days,
        metavar="N",
        help="ignore prereleases older than this (default: %(default)s)",
    )
    parser.add_argument(
        "--max-majors",
        type=int,
        default=Policy.max_majors,
        metavar="N",
        help="newest majors of which to test the newest release (default: %(default)s)",
    )
    parser.add_argument(
        "--breadth",
        choices=[breadth.value for breadth in Breadth],
        help="on how many of its Pythons to test each sample "
        "(default: ends, and of the newest stable ends-and-second)",
    )
    parser.add_argument(
        "--platform",
        action="append",
        metavar="NAME",
        help="where samples are to be installed, the first before all; repeat it for more "
        f"(default: {' and '.join(DEFAULT_PLATFORMS)})",
    )
    parser.add_argument(
        "--allow-sdists",
        action="store_true",
        help="also sample releases that must be built from source",
    )


def _add_plan(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_plan)
    parser.add_argument("--request", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--previous", type=Path, required=True, metavar="DIR", help="what the last run wrote"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")


def _add_wheelless(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_wheelless)
    parser.add_argument("--request", type=Path, required=True, metavar="FILE")


def _add_held(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_held)
    parser.add_argument(
        "--pins",
        type=Path,
        required=True,
        metavar="FILE",
        help='a lock in pip\'s format, or JSON: {"pins": {"h11": "0.14.0"}}',
    )
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="text for people, or a JSON list with an object for each fact (default: %(default)s)",
    )


def _add_news(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_news)
    parser.add_argument("--request", type=Path, required=True, metavar="FILE")


def _plan(options: argparse.Namespace) -> int:
    request = read_request(_text(options.request))
    opened: list[SimpleIndex] = []

    def open_once() -> Index:
        opened.append(_open_index())
        return opened[-1]

    result = plan(request, read_files(options.previous), open_once)
    write_files(options.output, result.files)
    print(json.dumps({"releases": result.today.releases, "cooling": dict(result.today.cooling)}))
    _tell((*result.notes, *(note for index in opened for note in index.notes())))
    return 0


def _wheelless(options: argparse.Namespace) -> int:
    request, index = _text(options.request), _open_index()
    print(answer(request, lambda project: index.fetch(project, None)), end="")
    return 0


def _held(options: argparse.Namespace) -> int:
    pins, index = read_pins(_text(options.pins)), _open_index()
    facts = held(pins, lambda project: index.fetch(project, None))
    print(
        facts_to_json(facts) if options.format == "json" else "".join(f"{f}\n" for f in facts),
        end="",
    )
    _tell(index.notes())
    return 0


def _news(options: argparse.Namespace) -> int:
    print(news.answer(_text(options.request), _text), end="")
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SamplerError(f"{path}: cannot be read: {error}") from error


def _sample(options: argparse.Namespace) -> int:
    policy = Policy(
        target_pythons=parse_python_range(options.python),
        samples=options.samples,
        cooldown_days=options.cooldown_days,
        prerelease_days=options.prerelease_days,
        max_majors=options.max_majors,
        platforms=tuple(options.platform or DEFAULT_PLATFORMS),
        pythons={ANY_TIER: Breadth(options.breadth)} if options.breadth else DEFAULT_BREADTH,
    )
    suites = [_suite(package, options.allow_sdists) for package in options.packages]
    as_of = _time(options.as_of)
    index = _open_index()
    documents, failures = [], []
    runs = submit_each(
        lambda suite: sample_from_index(suite, policy, as_of, index), suites, threads=4
    )
    for number, (suite, run) in enumerate(zip(suites, runs), start=1):
        _show_progress(f"{number}/{len(suites)} {suite.name}")
        try:
            sampling = result_of(run)
        except SamplerError as error:
            failures.append(one_line(str(error), 1_000))
            continue
        _show_progress("")
        if options.format == "json":
            documents.append(to_json(as_of, policy, suite, sampling))
        else:
            print(format_sampling(suite, sampling, explain=options.explain))
    _show_progress("")
    if documents:
        print(json.dumps(documents, indent=2))
    _tell(index.notes())
    if failures:
        raise SamplerError("; ".join(failures))
    return 0


def _suite(package: str, allow_sdists: bool) -> Suite:
    suite = Suite(package)
    return suite.with_sdist() if allow_sdists else suite


def _time(text: str | None) -> datetime:
    if text is None:
        return datetime.now(timezone.utc).replace(microsecond=0)
    try:
        return parse_time(text)
    except ValueError as error:
        raise SamplerError(f"--as-of: {error}") from error


def _tell(notes: Iterable[str]) -> None:
    for note in notes:
        print(f"release-sampler: {note}", file=sys.stderr)


def _show_progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _open_index() -> SimpleIndex:
    try:
        from release_sampler.index.client import open_index
    except ImportError as error:
        raise SamplerError(
            f'{error.name} is not installed; to ask an index: pip install "release-sampler[index]"'
        ) from error
    # The index client warns of newer minor versions of the Simple API, which are compatible.
    warnings.filterwarnings("ignore", module="pypi_simple")
    return open_index()
