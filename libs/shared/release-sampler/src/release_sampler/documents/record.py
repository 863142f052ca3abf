"""`sampling.json`: what was chosen, why, when, and under which suite and policy.

Format 1, that of release-sampler 0.1, has:

- `as_of`: the time of the choice;
- `policy`: `target_pythons`, `samples`, `cooldown_days`, `prerelease_days`, `max_majors`;
- `suite`: `package`, `python` (specifier on the package -> on Python), `samples`, `sdists`; `max_majors` if it has its own;
- `samples`: a list, in the order of PEP 440, of `version`, `tier`, `pythons` (minors), `uploaded`;
- `uncovered`: target Python -> why no sample covers it;
- `verdicts`: version -> its tier, or why it was not chosen; every release has one;
- `notes`: what to look at, a line each; only if there are some.

Format 2 begins with `"format": 2` and has more:

- `policy`: `platforms`, a list of names, and `pythons`, tier (or `*`) -> `ends`, `ends-and-second` or `all`;
- each sample: `python_verdicts`, target Python -> why it is tested there, or why not; and, where there are some,
  `trials`: those of its `pythons` that the release does not claim to support;
  `not_on`: platform -> those of its `pythons` that no file of it can be installed on there (never the first platform);
  `unresolvable`: those of its `pythons` -> why they cannot be locked;
- `refusals`: what the resolver refused (`release_sampler.documents.refusals`) and concerns the samples; only if there are some.

A suite with axes has `axes` in `suite` (and `combine`, if it has its own), `combine` in `policy`, and more:

- `axes`: project -> an object with its `samples`, `uncovered`, `verdicts` and `notes` as above;
- `combinations`: a list, by version, of `releases` (project -> version, the package of the suite first), `role` (why it is tested) and
  `pythons`; and, where there are some, `trials`, `not_on` and `unresolvable` as above. These are the cells;
- `impossible`: what was wanted and cannot be: `releases`, `reason` and, if it is about one, `python`; only if there is some.
  What the resolver refuses is not marked but replaced by the nearest that goes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.model import (
    Combination,
    Policy,
    Previous,
    Refusal,
    Sample,
    Sampling,
    Suite,
    Tier,
)
from release_sampler.basis.pythons import by_age
from release_sampler.basis.specifiers import parse_version
from release_sampler.basis.times import format_time
from release_sampler.documents.fields import as_object, as_texts, as_time, load
from release_sampler.documents.refusals import read_refusals, write_refusals

#: What the document may look like.
FORMATS = (1, 2)


@dataclass(frozen=True)
class Record:
    """What the next run needs to know of a sampling."""

    as_of: datetime
    samples: tuple[Sample, ...]
    #: Of the document it was read from.
    format: int = 1
    refusals: tuple[Refusal, ...] = ()
    #: Of a suite with axes: project -> its samples.
    axes: Mapping[str, tuple[Sample, ...]] = field(default_factory=dict)
    combinations: tuple[Combination, ...] = ()

    def previous(self, package: str) -> Previous:
        """What sampling is to know of it."""
        every = {package: self.samples, **self.axes}
        versions = {name: tuple(s.version for s in samples) for name, samples in every.items()}
        return Previous(versions, self.combinations)

    def agrees_with(self, sampling: Sampling) -> bool:
        """Whether this is the choice recorded, as far as the format tells.

        What cannot be locked is no part of the choice: it follows from the refusals.
        """
        known = _as_format_1 if self.format == 1 else _unmarked
        axes = {name: tuple(map(known, one.samples)) for name, one in sampling.axes.items()}
        return (
            tuple(map(known, sampling.samples)) == tuple(map(_unmarked, self.samples))
            and axes == {name: tuple(map(_unmarked, each)) for name, each in self.axes.items()}
            and sampling.combinations == self.combinations
        )


def write_record(
    as_of: datetime, policy: Policy, suite: Suite, sampling: Sampling, format: int = 1
) -> str:
    """Write `sampling.json`: the same bytes for the same sampling."""
    return json.dumps(to_json(as_of, policy, suite, sampling, format), indent=2) + "\n"


def to_json(
    as_of: datetime, policy: Policy, suite: Suite, sampling: Sampling, format: int = 1
) -> dict[str, Any]:
    """The content of `sampling.json`."""
    data: dict[str, Any] = {
        "as_of": format_time(as_of),
        "policy": _policy_to_json(policy),
        "suite": _suite_to_json(suite),
        "samples": [_sample_to_json(sample) for sample in sampling.samples],
        "uncovered": dict(sampling.uncovered),
        "verdicts": dict(sampling.verdicts),
    }
    if sampling.notes:
        data["notes"] = list(sampling.notes)
    if format == 1:
        return data
    data["policy"]["platforms"] = list(policy.platforms)
    data["policy"]["pythons"] = {
        tier: breadth.value for tier, breadth in sorted(policy.pythons.items())
    }
    data["samples"] = _full_samples(sampling)
    if suite.axes:
        data["policy"]["combine"] = policy.combine.value
        data["suite"]["axes"] = [str(member.requirement) for member in suite.members[1:]]
        data["axes"] = {name: _axis_to_json(axis) for name, axis in sampling.axes.items()}
        data["combinations"] = [_combination_to_json(one) for one in sampling.combinations]
    if suite.combine is not None:
        data["suite"]["combine"] = suite.combine.value
    if sampling.impossible:
        data["impossible"] = write_refusals(sampling.impossible)
    if sampling.refusals:
        data["refusals"] = write_refusals(sampling.refusals)
    return {"format": format, **data}


def read_record(text: str) -> Record:
    """Read the parts of `sampling.json` that the next run needs; raises `ValueError`."""
    try:
        data = as_object(load(text, "record"), "record")
        format = data.get("format", 1)
        if isinstance(format, bool) or format not in FORMATS:
            raise SamplerError(f"format {str(format)[:20]}: expected one up to {FORMATS[-1]}")
        axes = as_object(data.get("axes", {}), "axes")
        return Record(
            as_of=as_time(data.get("as_of"), "as_of"),
            samples=_samples_from_json(data),
            format=format,
            refusals=read_refusals(data.get("refusals", []), "refusals"),
            axes={
                name: _samples_from_json(as_object(axis, f"axes: {name}"))
                for name, axis in axes.items()
            },
            combinations=tuple(
                _combination_from_json(as_object(item, "combinations"))
                for item in _listed(data.get("combinations", []), "combinations")
            ),
        )
    except SamplerError as error:
        raise ValueError(str(error)) from error


def _as_format_1(sample: Sample) -> Sample:
    """What format 1 knows of a sample."""
    return Sample(sample.version, sample.tier, sample.pythons, sample.uploaded)


def _unmarked(sample: Sample) -> Sample:
    return replace(sample, unresolvable=())


def _policy_to_json(policy: Policy) -> dict[str, Any]:
    return {
        "target_pythons": list(by_age(policy.target_pythons)),
        "samples": policy.samples,
        "cooldown_days": policy.cooldown_days,
        "prerelease_days": policy.prerelease_days,
        "max_majors": policy.max_majors,
    }


def _suite_to_json(suite: Suite) -> dict[str, Any]:
    data: dict[str, Any] = {
        "package": str(suite.requirement),
        "python": dict(sorted(suite.python.items())),
        "samples": suite.samples,
        "sdists": sorted(suite.sdists),
    }
    if suite.max_majors is not None:
        data["max_majors"] = suite.max_majors
    return data


def _sample_to_json(sample: Sample) -> dict[str, Any]:
    return {
        "version": sample.version,
        "tier": sample.tier.value,
        "pythons": list(sample.pythons),
        "uploaded": None if sample.uploaded is None else format_time(sample.uploaded),
    }


def _full_samples(sampling: Sampling) -> list[dict[str, Any]]:
    return [
        {
            **_sample_to_json(sample),
            **_details_to_json(sample),
            "python_verdicts": dict(sampling.python_verdicts[sample.version]),
        }
        for sample in sampling.samples
    ]


def _axis_to_json(axis: Sampling) -> dict[str, Any]:
    return {
        "samples": _full_samples(axis),
        "uncovered": dict(axis.uncovered),
        "verdicts": dict(axis.verdicts),
        **({"notes": list(axis.notes)} if axis.notes else {}),
    }


def _combination_to_json(combination: Combination) -> dict[str, Any]:
    return {
        "releases": dict(combination.releases),
        "role": combination.role,
        "pythons": list(combination.pythons),
        **_details_to_json(combination),
    }


def _details_to_json(sample: Sample | Combination) -> dict[str, Any]:
    """What only some samples have."""
    details: dict[str, Any] = {
        "trials": list(sample.trials),
        "not_on": {name: list(minors) for name, minors in sample.not_on},
        "unresolvable": dict(sample.unresolvable) if isinstance(sample, Sample) else {},
    }
    return {name: told for name, told in details.items() if told}


def _listed(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise SamplerError(f"{where}: expected a list")
    return value


def _samples_from_json(data: Mapping[str, Any]) -> tuple[Sample, ...]:
    listed = _listed(data.get("samples"), "samples")
    return tuple(_sample_from_json(as_object(item, "samples")) for item in listed)


def _combination_from_json(data: Mapping[str, Any]) -> Combination:
    releases = as_object(data.get("releases"), "combinations: releases")
    role = data.get("role")
    if not isinstance(role, str) or not all(isinstance(v, str) for v in releases.values()):
        raise SamplerError("combinations: expected releases and a role")
    return Combination(
        releases=tuple(releases.items()),
        role=role,
        pythons=as_texts(data.get("pythons"), "combinations: pythons"),
        not_on=_not_on_from_json(data, "combinations"),
        trials=as_texts(data.get("trials", []), "combinations: trials"),
    )


def _not_on_from_json(
    data: Mapping[str, Any], where: str
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    told = as_object(data.get("not_on", {}), f"{where}: not_on")
    return tuple((name, as_texts(minors, f"{where}: not_on")) for name, minors in told.items())


def _sample_from_json(data: Mapping[str, Any]) -> Sample:
    version, tier, uploaded = data.get("version"), data.get("tier"), data.get("uploaded")
    if not isinstance(version, str):
        raise SamplerError("samples: version: expected a text")
    parse_version(version)
    if tier not in [known.value for known in Tier]:
        raise SamplerError(f"samples: {version}: unknown tier")
    where = f"samples: {version}"
    return Sample(
        version=version,
        tier=Tier(tier),
        pythons=as_texts(data.get("pythons"), f"{where}: pythons"),
        uploaded=None if uploaded is None else as_time(uploaded, f"{where}: uploaded"),
        not_on=_not_on_from_json(data, where),
        trials=as_texts(data.get("trials", []), f"{where}: trials"),
    )
