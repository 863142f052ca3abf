"""`coverage-gate`: which lines of changed code no test reached, also where only some tests ran."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Iterable, Sequence

from pants.backend.python.goals.coverage_py import CoverageConfig, CoverageSetup
from pants.backend.python.subsystems.setup import PythonSetup
from pants.base.build_root import BuildRoot
from pants.base.specs import Specs
from pants.core.goals.test import TestRequest, TestResult, TestSubsystem
from pants.core.util_rules.distdir import DistDir
from pants.engine.console import Console
from pants.engine.fs import Workspace
from pants.engine.goal import Goal, GoalSubsystem, LineOriented
from pants.engine.rules import Rule, collect_rules, goal_rule
from pants.engine.unions import UnionMembership, UnionRule
from pants.option.global_options import GlobalOptions
from pants.option.option_types import FloatOption
from pants.util.docutil import bin_name
from pants.util.strutil import help_text, pluralize, softwrap
from pants.vcs.changed import Changed

from version_matrix import engine
from version_matrix.disk.folder_swap import replace_folder
from version_matrix.gate import verdict
from version_matrix.gate.measuring import Coverage, lcov, of_changed_lines, reached_by, rests_on
from version_matrix.gate.merge import fellows, known
from version_matrix.gate.record import Reach, UnreadableRecord, parse, render
from version_matrix.selection.git_changes import changed_paths, text_of_change
from version_matrix.tools.subsystems import DiffCover

logger = logging.getLogger(__name__)

_FOLDER, _RECORD = "coverage-gate", "reached.json"


class CoverageGateSubsystem(LineOriented, GoalSubsystem):
    name = "coverage-gate"
    help = help_text("""
        Tells which lines of changed code no test reached.

        Runs the tests that are named, as `test` does, with coverage; what has run already is not run
        again. What the others reached is taken from `dist/coverage-gate`, where each run of this goal
        adds to what is known: it counts for a test as long as the code that the test reaches, its pins
        and its measuring are the same. So 100 % can be asked of a run of some tests.

        For instance `--test-use-coverage --changed-since=main coverage-gate --min=100`, after
        `--test-use-coverage coverage-gate ::` once. With `--changed-since` the changed lines are judged,
        by diff-cover; without, all.

        Exit codes: 0 if enough is reached, 1 if it is not, if a test fails, or if of some test nothing
        is known.
        """)

    min = FloatOption(
        default=100.0,
        help="How many per cent of the changed lines, or of all, tests have to reach.",
    )


class CoverageGate(Goal):
    subsystem_cls = CoverageGateSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def gate_coverage(
    console: Console,
    workspace: Workspace,
    build_root: BuildRoot,
    dist: DistDir,
    specs: Specs,
    options: CoverageGateSubsystem,
    changed: Changed,
    test: TestSubsystem,
    python: PythonSetup,
    coverage_setup: CoverageSetup,
    coverage_config: CoverageConfig,
    tool: DiffCover,
    union_membership: UnionMembership,
    global_options: GlobalOptions,
) -> CoverageGate:
    if not test.use_coverage:
        console.print_stderr(
            f"{options.name}: nothing is measured. Say `{bin_name()} --test-use-coverage "
            f"{options.name}`."
        )
        return CoverageGate(exit_code=1)
    root, folder = build_root.pathlib_path, build_root.pathlib_path / dist.relpath / _FOLDER
    coverage = Coverage(coverage_setup, coverage_config)
    runners = union_membership.get(TestRequest)
    everything = await engine.tests(None, runners)
    selected = await engine.tests(specs, runners)
    now = await rests_on(everything, python, coverage_config)
    recorded = _recorded(folder / _RECORD)
    names = frozenset(target.address.spec for target in selected)
    beside = fellows(names, recorded, now)
    wanted = [t for t in everything if t.address.spec in names or t.address.spec in beside]
    results = await engine.test_results(wanted, runners, test.batch_size)
    failed = [result for result in results if result.exit_code]
    for result in failed:
        console.print_stderr(_failure(result))

    passed = [result for result in results if result.exit_code == 0]
    fresh = await reached_by(passed, now, coverage)
    found = known(fresh, recorded, now)
    try:
        record = {_RECORD: render(found.reached).encode()}
        staging = Path(global_options.pants_workdir, "version-matrix")
        replace_folder(folder, record, staging=staging)
        workspace.side_effected()
    except OSError as error:
        console.print_stderr(f"{options.name}: {folder} cannot be written: {error}")
        return CoverageGate(exit_code=1)

    since, diffspec = changed.since, changed.diffspec
    _, differing = changed_paths(root, since=since, diffspec=diffspec)
    sources = set(await engine.python_source_paths())
    report = await lcov(found.lines, sources.intersection(differing), coverage)
    what, measure = "all lines", verdict.of_lcov(report)
    if since or diffspec:
        diff = text_of_change(root, since=since, diffspec=diffspec)
        what, measure = "the changed lines", verdict.of_changes(
            await of_changed_lines(report, diff, tool)
        )
    with options.line_oriented(console) as print_line:
        print_line(verdict.told(measure, what, options.min))
    unknown = _without_failed(found.unknown, failed)
    if unknown:
        console.print_stderr(_untold(unknown, options.name))
    amiss = failed or unknown or measure.percent < options.min
    return CoverageGate(exit_code=1 if amiss else 0)


def _recorded(path: Path) -> tuple[Reach, ...]:
    """What earlier runs have left; nothing where they left none, or something else lies there."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (UnreadableRecord, OSError, UnicodeDecodeError) as error:
        logger.warning(f"{path} is not what this goal writes, and does not count: {error}")
        return ()


def _failure(result: TestResult) -> str:
    said = (engine.stdout_of(result) or engine.stderr_of(result)).strip()
    return f"{result.addresses[0]} fails, and what it reached does not count.\n{said}"


def _without_failed(unknown: Iterable[str], failed: Iterable[TestResult]) -> Sequence[str]:
    told = {address.spec for result in failed for address in result.addresses}
    return [test for test in unknown if test not in told]


def _untold(unknown: Sequence[str], goal: str) -> str:
    some = ", ".join(unknown[:3]) + (", ..." if len(unknown) > 3 else "")
    return softwrap(f"""
        Of {pluralize(len(unknown), "test")} nothing is known, neither from this run nor from an earlier
        one of the same content ({some}), so that lines which they alone reach are told above. Run
        `{bin_name()} --test-use-coverage {goal} ::` once, or bring dist/{_FOLDER} of such a run.
        """)


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
