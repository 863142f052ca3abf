"""`request.json`: what `plan` is asked to do.

An object with:

- `suite`: an object with `package` (a requirement of PEP 508, with the supported range), and if wanted
  `python` (a specifier on Python, or an object: specifier on the package or `*` -> specifier on Python),
  `samples` and `max_majors` (numbers; null or nothing leaves them to the policy),
  `sdists` (a list of the projects that may be built from source),
  `axes` (a list of further packages to vary, requirements like `package`) and `combine` (`corners`, `pairs` or `all`);
- `policy`: an object with `target_pythons` (a list, "3.12" or "3.12.1"; "3.14.2t" is a free-threaded build, "pypy3.11.13"
  is PyPy), and if wanted `samples`, `cooldown_days`, `prerelease_days`, `max_majors` (numbers),
  `platforms` (a list of names, see `release_sampler.basis.platforms`; cells run on the first),
  `pythons` (on how many of its Pythons to test a sample: `ends`, `ends-and-second` or `all`; or an object:
  tier, or `*` for the rest -> one of these; by default {"*": "ends", "latest": "ends-and-second"}),
  `combine` (for suites with axes that do not say; `corners` by default);
- `mode`: `poll`, `offline` or `check`;
- `as_of`: the time of the choice, as in 2026-11-21T06:00:00Z;
- `upgrade`, if wanted: true to write today's snapshot although the samples are the same;
- `format`, if wanted: of the document to write, 1 (the default) or 2, see `release_sampler.documents.record`;
- `refusals`, if wanted: what the resolver could not lock, see `release_sampler.documents.refusals`. Without it, what the
  record of the last run has of them holds; an empty list forgets them.

A suite with axes wants format 2, and has a snapshot for each axis beside its own, `PROJECT.releases.jsonl`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.model import (
    ANY_TIER,
    DEFAULT_BREADTH,
    Breadth,
    Combine,
    Policy,
    Refusal,
    Suite,
)
from release_sampler.basis.platforms import DEFAULT_PLATFORMS
from release_sampler.documents.fields import as_object, as_texts, as_time, load, only_fields
from release_sampler.documents.record import FORMATS
from release_sampler.documents.refusals import read_refusals

_SUITE_FIELDS = {"package", "python", "samples", "sdists", "max_majors", "axes", "combine"}


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
    #: Of the document to write.
    format: int = 1
    #: What the resolver could not lock; None for what the record of the last run has.
    refusals: tuple[Refusal, ...] | None = None


def read_request(text: str) -> Request:
    """Read `request.json`; raises `SamplerError` naming the field that is wrong."""
    data = as_object(load(text, "request"), "request")
    known = {"suite", "policy", "mode", "as_of", "upgrade", "format", "refusals"}
    only_fields(data, "request", known)
    modes = [mode.value for mode in Mode]
    if data.get("mode") not in modes:
        raise SamplerError(f"request: mode: expected one of {', '.join(modes)}")
    upgrade = data.get("upgrade", False)
    if not isinstance(upgrade, bool):
        raise SamplerError("request: upgrade: expected true or false")
    refusals = data.get("refusals")
    suite = read_suite(as_object(data.get("suite"), "request: suite"))
    if suite.axes and data.get("format") == 1:
        raise SamplerError("request: format: expected 2, because the suite has axes")
    return Request(
        suite=suite,
        policy=read_policy(as_object(data.get("policy"), "request: policy")),
        mode=Mode(data["mode"]),
        as_of=as_time(data.get("as_of"), "request: as_of"),
        upgrade=upgrade,
        format=_read_format(data.get("format", 2 if suite.axes else 1)),
        refusals=None if refusals is None else read_refusals(refusals, "request: refusals"),
    )


def _read_format(value: object) -> int:
    if isinstance(value, bool) or value not in FORMATS:
        raise SamplerError(f"request: format: expected one of {', '.join(map(str, FORMATS))}")
    assert isinstance(value, int)
    return value


def read_suite(data: Mapping[str, Any]) -> Suite:
    """The object `suite` of a request; raises `SamplerError`."""
    only_fields(data, "request: suite", _SUITE_FIELDS)
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
        max_majors=data.get("max_majors"),
        axes=as_texts(data.get("axes") or [], "request: suite: axes"),
        combine=_read_combine(data.get("combine"), "request: suite"),
    )


def read_policy(data: Mapping[str, Any]) -> Policy:
    """The object `policy` of a request; raises `SamplerError`."""
    where = "request: policy"
    numbers = {"samples", "cooldown_days", "prerelease_days", "max_majors"}
    only_fields(data, where, {"target_pythons", "platforms", "pythons", "combine", *numbers})
    pythons = data.get("pythons")
    return Policy(
        target_pythons=as_texts(data.get("target_pythons"), f"{where}: target_pythons"),
        platforms=as_texts(data.get("platforms", DEFAULT_PLATFORMS), f"{where}: platforms"),
        pythons=DEFAULT_BREADTH if pythons is None else _read_breadths(pythons),
        combine=_read_combine(data.get("combine"), where) or Combine.CORNERS,
        **{name: data[name] for name in numbers & set(data)},
    )


def _read_combine(value: object, where: str) -> Combine | None:
    known = [combine.value for combine in Combine]
    if value is None or value in known:
        return Combine(value) if value else None
    raise SamplerError(f"{where}: combine: expected one of {', '.join(known)}")


def _read_breadths(value: object) -> Mapping[str, Breadth]:
    told = {ANY_TIER: value} if isinstance(value, str) else value
    known = [breadth.value for breadth in Breadth]
    if not isinstance(told, dict) or not all(breadth in known for breadth in told.values()):
        raise SamplerError(
            f"request: policy: pythons: expected one of {', '.join(known)}, or an object: "
            f"tier, or {ANY_TIER} -> one of them"
        )
    return {tier: Breadth(breadth) for tier, breadth in told.items()}
