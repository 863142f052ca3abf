"""`request.json`: what `plan` is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.model import Policy, Suite
from release_sampler.documents.fields import as_object, as_texts, as_time, load, only_fields
from release_sampler.documents.record import FORMATS


class Mode(str, Enum):
    """Where the releases come from."""

    #: The index, now.
    POLL = "poll"
    #: The recorded snapshot.
    OFFLINE = "offline"
    #: The recorded snapshot at the recorded time: what is recorded must come out again.
    CHECK = "check"


@dataclass(frozen=True)
class Request:
    """What `plan` is asked to do."""

    suite: Suite
    policy: Policy
    mode: Mode
    as_of: datetime
    #: Whether to write today's snapshot although the samples are the same.
    upgrade: bool = False
    #: Of the document to write, see `release_sampler.documents.record`.
    format: int = 1


def read_request(text: str) -> Request:
    """Read `request.json`; raises `SamplerError` naming the field that is wrong."""
    data = as_object(load(text, "request"), "request")
    only_fields(data, "request", {"suite", "policy", "mode", "as_of", "upgrade", "format"})
    modes = [mode.value for mode in Mode]
    if data.get("mode") not in modes:
        raise SamplerError(f"request: mode: expected one of {', '.join(modes)}")
    upgrade = data.get("upgrade", False)
    if not isinstance(upgrade, bool):
        raise SamplerError("request: upgrade: expected true or false")
    return Request(
        suite=_read_suite(as_object(data.get("suite"), "request: suite")),
        policy=_read_policy(as_object(data.get("policy"), "request: policy")),
        mode=Mode(data["mode"]),
        as_of=as_time(data.get("as_of"), "request: as_of"),
        upgrade=upgrade,
        format=_read_format(data.get("format", 1)),
    )


def _read_format(value: object) -> int:
    if isinstance(value, bool) or value not in FORMATS:
        raise SamplerError(f"request: format: expected one of {', '.join(map(str, FORMATS))}")
    assert isinstance(value, int)
    return value


def _read_suite(data: Mapping[str, Any]) -> Suite:
    only_fields(data, "request: suite", {"package", "python", "samples", "sdists"})
    package, python = data.get("package"), data.get("python") or {}
    if not isinstance(package, str):
        raise SamplerError('request: suite: package: expected a requirement, as in "httpx>=0.16"')
    rules = (
        {"*": python} if isinstance(python, str) else as_object(python, "request: suite: python")
    )
    if not all(isinstance(admitted, str) for admitted in rules.values()):
        raise SamplerError("request: suite: python: expected specifiers on Python, as in >=3.9")
    return Suite(
        package=package,
        python=rules,
        samples=data.get("samples"),
        sdists=frozenset(as_texts(data.get("sdists") or [], "request: suite: sdists")),
    )


def _read_policy(data: Mapping[str, Any]) -> Policy:
    numbers = {"samples", "cooldown_days", "prerelease_days", "max_majors"}
    only_fields(data, "request: policy", {"target_pythons", "platforms", *numbers})
    policy = Policy(
        target_pythons=as_texts(data.get("target_pythons"), "request: policy: target_pythons"),
        **{name: data[name] for name in numbers & set(data)},
    )
    if "platforms" in data:
        platforms = as_texts(data["platforms"], "request: policy: platforms")
        policy = replace(policy, platforms=platforms)
    return policy
