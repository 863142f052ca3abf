"""`bisect-matrix`: the first bad release of a cell that fails, and whether a pin is the cause."""

from __future__ import annotations

import datetime
import os.path
from enum import Enum
from typing import Iterable, Mapping, Sequence

from pants.base.build_root import BuildRoot
from pants.base.specs import Specs
from pants.engine.console import Console
from pants.engine.goal import Goal, GoalSubsystem, LineOriented
from pants.engine.rules import Rule, collect_rules, goal_rule
from pants.engine.target import Target
from pants.engine.unions import UnionRule
from pants.option.option_types import EnumOption, StrOption
from pants.util.docutil import bin_name
from pants.util.strutil import help_text, softwrap

from version_matrix import engine
from version_matrix.bisection import answer
from version_matrix.bisection.committed import committed_locks
from version_matrix.bisection.ends import End, good_ends
from version_matrix.bisection.investigation import investigated
from version_matrix.bisection.laboratory import Laboratory
from version_matrix.bisection.ladder import ladders, uploaded
from version_matrix.bisection.members import members, snapshots
from version_matrix.bisection.refusals import UNUSABLE, Refused
from version_matrix.cells.interpreters import missing_python, not_here
from version_matrix.cells.lock_entries import applying
from version_matrix.cells.requests import MarkersRequest
from version_matrix.generate.requests import ClosureRequest
from version_matrix.programs.fields import ProgramsField
from version_matrix.programs.runner import lacking
from version_matrix.stanza import samples_file
from version_matrix.stanza.addresses import sample_name, stanza_address
from version_matrix.stanza.cell_fields import (
    CellLockField,
    CellProblemField,
    CellPythonField,
    CellUnresolvableField,
)
from version_matrix.stanza.lock_file import body
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.samples_file import SAMPLES_FILE, is_lock_name
from version_matrix.stanza.targets import MatrixCellTarget, suite_of


class BisectFormat(Enum):
    """How the answer is printed."""

    TEXT = "text"
    JSON = "json"


class BisectMatrixSubsystem(LineOriented, GoalSubsystem):
    name = "bisect-matrix"
    help = help_text("""
        Finds the first bad release of a cell that fails, and whether it or one of its pins is the
        cause.

        Between the last sample that passes and this cell it tries releases of the snapshot, each with
        a lock that is made on the fly, in the process that a cell of it would have; then mixes of the
        two locks that are beside each other. No file of the suite is written. For instance
        `bisect-matrix path/to/suite:matrix#0.28.1@python=3.12`.

        The cell passes where it is compared with: its own lock as it is committed, if that is another
        one, or the nearest older sample that passes. In a suite with axes it is found first which of
        the packages has to move for the cell to fail, or which together.

        Exit codes: 0 if the cause is named, 1 if the cell cannot be run or no lock can be made, 2 if it
        passes, 3 if nothing is there that passes, 4 if one environment passes and fails.
        """)

    good = StrOption(
        default=None,
        metavar="CELL",
        help=softwrap("""
            A cell of the same suite and Python that passes, to search from; it may be the newer one.
            """),
    )
    format = EnumOption(
        default=BisectFormat.TEXT,
        help=softwrap("""
            Text, or JSON: an object with `release`, `uploaded`, `cause`, `failing_test` and `pins`.
            """),
    )


class BisectMatrix(Goal):
    subsystem_cls = BisectMatrixSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


async def _set_up(cell: Target, matrix: VersionMatrix) -> tuple[Laboratory, Mapping[str, str]]:
    """Where the cell is tried, and name -> text of the generated files of its suite."""
    stanza = stanza_address(cell)
    suite = suite_of(await engine.target_at(stanza))
    minor, version = cell[CellPythonField].value or "", sample_name(cell)
    found = await engine.interpreter(minor)
    programs = await engine.programs(cell[ProgramsField].value or ())
    for lack in lacking(programs, ci=False):
        raise Refused(UNUSABLE, f"{cell.address} cannot be run: {not_here(lack)}")
    if found.python is None:
        lack = missing_python(minor, found, matrix, ci=False)
        raise Refused(UNUSABLE, f"{cell.address} cannot be run: {not_here(lack)}")
    (reached,) = await engine.closures([ClosureRequest(stanza)])
    if reached.closure is None:
        raise Refused(UNUSABLE, f"{suite.address}: {reached.error}")
    files = await engine.read_files([f"{suite.folder}/*"])
    texts = {
        os.path.basename(path): content.decode(errors="replace") for path, content in files.items()
    }
    now = datetime.datetime.now(datetime.timezone.utc)
    of_members = snapshots(suite, texts)
    undated = tuple(
        member
        for member, release in members(suite, version)
        if not uploaded(of_members[member], release)
    )
    return (
        Laboratory(
            cell.address,
            suite,
            reached.closure,
            version,
            minor,
            found.python,
            programs,
            now,
            undated,
        ),
        texts,
    )


@goal_rule
async def bisect_matrix(
    console: Console,
    build_root: BuildRoot,
    specs: Specs,
    options: BisectMatrixSubsystem,
    matrix: VersionMatrix,
) -> BisectMatrix:
    try:
        cell = _only_cell(await engine.selected(specs) if specs else ())
        named = await engine.addresses_of([options.good] if options.good else [], option="--good")
        good = [_fellow(each, cell) for each in await engine.targets_at(named)]
        laboratory, texts = await _set_up(cell, matrix)
        suite, version, minor = laboratory.suite, laboratory.version, laboratory.minor
        of_members = snapshots(suite, texts)
        markers = (await engine.markers(MarkersRequest(laboratory.python))).values
        ends = [_end_of(each, texts) for each in good] or good_ends(
            samples_file.parse(texts[SAMPLES_FILE]).samples,
            failing=version,
            python=minor,
            present={name: text for name, text in texts.items() if is_lock_name(name)},
            committed=committed_locks(build_root.pathlib_path, suite.folder),
        )
        finding = await investigated(
            laboratory,
            texts[os.path.basename(cell[CellLockField].value or "")],
            ends,
            lambda good, bad: ladders(suite, of_members, good, bad, python=minor),
            lambda lock: {pin.project: pin.version for pin in applying(body(lock), markers)},
            matrix,
        )
    except Refused as refusal:
        console.print_stderr(f"{options.name}: {refusal}")
        return BisectMatrix(exit_code=refusal.exit_code)
    told = answer.answer(finding, package=suite.project, sample=version, snapshots=of_members)
    with options.line_oriented(console) as print_line:
        if options.format is BisectFormat.JSON:
            print_line(answer.as_json(told))
        else:
            print_line(answer.as_text(told, finding, cell=f"{cell.address}"))
    return BisectMatrix(exit_code=0)


def _only_cell(targets: Sequence[Target]) -> Target:
    """The cell that is asked for; raises `Refused` if it is none, or none that has an environment."""
    cells = [target for target in targets if isinstance(target, MatrixCellTarget)]
    if len(cells) > 1:
        some = ", ".join(f"{cell.address}" for cell in cells[:3])
        raise Refused(UNUSABLE, f"{len(cells)} cells are named, {some} among them: name one.")
    if not cells:
        raise Refused(
            UNUSABLE,
            f"name a cell that fails, for instance `{bin_name()} bisect-matrix "
            f"path/to/suite:matrix#0.28.1@python=3.12`; `{bin_name()} matrix --format=json` lists "
            "them.",
        )
    (cell,) = cells
    amiss = cell[CellProblemField].value or cell[CellUnresolvableField].value
    if amiss:
        raise Refused(UNUSABLE, f"{cell.address} has no environment that could fail: {amiss}")
    return cell


def _fellow(good: Target, cell: Target) -> Target:
    """The cell that `--good` names; raises `Refused` if the other cannot be compared with it."""
    stanza = stanza_address(cell)
    python = cell[CellPythonField].value
    if (
        not isinstance(good, MatrixCellTarget)
        or stanza_address(good) != stanza
        or good[CellPythonField].value != python
        or good.address == cell.address
    ):
        raise Refused(
            UNUSABLE,
            f"--good={good.address} is not another cell of {stanza} on Python {python}.",
        )
    amiss = good[CellProblemField].value or good[CellUnresolvableField].value
    if amiss:
        raise Refused(UNUSABLE, f"--good={good.address} cannot pass: {amiss}")
    return good


def _end_of(good: Target, texts: Mapping[str, str]) -> End:
    lock = texts[os.path.basename(good[CellLockField].value or "")]
    return End(sample_name(good), f"{good.address}", lock)


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
