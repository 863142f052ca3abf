"""The schema of a report, as a part of the API's description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matrix_results import schema


def _whole(schema: Mapping[str, Any]) -> Any:
    """A JSON Schema with each definition where it is referred to: it stands for itself anywhere."""
    definitions = schema["$defs"]

    def resolved(part: Any) -> Any:
        if isinstance(part, list):
            return [resolved(entry) for entry in part]
        if not isinstance(part, dict):
            return part
        reference = part.get("$ref", "").removeprefix("#/$defs/")
        if reference:
            return {
                **resolved(definitions[reference]),
                **{k: v for k, v in part.items() if k != "$ref"},
            }
        return {name: resolved(entry) for name, entry in part.items()}

    return resolved(
        {name: part for name, part in schema.items() if name not in ("$defs", "$schema")}
    )


REPORT = _whole(schema())
