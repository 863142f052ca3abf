"""Which fields of a stanza can be parametrized, and what is told where another is.

Pants lets only those fields of a generator be parametrized that it moves to what is generated, and
refuses others with words of its own before any of them is read. `AnyFieldParametrized` lets all pass,
so that each field says itself what becomes of it.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, KeysView, Optional, Tuple, Type

from pants.backend.python.target_types import PythonTestsExtraEnvVarsField, PythonTestsTimeoutField
from pants.engine.addresses import Address
from pants.engine.internals.parametrize import Parametrize
from pants.engine.target import (
    DescriptionField,
    Field,
    InvalidFieldException,
    Tags,
    TargetGenerator,
)

from version_matrix.programs.fields import ProgramsField

# What may differ between variants of a stanza: it changes no lock.
VARIANT_FIELDS = (PythonTestsExtraEnvVarsField, ProgramsField, Tags, PythonTestsTimeoutField)

# What Pants (2.19 and later) calls a group of fields in an address.
_GROUP = "parametrize"


def wrong_variant(address: Address) -> str | None:
    """Why a stanza cannot have this variant; None if it can."""
    known = [field.alias for field in VARIANT_FIELDS]
    wrong = sorted(set(address.parameters) - set(known))
    if not wrong:
        return None
    named = ["a group of fields" if name == _GROUP else name for name in wrong]
    stanza = Address(address.spec_path, target_name=address.target_name)
    return (
        f"{stanza}: {', '.join(named)} cannot be parametrized, because cells of one suite share their "
        f"locks, and only {', '.join(known)} change none: write two stanzas, each with a `name` of "
        "its own"
    )


class AnyFieldParametrized(TargetGenerator):
    """A generator that leaves it to its fields what becomes of one that is parametrized."""

    @classmethod  # type: ignore[misc]
    def _get_field_aliases_to_field_types(
        cls, field_types: Iterable[Type[Field]]
    ) -> Dict[str, Type[Field]]:
        # Private to Pants, and the same from 2.17 to 2.34; were it not called, Pants' words would stand.
        return _Fields(super()._get_field_aliases_to_field_types(field_types))


class _Fields(Dict[str, Type[Field]]):
    """Fields by their names, none of which Pants finds among those that it would not parametrize.

    It looks there, and nowhere else, with `in` on the keys.
    """

    def keys(self) -> Any:
        return _Names(self)


class _Names(KeysView[str]):
    def __contains__(self, name: object) -> bool:
        return False


class OneForAllVariants:
    """A field of which a stanza has one value: more of them are refused, with the way to have both."""

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> Any:
        if isinstance(raw_value, Parametrize):
            alias: str = cls.alias  # type: ignore[attr-defined]
            raise InvalidFieldException(f"{wrong_variant(address.parametrize({alias: ''}))}.")
        return super().compute_value(raw_value, address)  # type: ignore[misc]


class MatrixDescriptionField(OneForAllVariants, DescriptionField):
    pass


class MatrixTagsField(Tags):
    """Those of a variant, where they are parametrized."""

    @classmethod
    def compute_value(
        cls, raw_value: Optional[Iterable[str]], address: Address
    ) -> Optional[Tuple[str, ...]]:
        if isinstance(raw_value, Parametrize):
            raw_value = raw_value.to_parameters().get(address.parameters.get(cls.alias, ""))
        return super().compute_value(raw_value, address)
