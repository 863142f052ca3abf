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

#: What the document may look like. 1 is that of release-sampler 0.1.
FORMATS = (1, 2)


@dataclass(frozen=True)
class Record:
    """What the next run needs to know of a sampling."""

    as_of: datetime
    samples: tuple[Sample, ...]
    #: Of the document it was read from.
    format: int = 1

    @property
    def versions(self) -> tuple[str, ...]:
        return tuple(sample.version for sample in self.samples)

    def agrees_with(self, samples: tuple[Sample, ...]) -> bool:
        """Whether these are the samples recorded, as far as the format tells."""
        if self.format > 1:
            return samples == self.samples
        return tuple(map(_without_news, samples)) == self.samples


def write_record(
    as_of: datetime, policy: Policy, suite: Suite, sampling: Sampling, format: int = 1
) -> str:
    """Write `sampling.json`: the same bytes for the same sampling."""
    return json.dumps(to_json(as_of, policy, suite, sampling, format), indent=2) + "\n"


def to_json(
    as_of: datetime, policy: Policy, suite: Suite, sampling: Sampling, format: int = 1
) -> dict[str, Any]:
    """The content of `sampling.json`; `notes` are there only if there are some."""
    data: dict[str, Any] = {
        **({"format": format} if format > 1 else {}),
        "as_of": format_time(as_of),
        "policy": {
            "target_pythons": list(by_age(policy.target_pythons)),
            "samples": policy.samples,
            "cooldown_days": policy.cooldown_days,
            "prerelease_days": policy.prerelease_days,
            "max_majors": policy.max_majors,
            **(_policy_news(policy) if format > 1 else {}),
        },
        "suite": {
            "package": str(suite.requirement),
            "python": dict(sorted(suite.python.items())),
            "samples": suite.samples,
            "sdists": sorted(suite.sdists),
        },
        "samples": [_sample_to_json(sample, format) for sample in sampling.samples],
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
        format = data.get("format", 1)
        if isinstance(format, bool) or format not in FORMATS:
            raise SamplerError(
                f"format {str(format)[:20]}: this release-sampler knows up to {FORMATS[-1]}"
            )
        samples = data.get("samples")
        if not isinstance(samples, list):
            raise SamplerError("samples: expected a list")
        return Record(
            as_of=as_time(data.get("as_of"), "as_of"),
            samples=tuple(_sample_from_json(as_object(item, "samples")) for item in samples),
            format=format,
        )
    except SamplerError as error:
        raise ValueError(str(error)) from error


def _policy_news(policy: Policy) -> dict[str, Any]:
    """What format 2 tells of a policy, beside what format 1 does."""
    return {"platforms": list(policy.platforms)}


def _without_news(sample: Sample) -> Sample:
    """What format 1 knows of a sample."""
    return Sample(sample.version, sample.tier, sample.pythons, sample.uploaded)


def _sample_to_json(sample: Sample, format: int) -> dict[str, Any]:
    data: dict[str, Any] = {
        "version": sample.version,
        "tier": sample.tier.value,
        "pythons": list(sample.pythons),
        "uploaded": None if sample.uploaded is None else format_time(sample.uploaded),
    }
    if format > 1 and sample.not_on:
        data["not_on"] = {name: list(minors) for name, minors in sample.not_on}
    return data


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
        not_on=tuple(
            (name, as_texts(minors, f"samples: {version}: not_on: {name}"))
            for name, minors in as_object(data.get("not_on", {}), f"{version}: not_on").items()
        ),
    )
