"""`python_matrix_tests` and the targets it generates."""

from __future__ import annotations

import os.path
from typing import Iterable

from pants.backend.python.target_types import (
    InterpreterConstraintsField,
    PythonResolveField,
    PythonTestsExtraEnvVarsField,
    PythonTestSourceField,
    PythonTestsTimeoutField,
)
from pants.engine.addresses import Address
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    InvalidTargetException,
    Target,
)
from pants.util.strutil import help_text

from version_matrix.programs.fields import ProgramsField
from version_matrix.stanza import suite
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
    SkipOutsideCellsField,
)
from version_matrix.stanza.conditions import SuiteError
from version_matrix.stanza.stanza_fields import (
    MatrixAxesField,
    MatrixCombineField,
    MatrixKnownFailuresField,
    MatrixMaxMajorsField,
    MatrixPackageField,
    MatrixPythonField,
    MatrixRequirementsField,
    MatrixSamplesField,
    MatrixSdistsField,
    MatrixTestDependenciesField,
    MatrixTestsSourcesField,
    MatrixUpstreamField,
)
from version_matrix.stanza.suite import Suite
from version_matrix.stanza.upstream import check_upstream
from version_matrix.stanza.variants import (
    AnyFieldParametrized,
    MatrixDescriptionField,
    MatrixTagsField,
    wrong_variant,
)

_COMMON_FIELDS = (MatrixTagsField, MatrixDescriptionField)

_STANZA_FIELDS = (
    MatrixPackageField,
    MatrixRequirementsField,
    MatrixPythonField,
    MatrixKnownFailuresField,
    MatrixMaxMajorsField,
    MatrixSamplesField,
    MatrixSdistsField,
    MatrixAxesField,
    MatrixCombineField,
    MatrixUpstreamField,
)


def once_each(stanzas: Iterable[MatrixTestsTarget]) -> tuple[MatrixTestsTarget, ...]:
    """The stanzas, each once: variants of one share its generated folder, and are one suite."""
    found: dict[str, MatrixTestsTarget] = {}
    for stanza in stanzas:
        found.setdefault(suite_of(stanza).folder, stanza)
    return tuple(found.values())


def suite_of(target: Target) -> Suite:
    """The suite a `python_matrix_tests` target stands for, whichever variant of it."""
    address = Address(target.address.spec_path, target_name=target.address.target_name)
    return Suite(
        address=address.spec,
        folder=os.path.join(address.spec_path, address.target_name),
        package=target[MatrixPackageField].value,
        rules=suite.parse_rules(target[MatrixRequirementsField].value),
        python=suite.parse_python(target[MatrixPythonField].value),
        samples=target[MatrixSamplesField].value,
        max_majors=target[MatrixMaxMajorsField].value,
        sdists=target[MatrixSdistsField].value or (),
        known_failures=suite.parse_known_failures(target[MatrixKnownFailuresField].value),
        axes=target[MatrixAxesField].value or (),
        combine=target[MatrixCombineField].value,
        upstream=target[MatrixUpstreamField].value,
    )


class MatrixTestFileTarget(Target):
    alias = "python_matrix_test_file"
    core_fields = (
        *COMMON_TARGET_FIELDS,
        PythonTestSourceField,
        MatrixTestDependenciesField,
        PythonResolveField,
        InterpreterConstraintsField,
        SkipOutsideCellsField,
    )
    help = help_text("""
        One test file of a suite, as linters, type checkers and import inference see it. It is run
        by the cells of its suite only.
        """)


class MatrixCellTarget(Target):
    alias = "python_matrix_cell"
    core_fields = (
        *COMMON_TARGET_FIELDS,
        CellSourcesField,
        CellDependenciesField,
        CellPackageField,
        CellVersionField,
        CellAxesField,
        CellTierField,
        CellPythonField,
        CellTrialField,
        CellLockField,
        CellKnownFailureField,
        CellKnownFailureUntilField,
        CellUnresolvableField,
        CellProblemField,
        MatrixSdistsField,
        ProgramsField,
        PythonTestsTimeoutField,
        PythonTestsExtraEnvVarsField,
    )
    help = help_text("""
        One cell: one sampled release on one Python, in one environment, by one pytest process.
        """)


class MatrixTestsTarget(AnyFieldParametrized):
    alias = "python_matrix_tests"
    core_fields = (
        *_COMMON_FIELDS,
        MatrixTestsSourcesField,
        *_STANZA_FIELDS,
    )
    generated_target_cls = MatrixCellTarget
    copied_fields = _COMMON_FIELDS
    moved_fields = (
        MatrixTestDependenciesField,
        PythonResolveField,
        InterpreterConstraintsField,
        PythonTestsTimeoutField,
        PythonTestsExtraEnvVarsField,
        ProgramsField,
    )

    def validate(self) -> None:
        wrong = wrong_variant(self.address)
        if wrong:
            raise InvalidTargetException(f"{wrong}.")
        try:
            suite.check_own_floor(suite_of(self))
            check_upstream(suite_of(self))
        except SuiteError as error:
            raise InvalidTargetException(f"{self.address}: {error}.") from None

    help = help_text("""
        Tests of an integration, run on a sample of the releases of the package it integrates.

        `generate-matrix` chooses and locks the releases; `test` runs a cell for each of them on
        each of its Pythons; `matrix --explain` tells why a release is tested or not.
        """)
