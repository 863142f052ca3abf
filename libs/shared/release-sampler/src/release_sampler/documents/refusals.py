"""What the resolver could not lock, as JSON: in `request.json`, and in `sampling.json`.

An object has `releases` (project -> version: one, or all of a combination), `reason` (a text), and may have `python`
(a minor, "3.8"); without it, no Python can be locked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from packaging.utils import canonicalize_name

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.model import Impossible, Refusal
from release_sampler.basis.pythons import minor_of
from release_sampler.basis.specifiers import parse_version
from release_sampler.documents.fields import as_object, only_fields


def read_refusals(value: object, where: str) -> tuple[Refusal, ...]:
    """Read a list of refusals; raises `SamplerError` naming what is wrong."""
    if not isinstance(value, list):
        raise SamplerError(f"{where}: expected a list")
    return tuple(_read(item, where) for item in value)


def write_refusals(refusals: Iterable[Refusal | Impossible]) -> list[dict[str, Any]]:
    """The same as JSON, in the order given."""
    return [
        {
            "releases": dict(refusal.releases),
            **({"python": refusal.python} if refusal.python else {}),
            "reason": refusal.reason,
        }
        for refusal in refusals
    ]


def _read(value: object, where: str) -> Refusal:
    data = as_object(value, where)
    only_fields(data, where, {"releases", "python", "reason"})
    releases = as_object(data.get("releases"), f"{where}: releases")
    for project, version in releases.items():
        try:
            parse_version(version)
        except (ValueError, TypeError) as error:
            raise SamplerError(f"{where}: releases: {project[:60]}: {error}") from error
    python, reason = data.get("python"), data.get("reason")
    if python is not None and not isinstance(python, str):
        raise SamplerError(f"{where}: python: expected a Python, as in 3.12")
    if not releases or not isinstance(reason, str):
        raise SamplerError(f"{where}: expected releases and a reason")
    return Refusal(
        releases=tuple(sorted((canonicalize_name(name), v) for name, v in releases.items())),
        python=None if python is None else minor_of(python),
        reason=reason,
    )
