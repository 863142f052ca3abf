"""`python_matrix_tests` and the targets it generates."""

from __future__ import annotations

import os.path
from typing import Any, Callable, ClassVar, Iterable, Mapping, Optional, TypeVar, Union

from pants.backend.python.target_types import (
    InterpreterConstraintsField,
    PythonResolveField,
    PythonTestsDependenciesField,
    PythonTestsExtraEnvVarsField,
    PythonTestsGeneratingSourcesField,
    PythonTestSourceField,
    PythonTestsTimeoutField,
    SkipPythonTestsField,
)
from pants.engine.addresses import Address
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    Dependencies,
    Field,
    IntField,
    InvalidFieldException,
    InvalidFieldTypeException,
    InvalidTargetException,
    MultipleSourcesField,
    StringField,
    StringSequenceField,
    Target,
    TargetGenerator,
)
from pants.util.frozendict import FrozenDict
from pants.util.strutil import help_text

from version_matrix import suite
from version_matrix.suite import Suite, SuiteError

# ------------------------------------------------------------------------------------------
# Fields of a stanza
# ------------------------------------------------------------------------------------------


class MatrixPackageField(StringField):
    alias = "package"
    help = help_text("""
        The package under test, as a PEP 508 requirement: `httpx[http2]>=0.16`. Its lower bound is
        the oldest release that is supported, and tested.

        Without it the suite tests a library against its own requirements, once resolved as low as
        they allow and once as high.
        """)

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        if value is None:
            return None
        requirement = _explained(cls, address, lambda: suite.parse_requirement(value))
        if requirement.marker:
            raise InvalidFieldException(
                f"The {cls.alias!r} field in target {address} is {value!r}: expected a name, "
                "extras and a specifier; Pythons belong to the `python` field."
            )
        return value


class _MappingField(Field):
    """A dict of the BUILD file, kept frozen; subclasses say what its values may be."""

    value: FrozenDict[str, Any]
    default: ClassVar[None] = None

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> FrozenDict[str, Any]:
        value = super().compute_value(raw_value, address)
        if value is None:
            return FrozenDict()
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise InvalidFieldTypeException(
                address, cls.alias, value, expected_type="a dict whose keys are specifiers"
            )
        return FrozenDict({key: cls.frozen(value[key], address) for key in value})

    @classmethod
    def frozen(cls, value: Any, address: Address) -> Any:
        raise NotImplementedError


class MatrixRequirementsField(_MappingField):
    alias = "requirements"
    help = help_text("""
        What else the environment of a cell holds: a specifier on the package (or `*`) leads to a
        list of PEP 508 requirements. All rules that match a release apply together.

        For instance `{"*": ["anyio>=3"], "<0.24": ["anyio<4"]}`.
        """)

    @classmethod
    def frozen(cls, value: Any, address: Address) -> tuple[str, ...]:
        if not isinstance(value, (list, tuple)) or not all(isinstance(i, str) for i in value):
            raise InvalidFieldTypeException(
                address, cls.alias, value, expected_type="a dict of lists of requirements"
            )
        return tuple(value)

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> FrozenDict[str, Any]:
        value = super().compute_value(raw_value, address)
        _explained(cls, address, lambda: suite.parse_rules(value))
        return value


class MatrixPythonField(_MappingField):
    alias = "python"
    help = help_text("""
        The Pythons to test on, if not all of `[version-matrix].target_pythons`: one specifier, or
        a dict from a specifier on the package (or `*`) to one. For instance
        `{"*": ">=3.8", ">=0.28": ">=3.9"}`.
        """)

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> FrozenDict[str, Any]:
        rules = {suite.EVERY_RELEASE: raw_value} if isinstance(raw_value, str) else raw_value
        value = super().compute_value(rules, address)
        _explained(cls, address, lambda: suite.parse_python(value))
        return value

    @classmethod
    def frozen(cls, value: Any, address: Address) -> str:
        if not isinstance(value, str):
            raise InvalidFieldTypeException(
                address, cls.alias, value, expected_type="a specifier, or a dict of specifiers"
            )
        return value


class MatrixKnownFailuresField(_MappingField):
    alias = "known_failures"
    help = help_text("""
        Releases that are known to fail: a specifier leads to a reason, or to a dict of `reason`,
        `until` (a date) and `python` (a specifier). A listed cell that passes is an error, and so
        is one whose date is past: the list can only shrink to the truth.

        For instance `{"==0.19.*": "connection pool bug, see its issue 1234"}`.
        """)

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> FrozenDict[str, Any]:
        value = super().compute_value(raw_value, address)
        _explained(cls, address, lambda: suite.parse_known_failures(value))
        return value

    @classmethod
    def frozen(cls, value: Any, address: Address) -> Union[str, FrozenDict[str, str]]:
        if isinstance(value, str):
            return value
        if isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values()):
            return FrozenDict(value)
        raise InvalidFieldTypeException(
            address, cls.alias, value, expected_type="a reason, or a dict of strings"
        )


class MatrixSamplesField(IntField):
    alias = "samples"
    help = help_text("""
        How many stable releases to test; by default `[version-matrix].samples`. The oldest and
        newest, the newest of recent majors and a fresh prerelease are tested in any case.
        """)

    @classmethod
    def compute_value(cls, raw_value: Optional[int], address: Address) -> Optional[int]:
        value = super().compute_value(raw_value, address)
        return _explained(cls, address, lambda: suite.parse_samples(value))


class MatrixSdistsField(StringSequenceField):
    alias = "sdists"
    help = help_text("""
        Projects that may be built from source for want of a wheel. Building runs their code, so
        nothing else is ever built.
        """)

    @classmethod
    def compute_value(
        cls, raw_value: Optional[Iterable[str]], address: Address
    ) -> Optional[tuple[str, ...]]:
        value = super().compute_value(raw_value, address)
        return _explained(cls, address, lambda: suite.parse_projects(value or ()))


_Parsed = TypeVar("_Parsed")


def _explained(field: type[Field], address: Address, parse: Callable[[], _Parsed]) -> _Parsed:
    try:
        return parse()
    except SuiteError as error:
        raise InvalidFieldException(
            f"The {field.alias!r} field in target {address}: {error}."
        ) from None


_STANZA_FIELDS = (
    MatrixPackageField,
    MatrixRequirementsField,
    MatrixPythonField,
    MatrixKnownFailuresField,
    MatrixSamplesField,
    MatrixSdistsField,
)


def suite_of(target: Target) -> Suite:
    """The suite a `python_matrix_tests` target stands for."""
    address = target.address
    return Suite(
        address=address.spec,
        folder=os.path.join(address.spec_path, address.target_name),
        package=target[MatrixPackageField].value,
        rules=suite.parse_rules(target[MatrixRequirementsField].value),
        python=suite.parse_python(target[MatrixPythonField].value),
        samples=target[MatrixSamplesField].value,
        sdists=target[MatrixSdistsField].value or (),
        known_failures=suite.parse_known_failures(target[MatrixKnownFailuresField].value),
    )


# ------------------------------------------------------------------------------------------
# The targets a stanza generates
# ------------------------------------------------------------------------------------------


class SkipOutsideCellsField(SkipPythonTestsField):
    default = True


class MatrixTestFileTarget(Target):
    alias = "python_matrix_test_file"
    core_fields = (
        *COMMON_TARGET_FIELDS,
        PythonTestSourceField,
        PythonTestsDependenciesField,
        PythonResolveField,
        InterpreterConstraintsField,
        SkipOutsideCellsField,
    )
    help = help_text("""
        One test file of a suite, as linters, type checkers and import inference see it. It is run
        by the cells of its suite only.
        """)


class CellSourcesField(MultipleSourcesField):
    alias = "_sources"
    help = "The cell's lock and the test files of its suite."


class CellDependenciesField(Dependencies):
    alias = "_dependencies"
    help = "The test files of the suite, and through them all the first-party code they reach."


class CellVersionField(StringField):
    alias = "version"
    required = True
    help = "The sample: the release of the package that this cell tests."


class CellTierField(StringField):
    alias = "tier"
    required = True
    help = "Why the release is tested: `lowest`, `major`, `between`, `latest` or `prerelease`."


class CellPythonField(StringField):
    alias = "python"
    required = True
    help = "The Python that this cell runs on, for instance `3.12`."


class CellLockField(StringField):
    alias = "lock"
    help = "The path of the hash-pinned requirements that make the cell's environment."


class CellKnownFailureField(StringField):
    alias = "known_failure"
    help = "Why the cell is expected to fail; unset if it is expected to pass."


class CellKnownFailureUntilField(StringField):
    alias = "known_failure_until"
    help = "The date until which the known failure is tolerated, if it has one."


class CellProblemField(StringField):
    alias = "problem"
    help = "Why the cell cannot run, and the command that mends it; unset if it can."


class MatrixCellTarget(Target):
    alias = "python_matrix_cell"
    core_fields = (
        *COMMON_TARGET_FIELDS,
        CellSourcesField,
        CellDependenciesField,
        CellVersionField,
        CellTierField,
        CellPythonField,
        CellLockField,
        CellKnownFailureField,
        CellKnownFailureUntilField,
        CellProblemField,
        MatrixSdistsField,
        PythonTestsTimeoutField,
        PythonTestsExtraEnvVarsField,
    )
    help = help_text("""
        One cell: one sampled release on one Python, in one environment, by one pytest process.
        """)


class MatrixTestsTarget(TargetGenerator):
    alias = "python_matrix_tests"
    core_fields = (*COMMON_TARGET_FIELDS, PythonTestsGeneratingSourcesField, *_STANZA_FIELDS)
    generated_target_cls = MatrixCellTarget
    copied_fields = COMMON_TARGET_FIELDS
    moved_fields = (
        PythonTestsDependenciesField,
        PythonResolveField,
        InterpreterConstraintsField,
        PythonTestsTimeoutField,
        PythonTestsExtraEnvVarsField,
    )

    def validate(self) -> None:
        try:
            suite.check_own_floor(suite_of(self))
        except SuiteError as error:
            raise InvalidTargetException(f"{self.address}: {error}.") from None

    help = help_text("""
        Tests of an integration, run on a sample of the releases of the package it integrates.

        `generate-matrix` chooses and locks the releases; `test` runs a cell for each of them on
        each of its Pythons; `matrix --explain` tells why a release is tested or not.
        """)
