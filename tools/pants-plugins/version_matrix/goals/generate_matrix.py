"""`generate-matrix`: samples the index anew, locks what changed, writes it down."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
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
from pants.util.strutil import help_text, softwrap

from version_matrix import engine
from version_matrix.disk.folder_swap import (
    replace_folder,
    restore_folders,
    staging_folder,
    staging_folders,
)
from version_matrix.generate import generated_folder
from version_matrix.generate.between_suites import duplicates, orphans
from version_matrix.generate.requests import (
    Closure,
    ClosureRequest,
    Lane,
    PythonNewsRequest,
    SuiteUpdate,
    SuiteUpdateRequest,
    Work,
)
from version_matrix.generate.summary import check_report, markdown, progress_line, text
from version_matrix.goals.selection import named, nothing_selected
from version_matrix.goals.suggestions import shown, suggestions
from version_matrix.progress.requests import Step
from version_matrix.stanza.addresses import from_root
from version_matrix.stanza.targets import once_each, suite_of

logger = logging.getLogger(__name__)


class GenerateMatrixSubsystem(GoalSubsystem):
    name = "generate-matrix"
    help = help_text("""
        Chooses which releases of each integrated package to test, and locks them.

        Polls the index for every `python_matrix_tests` target given (all of them if none is),
        samples the releases, locks each sample by hash and writes snapshot, samples and locks
        beside the suite. A suite's files change together or not at all; a suite that fails leaves
        the others be.

        For instance `generate-matrix ::`, or `generate-matrix path/to/suite:matrix`. A cell or a
        test file stands for its suite; so does what `--changed-since` selects.
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
    suggest = BoolOption(
        default=False,
        help=softwrap("""
            Write nothing: show, as a diff, what the stanza of a suite would have to say so that no
            cell is unresolvable. What is shown was tried: the locks were made with it. What does not
            help is said, too.
            """),
    )
    apply = BoolOption(
        default=False,
        help="With `--suggest`: edit the BUILD files so. `generate-matrix` then writes the locks.",
    )
    build = BoolOption(
        default=False,
        help=softwrap("""
            With `--suggest`: try `sdists`, too. What they name is built, which runs its code; else it
            is taken for granted that it can be.
            """),
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
    root, workdir = build_root.pathlib_path, Path(global_options.pants_workdir)
    try:
        mode, as_of = _mode(options), _time(options.as_of)
        _restore(workspace, root, workdir)
    except (ValueError, OSError) as error:
        console.print_stderr(str(error))
        return GenerateMatrix(exit_code=1)
    stanzas = once_each(await engine.stanzas(specs))
    everything = once_each(await engine.every_stanza())
    # What belongs to no suite can be told only of all suites. No change selects a stanza that is gone.
    told_of_all = specs.includes.from_change_detection or len(stanzas) == len(everything)
    unowned = await orphans(map(suite_of, everything)) if told_of_all else ()
    if not stanzas:
        told, status = nothing_selected(specs, options.name)
        console.print_stderr("\n".join([*unowned, told]))
        return GenerateMatrix(exit_code=1 if unowned and mode == "check" else status)
    refused = await duplicates(everything)
    closures = await engine.closures([ClosureRequest(stanza.address) for stanza in stanzas])
    suites = [suite_of(stanza) for stanza in stanzas]
    visible = await engine.file_names([f"{suite.folder}/*" for suite in suites])

    checking, suggesting = mode == "check", options.suggest
    count = itertools.count(1)

    def finish(update: SuiteUpdate) -> SuiteUpdate:
        if update.stale and not update.errors and not checking and not suggesting:
            update = _written(update, workspace, root, workdir)
        unwritten = checking or suggesting
        logger.info(progress_line(update, next(count), len(suites), checking=unwritten))
        return update

    if not checking:
        # From here on the engine must not run the goal again because files have changed.
        workspace.side_effected()
    requests: list[SuiteUpdateRequest] = []
    updates: list[SuiteUpdate] = []
    for suite, found in zip(suites, closures):
        try:
            closure = _usable(found.closure, found.error, refused.get(suite.address))
            files = generated_folder.contents(root, suite, visible)
            recovered = generated_folder.recovered(root, suite, files)
        except (ValueError, OSError) as error:
            updates.append(finish(SuiteUpdate(suite, errors=(str(error),))))
            continue
        requests.append(
            SuiteUpdateRequest(
                suite=suite,
                closure=closure,
                files=files,
                recovered=recovered,
                mode=mode,
                as_of=as_of,
                asked=options.as_of is not None,
                upgrade=options.upgrade,
            )
        )
    await engine.count([Step("suite", "", ahead=len(requests))])
    work = Work(requests, finish)
    # Each suite in work keeps about one process busy.
    at_once = min(global_options.process_execution_local_parallelism, len(requests))
    worked_on = await engine.worked_through([Lane(work) for _ in range(at_once)])
    visible = await engine.file_names([f"{suite.folder}/*" for suite in suites])
    updates.extend(_seen(update, root, visible) for update in worked_on)
    updates.sort(key=lambda update: update.suite.address)

    if suggesting:
        suggested = await suggestions(requests, updates, build=options.build)
        told, complete = shown(suggested, root, apply=options.apply)
        console.print_stdout(told)
        return GenerateMatrix(exit_code=0 if complete else 1)
    news: tuple[str, ...] = ()
    if not checking:
        asked = PythonNewsRequest(tuple(suites), as_of, of_all=len(stanzas) == len(everything))
        news = (await engine.python_news(asked)).told
    if checking:
        console.print_stdout(check_report(updates, unowned, command=bin_name()))
        amiss = bool(unowned) or not all(update.is_current for update in updates)
    else:
        console.print_stdout(text(updates, unowned, news))
        amiss = any(update.errors or update.unresolvable for update in updates)
        hard = [from_root(update.suite.address) for update in updates if update.unresolvable]
        if hard:
            command = f"{bin_name()} {options.name} --suggest {named(hard)}"
            console.print_stdout(f"What would make locks of them is told by `{command}`.")
    unwritten = None
    if options.summary_file:
        summary = markdown(updates, unowned, news, checking=checking)
        unwritten = _unwritten(Path(build_root.path, options.summary_file), summary)
        if unwritten:
            console.print_stderr(f"--summary-file={options.summary_file}: {unwritten}")
    return GenerateMatrix(exit_code=1 if amiss or unwritten else 0)


def _restore(workspace: Workspace, build_root: Path, workdir: Path) -> None:
    """Undoes what a killed run has done by half; raises `OSError`."""
    stagings = staging_folders(build_root, workdir)
    for folder in [folder for staging in stagings for folder in restore_folders(staging)]:
        workspace.side_effected()
        path = os.path.relpath(folder, build_root)
        engine.forget(workspace, path, [file.name for file in folder.iterdir()])
        logger.warning(f"{path} is as it was before a run that was killed.")


def _mode(options: GenerateMatrixSubsystem) -> str:
    if options.check and (options.offline or options.upgrade or options.as_of):
        raise ValueError("--check goes with none of --offline, --upgrade, --as-of.")
    if options.offline and options.upgrade:
        raise ValueError("--upgrade needs the index: leave out --offline.")
    if options.suggest and (options.check or options.offline or options.summary_file):
        raise ValueError("--suggest goes with none of --check, --offline, --summary-file.")
    if (options.apply or options.build) and not options.suggest:
        raise ValueError("--apply and --build go with --suggest.")
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


def _usable(closure: Closure | None, *errors: str | None) -> Closure:
    """The closure; raises `ValueError` with the first error there is."""
    for error in errors:
        if error:
            raise ValueError(error)
    assert closure is not None
    return closure


def _written(update: SuiteUpdate, workspace: Workspace, root: Path, workdir: Path) -> SuiteUpdate:
    """The update, on disk; or as a failed one, if the disk would not take it."""
    folder = update.suite.folder
    try:
        staging = staging_folder(root, workdir)
        replace_folder(root / folder, update.files, staging=staging)
    except OSError as error:
        return dataclasses.replace(update, errors=(f"{folder} cannot be written: {error}",))
    engine.forget(workspace, folder, {*update.files, *update.stale})
    return dataclasses.replace(update, written=True)


def _seen(update: SuiteUpdate, root: Path, visible: Iterable[str]) -> SuiteUpdate:
    """The update; or as a failed one, if Pants does not see what was written."""
    try:
        if update.written:
            generated_folder.contents(root, update.suite, visible)
    except (ValueError, OSError) as error:
        return dataclasses.replace(update, errors=(str(error),))
    return update


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
