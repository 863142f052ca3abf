"""What `pants bisect-matrix CELL --format=json` answers, as a part of a proposal. Pure."""

from __future__ import annotations

import json
from typing import Any, Mapping, Tuple

from matrix_updates.proposal.model import FirstBad
from matrix_updates.text import one_line

_ABSENT = "this Pants has no bisect-matrix, so the first bad release was not sought"


def read(cell: str, status: int, output: str, errors: str) -> FirstBad:
    """The answer about a red cell, from the exit status and what was printed; never raises."""
    document = _document(output)
    if not document:
        # Pants' words for a goal that it does not know.
        unknown = "Unknown goal" in errors or "unknown goal" in errors.lower()
        if unknown:
            return FirstBad(cell=_name(cell), told=_ABSENT)
        said = one_line(
            errors.strip().splitlines()[-1] if errors.strip() else "it said nothing", 300
        )
        return FirstBad(cell=_name(cell), told=f"bisect-matrix ended with {status}: {said}")
    release = _text(document, "first_bad", "release")
    cause = _text(document, "cause")
    return FirstBad(
        cell=_name(cell),
        release=release,
        uploaded=_text(document, "uploaded"),
        cause=cause,
        pins=_texts(document, "pins", "culprits"),
        failing=_text(document, "failing_test", "test"),
        told=(
            "" if release else _text(document, "told", "problem", "reason") or "it names no release"
        ),
    )


def _document(output: str) -> Mapping[str, Any]:
    start = output.find("{")
    if start < 0:
        return {}
    try:
        found = json.loads(output[start:])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(document: Mapping[str, Any], *keys: str) -> str:
    for key in keys:
        value = document.get(key)
        if isinstance(value, str) and value:
            return one_line(value, 400)
        if isinstance(value, dict):
            inner = value.get("version") or value.get("release") or value.get("name")
            if isinstance(inner, str):
                return one_line(inner, 400)
    return ""


def _texts(document: Mapping[str, Any], *keys: str) -> Tuple[str, ...]:
    for key in keys:
        value = document.get(key)
        if isinstance(value, list):
            return tuple(one_line(str(each), 300) for each in value[:50])
    return ()


def _name(cell: str) -> str:
    return one_line(cell, 450)
