"""The command line: `matrix-updates prepare`, `publish`, `canary`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List, Optional

from matrix_updates.canary import canary
from matrix_updates.errors import UpdatesError
from matrix_updates.exit_codes import DONE, FAILED, PARTLY, RED
from matrix_updates.prepare import preparation
from matrix_updates.prepare.advisories import Advisories, NoAdvisories, open_advisories
from matrix_updates.prepare.index_facts import open_index
from matrix_updates.prepare.preparation import Wanted, World
from matrix_updates.proposal import wording
from matrix_updates.publish import incoming
from matrix_updates.publish.forge import open_forge
from matrix_updates.publish.publication import publish
from matrix_updates.repository import Base, branch_of, open_repository, read_base
from matrix_updates.text import one_line
from matrix_updates.version import own_version


def main(arguments: Optional[List[str]] = None) -> int:
    """Runs a command; returns its exit code (see `exit_codes`), with what went wrong on stderr."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (UpdatesError, OSError) as error:
        _complain(f"error: {error}")
        return FAILED
    except KeyboardInterrupt:
        _complain("interrupted: nothing was written")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="matrix-updates",
        description="Turns news of the index into requests for a repository with a version matrix.",
    )
    parser.add_argument("--version", action="version", version=f"matrix-updates {own_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    prepared = commands.add_parser(
        "prepare",
        help="make a proposal of each suite and lock that changed; runs third-party code",
        description="Makes proposals in a worktree of the base branch and writes them to a folder. "
        "It runs third-party code: give it no credentials but those that read the index.",
    )
    _add_common(prepared)
    prepared.add_argument("--output", type=Path, required=True, metavar="FOLDER")
    prepared.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PATTERN",
        help="a suite's address, a package or a lock (main.lock); repeat it for several",
    )
    prepared.add_argument(
        "--time-limit",
        type=_seconds,
        metavar="MINUTES",
        help="start no further suite or lock after so many minutes; what is complete stands",
    )
    prepared.add_argument(
        "--advisories",
        metavar="URL",
        help="a service that answers as OSV does; `off` asks none",
    )
    prepared.set_defaults(run=_prepare)

    published = commands.add_parser(
        "publish",
        help="push what was prepared and open or refresh requests; holds the credentials",
        description="Checks the folder that `prepare` wrote, pushes branches and opens or refreshes "
        "requests by the forge's own command line. It runs nothing of the folder.",
    )
    published.add_argument("folder", type=Path, metavar="FOLDER")
    _add_common(published)
    published.add_argument("--remote", default="origin", help="by default %(default)s")
    published.add_argument("--forge", choices=("gh", "glab"), help="by default as configured")
    published.add_argument(
        "--dry-run", action="store_true", help="tell what would be done, and do nothing"
    )
    published.add_argument(
        "--merged",
        type=Path,
        metavar="FILE",
        help="also write, as JSON for a board, which requests were merged and as which commits",
    )
    published.set_defaults(run=_publish)

    sung = commands.add_parser(
        "canary",
        help="test what a fresh install would get today; commits nothing",
        description="Locks the newest sample of each suite as of now, without cool-down, in a "
        "worktree that is thrown away, and tests it.",
    )
    _add_common(sung)
    sung.add_argument("--output", type=Path, metavar="FILE", help="also write the answer as JSON")
    sung.add_argument("--only", action="append", default=[], metavar="PATTERN")
    sung.add_argument("--time-limit", type=_seconds, metavar="MINUTES")
    sung.set_defaults(run=_canary)
    return parser


def _add_repository(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--repository", type=Path, default=Path(), help="a folder of it; by default this one"
    )


def _add_common(parser: argparse.ArgumentParser) -> None:
    _add_repository(parser)
    parser.add_argument(
        "--base", metavar="BRANCH", help="the branch to start from; by default as configured"
    )


def _prepare(options: argparse.Namespace) -> int:
    git = open_repository(options.repository)
    branch = branch_of(git, options.base)
    base = read_base(git, branch)
    if git.run("status", "--porcelain"):
        _complain(f"note: what is not committed is no part of this: {branch} is, as committed")
    wanted = Wanted(tuple(options.only), preparation.deadline(options.time_limit))
    world = World(open_index(), _advisories(base, options.advisories), _complain)
    prepared = preparation.prepare(git, branch, base, options.output, wanted, world)
    for name in prepared.proposals:
        print(f"{name}: prepared")
    for problem in prepared.failed:
        _complain(f"{problem.unit}: failed: {problem.told}")
    for name in prepared.left_out:
        _complain(f"{name}: left out: the time limit had passed")
    for line in wording.held(prepared.held):
        _complain(line)
    for line in wording.publishers(prepared.published):
        print(line)
    print(f"{options.output}: {len(prepared.proposals)} proposals, {len(prepared.current)} current")
    return DONE if preparation.is_complete(prepared) else PARTLY


def _advisories(base: Base, asked: Optional[str]) -> Advisories:
    if asked == "off" or (asked is None and not base.configuration.advisories):
        return NoAdvisories()
    return open_advisories(asked)


def _publish(options: argparse.Namespace) -> int:
    git = open_repository(options.repository)
    found = incoming.read(options.folder, base_branch=branch_of(git, options.base))
    published = publish(
        git,
        found,
        options.remote,
        lambda base: open_forge(options.forge or base.configuration.forge, git.folder),
        dry_run=options.dry_run,
    )
    failed = list(published.failed)
    if options.merged is not None:
        try:
            published.merged.write(options.merged)
        except OSError as error:
            failed.append(f"{options.merged} was not written: {error.strerror}")
    for line in published.done:
        print(one_line(line, 1_000))
    for line in failed:
        _complain(one_line(line, 1_000))
    return PARTLY if failed else DONE


def _canary(options: argparse.Namespace) -> int:
    git = open_repository(options.repository)
    base = read_base(git, branch_of(git, options.base))
    wanted = Wanted(tuple(options.only), preparation.deadline(options.time_limit))
    sung = canary.sing(git, base, wanted, tell=_complain)
    print(sung.told(), end="")
    if options.output is not None:
        sung.write(options.output)
    if sung.is_red:
        return RED
    return DONE if sung.is_complete else PARTLY


def _seconds(text: str) -> float:
    minutes = float(text)
    if not 0 <= minutes < 1e6:
        raise ValueError(text)
    return minutes * 60


def _complain(text: str) -> None:
    print(f"matrix-updates: {text}", file=sys.stderr, flush=True)
