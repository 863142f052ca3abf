"""From a stanza and its `samples.json` to file targets and cell targets."""

from __future__ import annotations

import os.path
from dataclasses import dataclass
from typing import Any, Collection, Iterable, Iterator, Mapping, Sequence

from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import (
    InterpreterConstraintsField,
    PythonResolveField,
    PythonTestsExtraEnvVarsField,
    PythonTestsGeneratingSourcesField,
    PythonTestSourceField,
    PythonTestsTimeoutField,
)
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    GeneratedTargets,
    GenerateTargetsRequest,
    Tags,
    Target,
)
from pants.engine.unions import UnionMembership, UnionRule
from pants.util.docutil import bin_name
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.programs.fields import ProgramsField
from version_matrix.stanza import python_names, samples_file
from version_matrix.stanza.addresses import cell_address, from_root
from version_matrix.stanza.cell_fields import (
    CellAxesField,
    CellDependenciesField,
    CellKnownFailureField,
    CellKnownFailureUntilField,
    CellLockField,
    CellPackageField,
    CellProblemField,
    CellPythonField,
    CellSourcesField,
    CellTierField,
    CellTrialField,
    CellUnresolvableField,
    CellVersionField,
)
from version_matrix.stanza.combination import axes_of, release_of
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.samples_file import SAMPLES_FILE, Sample, UnreadableSamples
from version_matrix.stanza.stanza_fields import MatrixSdistsField, MatrixTestDependenciesField
from version_matrix.stanza.suite import Suite
from version_matrix.stanza.targets import (
    MatrixCellTarget,
    MatrixTestFileTarget,
    MatrixTestsTarget,
    suite_of,
)

_FILE_FIELDS = (MatrixTestDependenciesField, PythonResolveField, InterpreterConstraintsField)
_CELL_FIELDS = (PythonTestsTimeoutField, PythonTestsExtraEnvVarsField, ProgramsField)

_NO_TESTS = (
    "{} matches no test file. Bring them back, for instance by `git restore --source=main {}`, or "
    "delete the stanza and {}."
)


@dataclass(frozen=True)
class _Cell:
    """A cell with its lock, or why it has none."""

    sample: Sample
    python: str = ""
    lock: str | None = None
    unresolvable: str | None = None
    problem: str | None = None

    def files(self, suite: Suite, names: Collection[str]) -> list[str]:
        """Its lock; for one that cannot run, what is there of the files whose change may mend it."""
        if self.lock:
            return [self.lock]
        lock = [self.sample.lock_file(self.python)] if self.python else []
        amiss = [f"{suite.folder}/{name}" for name in (SAMPLES_FILE, *lock)]
        return [path for path in amiss if path in names]


class GenerateMatrixTargets(GenerateTargetsRequest[MatrixTestsTarget]):
    generate_from = MatrixTestsTarget


@rule(level=LogLevel.DEBUG)
async def generate_matrix_targets(
    request: GenerateMatrixTargets,
    union_membership: UnionMembership,
    python: PythonSetup,
    matrix: VersionMatrix,
) -> GeneratedTargets:
    generator = request.generator
    suite = suite_of(generator)
    tests = await engine.source_paths(generator[PythonTestsGeneratingSourcesField])
    # Only the names of the locks are read, so that editing a lock generates nothing anew.
    names = await engine.file_names([f"{suite.folder}/*"])
    text = await engine.read_files([f"{suite.folder}/{SAMPLES_FILE}"])

    def fields(aliases: Iterable[Any]) -> dict[str, Any]:
        return {
            field.alias: request.template[field.alias]
            for field in aliases
            if field.alias in request.template
        }

    common = fields(COMMON_TARGET_FIELDS)
    # Pants refuses Python code of which nobody has said what it runs on; the matrix knows of its own.
    unsaid = not python.options.interpreter_constraints
    pythons = _constraints(suite.pythons(matrix.minors)) if unsaid else {}
    files = [
        MatrixTestFileTarget(
            {
                **common,
                **pythons,
                **fields(_FILE_FIELDS),
                PythonTestSourceField.alias: os.path.relpath(path, generator.address.spec_path),
            },
            request.template_address.create_file(
                os.path.relpath(path, generator.address.spec_path)
            ),
            union_membership,
        )
        for path in tests
    ]

    def target(cell: _Cell) -> Target:
        sample, python = cell.sample, cell.python
        address = cell_address(request.template_address, sample, python)
        known = suite.known_failure(sample.version, python)
        tags = (
            f"tier:{sample.tier}",
            *(f"package:{project}" for project in suite.projects),
            f"python:{python}",
            *(["trial"] if python in sample.trials else []),
        )
        sources = [*tests, *cell.files(suite, names)]
        return MatrixCellTarget(
            {
                **common,
                **fields(_CELL_FIELDS),
                Tags.alias: [*(common.get(Tags.alias) or ()), *tags],
                CellSourcesField.alias: [
                    os.path.relpath(path, generator.address.spec_path) for path in sources
                ],
                CellDependenciesField.alias: [file.address.spec for file in files],
                CellPackageField.alias: suite.project or None,
                CellVersionField.alias: release_of(sample.version),
                CellAxesField.alias: [
                    f"{project}=={version}" for project, version in axes_of(sample.version).items()
                ],
                CellTierField.alias: sample.tier,
                CellPythonField.alias: python,
                CellTrialField.alias: python in sample.trials,
                CellLockField.alias: cell.lock,
                CellKnownFailureField.alias: known.reason if known else None,
                CellKnownFailureUntilField.alias: (
                    known.until.isoformat() if known and known.until else None
                ),
                CellUnresolvableField.alias: cell.unresolvable,
                CellProblemField.alias: cell.problem,
                MatrixSdistsField.alias: suite.sdists,
            },
            address,
            union_membership,
        )

    cells = [target(cell) for cell in _cells(suite, text, names, tests)]
    return GeneratedTargets(generator, [*files, *cells])


def _constraints(minors: Sequence[str]) -> dict[str, Any]:
    """The field that says on which Pythons (`3.12`, ascending) test files run, if on any."""
    if not minors:
        return {}
    # Whatever build: what reads the files, a type checker for one, knows of versions alone.
    first, last = (python_names.release_of(minors[end]) for end in (0, -1))
    major, _, minor = last.partition(".")
    constraint = f"CPython>={first},<{major}.{int(minor) + 1}"
    return {InterpreterConstraintsField.alias: [constraint]}


def _cells(
    suite: Suite, text: Mapping[str, bytes], names: tuple[str, ...], tests: tuple[str, ...]
) -> Iterator[_Cell]:
    """The cells of a suite.

    What cannot run stays visible as a cell that fails with the command that mends it: a suite
    that nobody generated must not look tested.
    """
    command = f"`{bin_name()} generate-matrix {from_root(suite.address)}`"
    path = f"{suite.folder}/{SAMPLES_FILE}"
    if path not in text:
        problem = f"{suite.address} has no {path} yet. Run {command}."
        yield _Cell(Sample("not-generated", "unknown", ()), problem=problem)
        return
    try:
        samples = samples_file.parse(text[path].decode())
    except (UnreadableSamples, UnicodeDecodeError) as error:
        problem = f"{path} cannot be read ({error}). Run {command}, which writes it anew."
        yield _Cell(Sample("unreadable", "unknown", ()), problem=problem)
        return
    no_tests = _NO_TESTS.format(suite.address, os.path.dirname(suite.folder), suite.folder)
    for sample in samples.samples:
        for python in sample.pythons:
            unresolvable = sample.why_unresolvable(python)
            lock = f"{suite.folder}/{sample.lock_file(python)}"
            if not tests:
                yield _Cell(sample, python, problem=no_tests)
            elif unresolvable is not None:
                yield _Cell(sample, python, unresolvable=unresolvable)
            elif lock in names:
                yield _Cell(sample, python, lock=lock)
            else:
                yield _Cell(sample, python, problem=f"{lock} is missing. Run {command}.")


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(GenerateTargetsRequest, GenerateMatrixTargets),
    )
