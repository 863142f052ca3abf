"""`matrix`: shows what is tested and why."""

from __future__ import annotations

from enum import Enum
from typing import Iterable

from pants.base.specs import Specs
from pants.engine.console import Console
from pants.engine.goal import Goal, GoalSubsystem, LineOriented
from pants.engine.rules import Rule, collect_rules, goal_rule
from pants.engine.unions import UnionRule
from pants.option.option_types import BoolOption, EnumOption, StrOption
from pants.util.docutil import bin_name
from pants.util.strutil import help_text, softwrap

from version_matrix import engine
from version_matrix.goals.selection import nothing_selected
from version_matrix.report import matrix_view
from version_matrix.report.matrix_view import SuiteView
from version_matrix.stanza import samples_file
from version_matrix.stanza.addresses import from_root
from version_matrix.stanza.samples_file import SAMPLES_FILE, UnreadableSamples
from version_matrix.stanza.suite import Suite
from version_matrix.stanza.targets import once_each, suite_of


class MatrixFormat(Enum):
    """How the matrix is shown."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"


class MatrixSubsystem(LineOriented, GoalSubsystem):
    name = "matrix"
    help = help_text("""
        Shows which releases are tested on which Pythons, and why.

        Reads what `generate-matrix` wrote; asks no index. For instance `matrix ::`,
        `matrix --explain path/to/suite:matrix`, `matrix --verdict=yanked ::`, or
        `matrix --format=github ::` for a job matrix.

        A Python that ends in `?` is a trial, one that the release admits, but does not claim to
        support; one that ends in `!` is unresolvable.
        """)

    explain = BoolOption(
        default=False,
        help=softwrap("""
            Tell the verdict on every release of the index, tested or not, and of each sample why it
            is or is not tested on each Python. Many releases in a row with the same verdict, and
            those outside the specifier, are one line; JSON has each.
            """),
    )
    verdict = StrOption(
        default=None,
        help=softwrap("""
            Explain only releases with such a verdict, each on a line of its own: a text that is a
            part of it, or a pattern (`*`, `?`, `[...]`) for all of it, in capitals or not. For
            instance `--verdict="outside the specifier"` or `--verdict="no Python*"`.
            """),
    )
    format = EnumOption(
        default=MatrixFormat.TABLE,
        help="A table for a terminal, Markdown for a page, JSON, or a GitHub Actions job matrix.",
    )


class Matrix(Goal):
    subsystem_cls = MatrixSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def show_matrix(console: Console, specs: Specs, options: MatrixSubsystem) -> Matrix:
    stanzas = await engine.stanzas(specs)
    if not stanzas:
        told, status = nothing_selected(specs, options.name)
        console.print_stderr(told)
        return Matrix(exit_code=status)
    suites = [suite_of(stanza) for stanza in once_each(stanzas)]
    files = await engine.read_files([f"{suite.folder}/{SAMPLES_FILE}" for suite in suites])
    views = [_view(suite, files.get(f"{suite.folder}/{SAMPLES_FILE}")) for suite in suites]
    with options.line_oriented(console) as print_line:
        print_line(_rendered(views, options))
    return Matrix(exit_code=0)


def _view(suite: Suite, content: bytes | None) -> SuiteView:
    mend = f"run `{bin_name()} generate-matrix {from_root(suite.address)}`"
    if content is None:
        return SuiteView(suite, None, f"not generated: {mend}")
    try:
        return SuiteView(suite, samples_file.parse(content.decode()))
    except (UnreadableSamples, UnicodeDecodeError) as error:
        return SuiteView(suite, None, f"{SAMPLES_FILE} cannot be read ({error}): {mend}")


def _rendered(views: list[SuiteView], options: MatrixSubsystem) -> str:
    if options.format is MatrixFormat.GITHUB:
        return matrix_view.github(views)
    shown = {
        MatrixFormat.JSON: matrix_view.as_json,
        MatrixFormat.MARKDOWN: matrix_view.markdown,
        MatrixFormat.TABLE: matrix_view.table,
    }[options.format]
    verdict = options.verdict or None
    return shown(views, explain=options.explain or verdict is not None, verdict=verdict)


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
