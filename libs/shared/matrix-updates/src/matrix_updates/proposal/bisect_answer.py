"""What `pants bisect-matrix CELL --format=json` answers, as a part of a proposal. Pure."""

from __future__ import annotations

import json
from typing import Any, Final, Mapping, Tuple

from matrix_updates.proposal.model import FirstBad
from matrix_updates.text import one_line

_ABSENT: Final = "this Pants has no bisect-matrix, so the first bad release was not sought"
# The exit codes of the goal; 0 is an answer.
_REFUSALS: Final[Mapping[int, str]] = {
    1: "the first bad release cannot be sought",
    2: "the cell passes when it is run by itself",
    3: "nothing that it could be compared with passes",
    4: "one environment passes and fails: the tests are flaky",
}
_GOAL: Final = "bisect-matrix: "


def read(cell: str, status: int, output: str, errors: str) -> FirstBad:
    """The answer about a red cell, from the exit code and what was printed; never raises."""
    if status == 0:
        return _answer(cell, _document(output))
    # Pants' words for a goal that it does not know.
    if "unknown goal" in errors.lower():
        return FirstBad(cell=_name(cell), told=_ABSENT)
    said = _last_words(errors)
    refusal = _REFUSALS.get(status, f"bisect-matrix ended with {status}")
    return FirstBad(cell=_name(cell), told=f"{refusal}{f': {said}' if said else ''}")


def _answer(cell: str, document: Mapping[str, Any]) -> FirstBad:
    release, cause = _text(document, "release"), _text(document, "cause")
    if not release:
        return FirstBad(cell=_name(cell), told="bisect-matrix names no release")
    pins = document.get("pins")
    return FirstBad(
        cell=_name(cell),
        release=release,
        uploaded=_text(document, "uploaded"),
        cause=cause,
        pins=_texts(pins) if isinstance(pins, list) else (),
        failing=_text(document, "failing_test"),
    )


def _document(output: str) -> Mapping[str, Any]:
    start = output.find("{")
    try:
        found = json.loads(output[start:]) if start >= 0 else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _last_words(errors: str) -> str:
    """What the goal said of why, without its progress; else the last line."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    told = [line.partition(_GOAL)[2] for line in lines if _GOAL in line]
    return one_line((told or lines or [""])[-1], 300)


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    return one_line(value, 400) if isinstance(value, str) else ""


def _texts(values: Any) -> Tuple[str, ...]:
    return tuple(one_line(each, 300) for each in values[:50] if isinstance(each, str) and each)


def _name(cell: str) -> str:
    return one_line(cell, 450)
