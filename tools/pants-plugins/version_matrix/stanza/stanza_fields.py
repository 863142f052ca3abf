"""The fields of a `python_matrix_tests` stanza."""

from __future__ import annotations

import os.path
from typing import Any, Callable, ClassVar, Iterable, Mapping, Optional, TypeVar, Union

from pants.backend.python.target_types import PythonTestsGeneratingSourcesField
from pants.engine.addresses import Address
from pants.engine.target import (
    Dependencies,
    Field,
    IntField,
    InvalidFieldException,
    InvalidFieldTypeException,
    StringField,
    StringSequenceField,
)
from pants.source.filespec import FilespecMatcher
from pants.util.frozendict import FrozenDict
from pants.util.memo import memoized_property
from pants.util.strutil import help_text

from version_matrix.stanza import conditions, suite
from version_matrix.stanza.conditions import SuiteError
from version_matrix.stanza.upstream import parse_upstream
from version_matrix.stanza.variants import OneForAllVariants


class MatrixPackageField(OneForAllVariants, StringField):
    alias = "package"
    help = help_text("""
        The package under test, as a PEP 508 requirement: `httpx[http2]>=0.16`. Its lower bound is
        the oldest release that is supported, and tested.

        Without it the suite tests a library against its own requirements, once resolved as low as
        they allow and once as high.
        """)

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value: Optional[str] = super().compute_value(raw_value, address)
        if value is None:
            return None
        requirement = _explained(cls, address, lambda: suite.parse_requirement(value))
        if requirement.marker:
            raise InvalidFieldException(
                f"The {cls.alias!r} field in target {address} is {value!r}: expected a name, "
                "extras and a specifier; Pythons belong to the `python` field."
            )
        return value


class _MappingField(OneForAllVariants, Field):
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
        What else the environment of a cell holds: a key leads to a list of PEP 508 requirements.
        A key is `*`, or conditions joined by ` and `: a specifier alone is on the package, one after
        the name of an axis on that, one after `python` on the interpreter. All rules that match apply
        together.

        For instance `{"*": ["anyio>=3"], "<0.24": ["anyio<4"], "<0.24 and python<3.9": ["h11<1"]}`.
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
        rules = {conditions.EVERY_RELEASE: raw_value} if isinstance(raw_value, str) else raw_value
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
        Releases that are known to fail: a specifier (with axes, a key as in `requirements`) leads to
        a reason, or to a dict of `reason`, `until` (a date) and `python` (a specifier). A listed cell that passes is an error, and so
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


class MatrixSamplesField(OneForAllVariants, IntField):
    alias = "samples"
    help = help_text("""
        How many stable releases to test; by default `[version-matrix].samples`. The oldest and
        newest, the newest of recent majors and a fresh prerelease are tested in any case.
        """)

    @classmethod
    def compute_value(cls, raw_value: Optional[int], address: Address) -> Optional[int]:
        value = super().compute_value(raw_value, address)
        return _explained(cls, address, lambda: suite.parse_count(cls.alias, value))


class MatrixMaxMajorsField(OneForAllVariants, IntField):
    alias = "max_majors"
    help = help_text("""
        Of how many newest majors the newest release is always tested; by default
        `[version-matrix].max_majors`.
        """)

    @classmethod
    def compute_value(cls, raw_value: Optional[int], address: Address) -> Optional[int]:
        value = super().compute_value(raw_value, address)
        return _explained(cls, address, lambda: suite.parse_count(cls.alias, value))


class MatrixAxesField(OneForAllVariants, StringSequenceField):
    alias = "axes"
    help = help_text("""
        Further packages to vary beside `package`, each a PEP 508 requirement like it: its lower bound
        is the oldest release that is supported. What is tested are combinations of releases, see
        `combine`. For instance `axes=["django>=4.2"]`.
        """)

    @classmethod
    def compute_value(
        cls, raw_value: Optional[Iterable[str]], address: Address
    ) -> Optional[tuple[str, ...]]:
        value = super().compute_value(raw_value, address)
        return _explained(cls, address, lambda: suite.parse_axes(value or ()))


class MatrixCombineField(OneForAllVariants, StringField):
    alias = "combine"
    help = help_text("""
        Which combinations are tested, of a suite with `axes`; by default `[version-matrix].combine`.

        `corners`: all floors together, all newest together, each floor with the others' newest, and
        every further sample once, with its contemporaries. `pairs`: every two samples, and every
        sample and Python, that go together, in as few cells as can be. `all`: every combination.
        """)

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        return _explained(cls, address, lambda: suite.parse_combine(value))


class MatrixUpstreamField(OneForAllVariants, StringField):
    alias = "upstream"
    help = help_text("""
        The unreleased source of `package`: the URL of an archive, such as that of a branch, which
        `matrix-updates canary` tests beside the newest release. No sample, lock or cell is made of it.

        For instance `upstream="https://github.com/encode/httpx/archive/refs/heads/master.tar.gz"`.
        """)

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        return _explained(cls, address, lambda: parse_upstream(value))


class MatrixTestsSourcesField(OneForAllVariants, PythonTestsGeneratingSourcesField):
    """Makes the stanza an owner of what it generates, so that what is gone selects it.

    Pants asks a stanza for the owner of a file that was deleted, and its targets for any other.
    """

    @memoized_property
    def filespec_matcher(self) -> FilespecMatcher:
        folder = self.address.spec_path
        globs = [self.prefix_glob_with_dirpath(folder, glob) for glob in self.globs]
        generated = os.path.join(folder, self.address.target_name, "**")
        return FilespecMatcher(
            [*(glob for glob in globs if not glob.startswith("!")), generated],
            [glob[1:] for glob in globs if glob.startswith("!")],
        )


class MatrixTestDependenciesField(Dependencies):
    """Of test files of a suite. No `PythonDependenciesField`: their imports are this plugin's to infer,
    because their third-party imports are owned by what the cells install."""

    supports_transitive_excludes = True


class MatrixSdistsField(OneForAllVariants, StringSequenceField):
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
