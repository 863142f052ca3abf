"""Reading JSON that may be anything: each function returns what was expected, or names what is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import AbstractSet, Any

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.times import parse_time


def load(text: str, what: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SamplerError(f"{what}: not JSON: {error}") from error


def as_object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise SamplerError(f"{where}: expected a JSON object")
    return value


def only_fields(data: Mapping[str, Any], where: str, known: AbstractSet[str]) -> None:
    unknown = sorted(set(data) - known)
    if unknown:
        raise SamplerError(
            f"{where}: unknown field {unknown[0][:40]!r}; known are {', '.join(sorted(known))}"
        )


def as_texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise SamplerError(f"{where}: expected a list of texts")
    return tuple(value)


def as_time(value: object, where: str) -> datetime:
    if not isinstance(value, str):
        raise SamplerError(f"{where}: expected a time like 2026-11-21T06:00:00Z")
    try:
        return parse_time(value)
    except ValueError as error:
        raise SamplerError(f"{where}: {error}") from error
