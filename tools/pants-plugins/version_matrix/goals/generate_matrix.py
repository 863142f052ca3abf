"""`generate-matrix`: samples the index anew, locks what changed, writes it down."""

from __future__ import annotations

import dataclasses
import datetime
import logging
import os.path
from pathlib import Path
from typing import Iterable

from pants.base.build_root import BuildRoot
from pants.base.specs import Specs
from pants.engine.console import Console
from pants.engine.fs import Workspace
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.rules import Rule, collect_rules, goal_rule
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.option.option_types import BoolOption, StrOption
from pants.util.docutil import bin_name
from pants.util.frozendict import FrozenDict
from pants.util.strutil import help_text, softwrap

from version_matrix import engine, merge_base
from version_matrix.folder_swap import replace_folder, restore_folders
from version_matrix.requests import SuiteUpdate, SuiteUpdateRequest
from version_matrix.suite import Suite
from version_matrix.summary import check_report, markdown, progress_line, text
from version_matrix.target_types import MatrixTestsTarget, suite_of

logger = logging.getLogger(__name__)

# How many suites are worked on between two lines of progress.
_AT_ONCE = 8


class GenerateMatrixSubsystem(GoalSubsystem):
    name = "generate-matrix"
    help = help_text("""
        Chooses which releases of each integrated package to test, and locks them.

        Polls the index for every `python_matrix_tests` target given (all of them if none is),
        samples the releases, locks each sample by hash and writes snapshot, samples and locks
        beside the suite. A suite's files change together or not at all; a suite that fails leaves
        the others be.

        For instance `generate-matrix ::`, or `generate-matrix path/to/suite:matrix`.
        """)

    check = BoolOption(
        default=False,
        help=softwrap("""
            Write nothing and ask no index: exit 1, naming them, if generated files are not what
            this command would have written. A new release on the index is no error.
            """),
    )
    offline = BoolOption(
        default=False,
        help=softwrap("""
            Sample from the recorded snapshots alone, and name the locks that cannot be made so.
            """),
    )
    as_of = StrOption(
        default=None,
        help=softwrap("""
            Sample as if it were this time, for instance `2026-11-01` or `2026-11-01T12:00:00Z`.
            The snapshot stays complete; what was yanked since stays yanked.
            """),
    )
    upgrade = BoolOption(
        default=False,
        help="Refresh the pins of every lock too, instead of keeping those that still hold.",
    )
    summary_file = StrOption(
        default=None,
        metavar="PATH",
        help="Also write what changed to this file, as Markdown for a pull request.",
    )


class GenerateMatrix(Goal):
    subsystem_cls = GenerateMatrixSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def generate_matrix(
    console: Console,
    workspace: Workspace,
    build_root: BuildRoot,
    specs: Specs,
    options: GenerateMatrixSubsystem,
    global_options: GlobalOptions,
) -> GenerateMatrix:
    try:
        mode, as_of = _mode(options), _time(options.as_of)
        _restore(workspace, build_root.pathlib_path, _staging(global_options))
    except (ValueError, OSError) as error:
        console.print_stderr(str(error))
        return GenerateMatrix(exit_code=1)
    targets = await engine.stanzas(specs) if specs else await engine.every_stanza()
    suites = [(t.address, suite_of(t)) for t in targets if isinstance(t, MatrixTestsTarget)]
    if not suites:
        console.print_stderr(
            f"No `{MatrixTestsTarget.alias}` target was given. Without an argument "
            f"`{bin_name()} {options.name}` takes every one of the repository."
        )
        return GenerateMatrix(exit_code=0)

    updates: list[SuiteUpdate] = []
    for start in range(0, len(suites), _AT_ONCE):
        results = await engine.suite_updates(
            [
                SuiteUpdateRequest(
                    address=address,
                    mode=mode,
                    as_of=as_of,
                    upgrade=options.upgrade,
                    recovered=_recovered(build_root.pathlib_path, suite),
                )
                for address, suite in suites[start : start + _AT_ONCE]
            ]
        )
        for update in results:
            if update.stale and not update.errors and mode != "check":
                update = _written(update, workspace, build_root.pathlib_path, global_options)
            updates.append(update)
            logger.info(progress_line(update, len(updates), len(suites), checking=mode == "check"))

    if mode == "check":
        console.print_stdout(check_report(updates, command=bin_name()))
    else:
        console.print_stdout(text(updates))
    unwritten = None
    if options.summary_file:
        unwritten = _unwritten(Path(build_root.path, options.summary_file), markdown(updates))
        if unwritten:
            console.print_stderr(f"--summary-file={options.summary_file}: {unwritten}")
    failed = unwritten or any(u.errors or (mode == "check" and u.stale) for u in updates)
    return GenerateMatrix(exit_code=1 if failed else 0)


def _staging(options: GlobalOptions) -> Path:
    return Path(options.pants_workdir, "version-matrix")


def _restore(workspace: Workspace, build_root: Path, staging: Path) -> None:
    """Undoes what a killed run has done by half; raises `OSError`."""
    for folder in restore_folders(staging):
        workspace.side_effected()
        path = os.path.relpath(folder, build_root)
        engine.forget(workspace, [path, *(f"{path}/{file.name}" for file in folder.iterdir())])
        logger.warning(f"{path} is as it was before a run that was killed.")


def _mode(options: GenerateMatrixSubsystem) -> str:
    if options.check and (options.offline or options.upgrade or options.as_of):
        raise ValueError("--check goes with none of --offline, --upgrade, --as-of.")
    if options.offline and options.upgrade:
        raise ValueError("--upgrade needs the index: leave out --offline.")
    if options.check:
        return "check"
    return "offline" if options.offline else "poll"


def _time(given: str | None) -> str:
    """An ISO time in UTC, to the second; raises `ValueError` for what is none."""
    if given is None:
        time = datetime.datetime.now(datetime.timezone.utc)
    else:
        try:
            time = datetime.datetime.fromisoformat(given.replace("Z", "+00:00"))
        except ValueError:
            raise ValueError(
                f"--as-of={given} is not a time: expected 2026-11-01 or 2026-11-01T12:00:00Z."
            ) from None
        time = time if time.tzinfo else time.replace(tzinfo=datetime.timezone.utc)
    return time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _unwritten(path: Path, text: str) -> str | None:
    """Writes the summary; returns why not. What was generated stands: it needs no summary."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        return f"it cannot be written ({error.strerror}); what was generated is as told above."
    return None


def _recovered(build_root: Path, suite: Suite) -> FrozenDict[str, bytes]:
    """The merge base's version of every generated file that a merge left in conflict."""
    folder = build_root / suite.folder
    conflicted = [
        f"{suite.folder}/{path.name}"
        for path in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if path.is_file() and merge_base.is_conflicted(path.read_bytes())
    ]
    found = {path: merge_base.recovered(build_root, path) for path in conflicted}
    return FrozenDict({path: content or b"" for path, content in found.items()})


def _written(
    update: SuiteUpdate, workspace: Workspace, build_root: Path, options: GlobalOptions
) -> SuiteUpdate:
    """The update, on disk; or as a failed one, if the disk would not take it."""
    # From here on the engine must not run the goal again because files have changed.
    workspace.side_effected()
    folder = update.suite.folder
    try:
        replace_folder(build_root / folder, update.files, staging=_staging(options))
    except OSError as error:
        return dataclasses.replace(update, errors=(f"{folder} cannot be written: {error}",))
    engine.forget(
        workspace,
        [folder, *(f"{folder}/{name}" for name in sorted({*update.files, *update.stale}))],
    )
    return update


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
