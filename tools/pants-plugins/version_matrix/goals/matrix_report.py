"""`matrix-report`: what the cells did, as a page, JSON, Markdown and badges."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import AbstractSet, Iterable, Mapping, Sequence

from pants.backend.python.util_rules.pex import VenvPexProcess
from pants.base.build_root import BuildRoot
from pants.base.specs import Specs
from pants.core.goals.test import TestSubsystem
from pants.core.util_rules.distdir import DistDir
from pants.engine.console import Console
from pants.engine.fs import Workspace
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.rules import Rule, collect_rules, goal_rule
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.option.option_types import StrListOption, StrOption
from pants.util.docutil import bin_name
from pants.util.logging import LogLevel
from pants.util.strutil import help_text, pluralize, softwrap

from version_matrix import engine
from version_matrix.disk.folder_swap import replace_folder, restore_folders, staging_folder
from version_matrix.report import plan as report_plan
from version_matrix.report.plan import SuiteFiles
from version_matrix.stanza.targets import MatrixTestsTarget, suite_of
from version_matrix.tools.carried import carried_sources
from version_matrix.tools.subsystems import MatrixResults

_FOLDER = "matrix"
_SOURCES = "__matrix-results"
# As in matrix_results.junit, before it is in memory and in Pants' store.
_MAX_BYTES = 64 * 1024 * 1024
_ALWAYS = (
    "Set `report = true` under `[test]` in pants.toml, so that every result is of the last run."
)


class MatrixReportSubsystem(GoalSubsystem):
    name = "matrix-report"
    help = help_text("""
        Makes a report of what the cells did, below `dist/matrix`.

        It holds `index.html`, one page that needs no network, `report.json`, `failures.md` and
        `failures.json`, `support.md` and `badges/`. The results are the last that `test` wrote; a
        cell without one was not run. For instance `test ::` and then `matrix-report ::`.

        `test` writes results only with `report = true` under `[test]`. It belongs into pants.toml:
        where it is given now and then, a test that failed without it leaves its older result.
        """)

    since = StrOption(
        default=None,
        help="The `report.json` of an earlier report: the page then says what changed.",
    )
    results = StrListOption(
        default=[],
        help=softwrap("""
            Folders of JUnit files, for instance those of several CI jobs that ran `test --shard`.
            By default `[test].report_dir`.
            """),
    )


class MatrixReport(Goal):
    subsystem_cls = MatrixReportSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def report_matrix(
    console: Console,
    workspace: Workspace,
    build_root: BuildRoot,
    dist: DistDir,
    specs: Specs,
    options: MatrixReportSubsystem,
    test: TestSubsystem,
    tool: MatrixResults,
    global_options: GlobalOptions,
) -> MatrixReport:
    root = build_root.pathlib_path
    every = await engine.every_stanza()
    targets = await engine.stanzas(specs) if specs else every
    stanzas = [(target.address, suite_of(target)) for target in targets]
    if not stanzas:
        console.print_stderr(
            f"No `{MatrixTestsTarget.alias}` target was given: try `{bin_name()} {options.name} ::`."
        )
        return MatrixReport(exit_code=1)
    files = await engine.read_files([glob for _, s in stanzas for glob in SuiteFiles.globs(s)])
    suites = [SuiteFiles(address, suite, files) for address, suite in stanzas]
    plan = report_plan.plan(
        suites, others=len(every) - len(suites), command=f"{bin_name()} generate-matrix"
    )

    folders = options.results or [str(test.report_dir(dist))]
    missing = [folder for folder in folders if not (root / folder).is_dir()]
    if missing:
        told = f"there is no folder {', '.join(missing)}."
        console.print_stderr(
            f"{options.name}: {told} {'' if options.results else _run_tests(test)}"
        )
        return MatrixReport(exit_code=1)
    if not options.results and not test.report:
        console.print_stderr(f"{folders[0]} may be older than the last tests. {_ALWAYS}")
    try:
        results = _results(root, folders, plan.results)
        since = {"since.json": (root / options.since).read_bytes()} if options.since else {}
    except OSError as error:
        console.print_stderr(f"{options.name}: {error}")
        return MatrixReport(exit_code=1)
    commit = await engine.commit()

    pex = await engine.venv_pex(
        tool.to_pex_request(interpreter_constraints=tool.interpreter_constraints)
    )
    sources = carried_sources("matrix_results", wheel="matrix-results")
    made = await engine.attempt_tool(
        VenvPexProcess(
            pex,
            argv=(
                *("-m", "matrix_results", "report", "--matrix=matrix.json", f"--output={_FOLDER}"),
                *(f"--results=results/{number}" for number in range(len(folders))),
                f"--made-at={_now()}",
                f"--run-with={bin_name()} test",
                *(["--since=since.json"] if since else []),
                *([f"--commit={commit}"] if commit else []),
            ),
            extra_env={"PEX_INTERPRETER": "1", "PEX_EXTRA_SYS_PATH": _SOURCES},
            input_digest=await engine.digest_of(
                {
                    "matrix.json": plan.text,
                    **since,
                    **results,
                    **{f"{_SOURCES}/{path}": content for path, content in sources.items()},
                }
            ),
            output_directories=(_FOLDER,),
            description=f"Report on {pluralize(len(suites), 'suite')}",
            level=LogLevel.DEBUG,
        )
    )
    if made.exit_code != 0:
        told = made.stderr.decode(errors="replace").strip()
        for number, folder in enumerate(folders):
            told = told.replace(f"results/{number}/", f"{folder}/")
        console.print_stderr(told)
        return MatrixReport(exit_code=1)
    report = {
        path[len(_FOLDER) + 1 :]: content
        for path, content in (await engine.contents(made.output_digest)).items()
    }
    made_in = root / dist.relpath / _FOLDER
    try:
        made_in.parent.mkdir(parents=True, exist_ok=True)
        # `dist` may be on a disk of its own.
        staging = staging_folder(made_in.parent, Path(global_options.pants_workdir))
        restore_folders(staging)
        replace_folder(made_in, report, staging=staging)
    except OSError as error:
        console.print_stderr(f"{options.name}: {made_in} cannot be written: {error}")
        return MatrixReport(exit_code=1)
    workspace.side_effected()
    console.print_stdout(f"{dist.relpath / _FOLDER}/index.html: {made.stdout.decode().strip()}")
    return MatrixReport(exit_code=0)


def _run_tests(test: TestSubsystem) -> str:
    """How to get results."""
    if test.report:
        return f"Run `{bin_name()} test ::` first."
    return f"Run `{bin_name()} test --test-report ::` first. {_ALWAYS}"


def _results(root: Path, folders: Sequence[str], wanted: AbstractSet[str]) -> Mapping[str, bytes]:
    """`results/NUMBER/NAME` -> content of the JUnit files of each folder that are wanted.

    They are read here and not by the engine because it ignores `dist`, and a goal runs anew
    each time. Raises `OSError`.
    """
    found = {}
    for number, folder in enumerate(folders):
        for name in sorted(wanted):
            path = root / folder / name
            if not path.is_file():
                continue
            if path.stat().st_size > _MAX_BYTES:
                raise OSError(
                    f"{folder}/{name} is larger than {_MAX_BYTES} bytes: no result of a test run. "
                    "Delete it."
                )
            found[f"results/{number}/{name}"] = path.read_bytes()
    return found


def _now() -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
