"""`report.json`: a run as JSON, and back, whoever sent it."""

from __future__ import annotations

import hashlib
import inspect
import json
from typing import Any, Dict, Type, TypeVar

import msgspec

from matrix_results.errors import UnreadableReport
from matrix_results.model import EXCLUDED, SCHEMA_VERSION, Run

MAX_REPORT_BYTES = 64 * 1024 * 1024

_T = TypeVar("_T")


class _Versioned(msgspec.Struct):
    schema_version: int


def encode(run: Run) -> bytes:
    """The run as JSON: UTF-8, indented by two, newline-terminated, the same bytes every time."""
    return msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n"


def decode(data: bytes, *, source: str = "the report") -> Run:
    """The run that `encode` wrote; `source` names it in an error.

    Raises `UnreadableReport` for anything that the schema of this version does not allow.
    """
    return decode_as(Run, data, source=source)


def decode_as(kind: Type[_T], data: bytes, *, source: str) -> _T:
    """A versioned document of some type; raises `UnreadableReport`."""
    if len(data) > MAX_REPORT_BYTES:
        raise UnreadableReport(
            f"{source} has {len(data)} bytes: expected at most {MAX_REPORT_BYTES}"
        )
    try:
        version = msgspec.json.decode(data, type=_Versioned).schema_version
        if version != SCHEMA_VERSION:
            raise UnreadableReport(
                f"{source} has schema_version {version}: this matrix-results reads "
                f"{SCHEMA_VERSION}. Make it anew with the same version on both sides"
            )
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableReport(f"{source} cannot be read: {error}") from None


def identity(run: Run) -> str:
    """What a receiver knows the run by: `sha256:` and the digest of its JSON."""
    return f"sha256:{hashlib.sha256(encode(run)).hexdigest()}"


def schema() -> Dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a report, which the package ships."""
    document = msgspec.json.schema(Run)
    for definition in document["$defs"].values():
        # A docstring's indentation is part of it before Python 3.13, and no part of a description.
        if "description" in definition:
            definition["description"] = inspect.cleandoc(definition["description"])
    cell = document["$defs"]["Cell"]
    cell["allOf"] = [
        {
            "if": {"properties": {"status": {"const": status.value}}},
            "then": {
                "properties": {
                    name: {"const": cell["properties"][name]["default"]} for name in names
                }
            },
        }
        for status, names in EXCLUDED.items()
    ]
    # It has a default where a run is made, but a reader must not guess the version.
    document["$defs"]["Run"]["required"].append("schema_version")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Report of a version matrix, schema version {SCHEMA_VERSION}",
        **document,
    }


def schema_text() -> str:
    """The text of `report.schema.json`."""
    return json.dumps(schema(), indent=2) + "\n"
