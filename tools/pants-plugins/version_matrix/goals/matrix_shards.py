"""`matrix-shards`: jobs for CI, each with tests that take about as long as those of the others."""

from __future__ import annotations

from enum import Enum
from fnmatch import fnmatch
from pathlib import Path
from typing import Iterable

from pants.base.build_root import BuildRoot
from pants.base.specs import Specs
from pants.core.goals.test import TestRequest, TestSubsystem
from pants.core.util_rules.distdir import DistDir
from pants.engine.console import Console
from pants.engine.goal import Goal, GoalSubsystem, LineOriented
from pants.engine.rules import Rule, collect_rules, goal_rule
from pants.engine.unions import UnionMembership, UnionRule
from pants.option.option_types import DictOption, EnumOption, IntOption, StrListOption
from pants.util.strutil import help_text, softwrap
from pants.vcs.changed import Changed

from version_matrix import engine
from version_matrix.selection.git_changes import changed_paths
from version_matrix.shards import times
from version_matrix.shards.balance import jobs
from version_matrix.shards.job_matrix import NoRunner, job_matrix, pipeline, runner, told
from version_matrix.shards.units import Times, units
from version_matrix.stanza.cell_fields import CellLockField
from version_matrix.stanza.policy import Trials, VersionMatrix
from version_matrix.stanza.targets import MatrixCellTarget

# As much of a JUnit file as holds its first elements.
_HEAD = 4096


class ShardsFormat(Enum):
    """The service that takes the jobs."""

    GITHUB = "github"
    GITLAB = "gitlab"


class MatrixShardsSubsystem(LineOriented, GoalSubsystem):
    name = "matrix-shards"
    help = help_text("""
        Shares out tests, cells and native ones, over jobs of CI: JSON for a dynamic job matrix.

        Each test that `test` would run with the same arguments is in one job, on each platform of the
        policy that it is for; jobs take about as long, by the times of the last results. For instance
        `matrix-shards --max=8 ::`, or `--changed-since=main matrix-shards --max=8`. Where nothing is
        to be done the list is empty.

        Cells on a Python that their release does not claim, and prereleases, are in jobs of their own
        that do not block. A job runs its share by `xargs ./pants test <<<"$TARGETS"`.
        """)

    max = IntOption(
        default=8,
        help=softwrap("""
            At most so many jobs; but one for each platform, and one that does not block, where they
            have anything to do.
            """),
    )
    format = EnumOption(
        default=ShardsFormat.GITHUB,
        help="A job matrix for GitHub Actions, or a child pipeline for GitLab.",
    )
    worth = IntOption(
        default=120,
        help="The seconds of tests that a job must have to be worth its start.",
    )
    times = StrListOption(
        default=[],
        metavar="FILE",
        help=softwrap("""
            Where to read how long cells took, beside the results of `test` in `[test].report_dir`: a
            `report.json`, or what a board tells of a package. By default `dist/matrix/report.json`, if
            it is there.
            """),
    )
    platforms = StrListOption(
        default=[],
        help="The platforms to run on, of those of `[version-matrix].platforms`; by default all.",
    )
    runners = DictOption[str](
        default={},
        help=softwrap("""
            Platform, or its system and processor (`macos-arm64`), -> the label of a machine of CI. By
            default those that GitHub calls the latest.
            """),
    )
    everything = StrListOption(
        default=["pants.toml"],
        help=softwrap("""
            Patterns of files that change everything: where one of them differs, `--changed-since`
            selects all tests.
            """),
    )


class MatrixShards(Goal):
    subsystem_cls = MatrixShardsSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def share_out(
    console: Console,
    build_root: BuildRoot,
    dist: DistDir,
    specs: Specs,
    options: MatrixShardsSubsystem,
    changed: Changed,
    matrix: VersionMatrix,
    test: TestSubsystem,
    union_membership: UnionMembership,
) -> MatrixShards:
    root = build_root.pathlib_path
    platforms = tuple(options.platforms or matrix.platforms)
    try:
        _check(options, matrix)
        runners = {platform: runner(platform, options.runners) for platform in platforms}
        known = _times(root, dist.relpath, test.report_dir(dist), options)
    except (NoRunner, ValueError, OSError) as error:
        console.print_stderr(f"{options.name}: {error}")
        return MatrixShards(exit_code=1)
    everything = not specs and not specs.includes.from_change_detection
    if specs.includes.from_change_detection:
        _, differing = changed_paths(root, since=changed.since, diffspec=changed.diffspec)
        everything = any(fnmatch(path, glob) for path in differing for glob in options.everything)
    runners_of_tests = union_membership.get(TestRequest)
    tests = await engine.tests(None if everything else specs, runners_of_tests)
    cells = (target for target in tests if isinstance(target, MatrixCellTarget))
    files = await engine.read_files(
        sorted({cell[CellLockField].value or "" for cell in cells} - {""})
    )
    locks = {path: content.decode(errors="replace") for path, content in files.items()}
    block = matrix.trials is Trials.BLOCK
    work, of_known = units(tests, known, platforms, locks, trials_block=block)
    made = jobs(work, most=options.max, worth=options.worth)
    console.print_stderr(told(made, of_known, len(tests)))
    with options.line_oriented(console) as print_line:
        shown = pipeline if options.format is ShardsFormat.GITLAB else job_matrix
        print_line(shown(made, runners))
    return MatrixShards(exit_code=0)


def _check(options: MatrixShardsSubsystem, matrix: VersionMatrix) -> None:
    if options.max < 1:
        raise ValueError(f"--max={options.max}: expected at least one job")
    strange = sorted(set(options.platforms) - set(matrix.platforms))
    if strange:
        raise ValueError(
            f"--platforms has {', '.join(strange)}: expected some of {', '.join(matrix.platforms)}"
        )


def _times(root: Path, dist: Path, reports: object, options: MatrixShardsSubsystem) -> Times:
    """What the last results tell. `dist` is no part of what the engine sees, and a goal runs anew.

    Raises `ValueError` and `OSError` of a file that was named.
    """
    by_address: dict[str, float] = {}
    made = root / dist / "matrix/report.json"
    for path in [root / name for name in options.times] or [made]:
        if not options.times and not path.is_file():
            continue
        try:
            by_address.update(times.of_report(path.read_text(encoding="utf-8", errors="replace")))
        except ValueError as error:
            raise ValueError(f"{path} is no report of a matrix: {error}") from None
    by_file: dict[str, float] = {}
    for path in sorted((root / f"{reports}").glob("*.xml")):
        with path.open("rb") as file:
            found = times.of_junit(path.name, file.read(_HEAD))
        if found:
            by_file[found[0]] = found[1]
    return Times(by_address, by_file)


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
