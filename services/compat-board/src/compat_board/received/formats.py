"""Reports of other versions: one that is older, and of a newer one what this version knows."""

from __future__ import annotations

from typing import Any

import msgspec

from matrix_results import Run, UnreadableReport, decode
from matrix_results.model import SCHEMA_VERSION

_OLDEST = 1
"""It has no `other_suites`, and is of all of the matrix unless its sender says otherwise."""

_RUN = msgspec.inspect.type_info(Run)


def read_report(data: bytes) -> Run:
    """The run of a `report.json`, without what this version has no name for.

    Raises `UnreadableReport` where that leaves anything out that a run must have, or something that
    cannot be shown is said of a thing that can: a status that nobody knows here.
    """
    try:
        return decode(data)
    except UnreadableReport:
        known = _known(data)
        if known is None:
            raise
        return decode(known)


def _known(data: bytes) -> bytes | None:
    """The same in the words of this version; None where it is no report of any."""
    try:
        document = msgspec.json.decode(data)
        version = document["schema_version"]
        if type(version) is not int or version < _OLDEST:
            return None
        return msgspec.json.encode(_part({**document, "schema_version": SCHEMA_VERSION}, _RUN))
    except (
        msgspec.MsgspecError,
        LookupError,
        OverflowError,
        RecursionError,
        TypeError,
        ValueError,
    ):
        return None


def _part(value: Any, kind: msgspec.inspect.Type) -> Any:
    """What is left of a value without the fields that its type does not have."""
    if isinstance(kind, msgspec.inspect.Metadata):
        return _part(value, kind.type)
    if isinstance(kind, msgspec.inspect.VarTupleType) and isinstance(value, list):
        return [_part(entry, kind.item_type) for entry in value]
    if isinstance(kind, msgspec.inspect.StructType) and isinstance(value, dict):
        known = {field.encode_name: field.type for field in kind.fields}
        return {name: _part(part, known[name]) for name, part in value.items() if name in known}
    return value
