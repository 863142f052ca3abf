"""`samples.json`: the samples of a suite as last generated, all that target generation reads."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Mapping

SAMPLES_FILE = "samples.json"
SNAPSHOT_FILE = "releases.jsonl"
LOCK_SUFFIX = ".lock"

# What the tiers of an own-floor suite's two samples are called.
OWN_FLOOR_TIERS = ("lowest", "highest")


class UnreadableSamples(ValueError):
    """`samples.json` is not what `generate-matrix` writes: a merge conflict, or an edit by hand."""


@dataclass(frozen=True)
class Sample:
    """One release chosen for testing, and the Pythons (`3.12`) it is tested on.

    `lock` is the digest of its lock, header included.
    """

    version: str
    tier: str
    pythons: tuple[str, ...]
    lock: str = ""

    @property
    def lock_file(self) -> str:
        """The lock's name in the suite's generated folder."""
        return f"{self.version}{LOCK_SUFFIX}"


@dataclass(frozen=True)
class SamplesFile:
    """The content of `samples.json`.

    `sampling` is release-sampler's document, kept whole (as_of, policy, suite, samples, verdicts,
    uncovered); the plugin adds the digests of the snapshot and of each sample's lock.
    """

    samples: tuple[Sample, ...]
    sampling: Mapping[str, Any] = field(hash=False)
    snapshot: str = ""

    def render(self, command: str) -> str:
        """The file's text: stable to the byte, and telling how it is made."""
        locks = {sample.version: sample.lock for sample in self.samples}
        document = {
            "GENERATED": f"by `{command}`, which also solves a merge conflict. DO NOT EDIT.",
            **self.sampling,
            "snapshot": self.snapshot,
            "samples": [
                {**sample, "lock": locks[sample["version"]]} for sample in self.sampling["samples"]
            ],
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def parse(text: str) -> SamplesFile:
    """Reads `samples.json`; raises `UnreadableSamples` if it is anything else."""
    try:
        document = json.loads(text)
        samples = tuple(
            Sample(
                version=str(sample["version"]),
                tier=str(sample["tier"]),
                pythons=tuple(str(python) for python in sample["pythons"]),
                lock=str(sample["lock"]),
            )
            for sample in document["samples"]
        )
        sampling = {
            **{key: document[key] for key in document if key not in ("GENERATED", "snapshot")},
            "samples": [
                {key: value for key, value in sample.items() if key != "lock"}
                for sample in document["samples"]
            ],
        }
        return SamplesFile(samples=samples, sampling=sampling, snapshot=str(document["snapshot"]))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnreadableSamples(f"{type(error).__name__}: {error}") from None


def digest(content: str | bytes) -> str:
    """The digest recorded for a generated file: `sha256:` and 64 hex digits."""
    data = content.encode() if isinstance(content, str) else content
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
