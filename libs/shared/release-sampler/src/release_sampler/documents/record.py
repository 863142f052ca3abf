"""`sampling.json`: what was chosen, why, when, and under which suite and policy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.model import Policy, Sample, Sampling, Suite, Tier
from release_sampler.basis.pythons import by_age
from release_sampler.basis.specifiers import parse_version
from release_sampler.basis.times import format_time
from release_sampler.documents.fields import as_object, as_texts, as_time, load


@dataclass(frozen=True)
class Record:
    """What the next run needs to know of a sampling."""

    as_of: datetime
    samples: tuple[Sample, ...]

    @property
    def versions(self) -> tuple[str, ...]:
        return tuple(sample.version for sample in self.samples)


def write_record(as_of: datetime, policy: Policy, suite: Suite, sampling: Sampling) -> str:
    """Write `sampling.json`: the same bytes for the same sampling."""
    return json.dumps(to_json(as_of, policy, suite, sampling), indent=2) + "\n"


def to_json(as_of: datetime, policy: Policy, suite: Suite, sampling: Sampling) -> dict[str, Any]:
    """The content of `sampling.json`; `notes` are there only if there are some."""
    data: dict[str, Any] = {
        "as_of": format_time(as_of),
        "policy": {
            "target_pythons": list(by_age(policy.target_pythons)),
            "samples": policy.samples,
            "cooldown_days": policy.cooldown_days,
            "prerelease_days": policy.prerelease_days,
            "max_majors": policy.max_majors,
        },
        "suite": {
            "package": str(suite.requirement),
            "python": dict(sorted(suite.python.items())),
            "samples": suite.samples,
            "sdists": sorted(suite.sdists),
        },
        "samples": [_sample_to_json(sample) for sample in sampling.samples],
        "uncovered": dict(sampling.uncovered),
        "verdicts": dict(sampling.verdicts),
    }
    if sampling.notes:
        data["notes"] = list(sampling.notes)
    return data


def read_record(text: str) -> Record:
    """Read the parts of `sampling.json` that the next run needs; raises `ValueError`."""
    try:
        data = as_object(load(text, "record"), "record")
        samples = data.get("samples")
        if not isinstance(samples, list):
            raise SamplerError("samples: expected a list")
        return Record(
            as_of=as_time(data.get("as_of"), "as_of"),
            samples=tuple(_sample_from_json(as_object(item, "samples")) for item in samples),
        )
    except SamplerError as error:
        raise ValueError(str(error)) from error


def _sample_to_json(sample: Sample) -> dict[str, Any]:
    return {
        "version": sample.version,
        "tier": sample.tier.value,
        "pythons": list(sample.pythons),
        "uploaded": None if sample.uploaded is None else format_time(sample.uploaded),
    }


def _sample_from_json(data: Mapping[str, Any]) -> Sample:
    version, tier, uploaded = data.get("version"), data.get("tier"), data.get("uploaded")
    if not isinstance(version, str):
        raise SamplerError("samples: version: expected a text")
    parse_version(version)
    if tier not in [known.value for known in Tier]:
        raise SamplerError(f"samples: {version}: unknown tier")
    return Sample(
        version=version,
        tier=Tier(tier),
        pythons=as_texts(data.get("pythons"), f"samples: {version}: pythons"),
        uploaded=None if uploaded is None else as_time(uploaded, f"samples: {version}: uploaded"),
    )
