"""`samples.json`: the samples of a suite as last generated, all that target generation reads."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any, Mapping

from packaging.version import VERSION_PATTERN

SAMPLES_FILE = "samples.json"
SNAPSHOT_FILE = "releases.jsonl"
LOCK_SUFFIX = ".lock"

# What the tiers of an own-floor suite's two samples are called.
OWN_FLOOR_TIERS = ("lowest", "highest")

_MARK = "GENERATED"

_RELEASE = re.compile(VERSION_PATTERN, re.VERBOSE | re.IGNORECASE)
_MINOR = re.compile(r"[0-9]+\.[0-9]+")


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
    def name(self) -> str:
        """What stands for the version in an address, where Pants bars the `!` of an epoch."""
        return self.version.replace("!", "~")

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
            _MARK: f"by `{command}`, which also solves a merge conflict. DO NOT EDIT.",
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
        samples = tuple(_sample(sample) for sample in document["samples"])
        versions = [sample.version for sample in samples]
        twice = sorted({version for version in versions if versions.count(version) > 1})
        if twice:
            raise ValueError(f"two samples are called {', '.join(twice)}")
        sampling = {
            **{key: document[key] for key in document if key not in (_MARK, "snapshot")},
            "samples": [
                {key: value for key, value in sample.items() if key != "lock"}
                for sample in document["samples"]
            ],
        }
        return SamplesFile(samples, sampling, snapshot=_text(document, "snapshot"))
    # RecursionError is what the parser answers to a thousand opening brackets.
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise UnreadableSamples(f"{type(error).__name__}: {error}") from None


def is_marked(text: str) -> bool:
    """Whether a file says of itself that it is a `samples.json`, be it readable or not."""
    return text.startswith("{") and f'"{_MARK}": "by `' in text and "generate-matrix" in text


def _sample(entry: Any) -> Sample:
    """One entry of `samples`; what becomes a path and an address must look like what it is."""
    version, pythons = _text(entry, "version"), entry["pythons"]
    if version not in OWN_FLOOR_TIERS and not _RELEASE.fullmatch(version):
        raise ValueError(f"{version!r} is not a release")
    if not isinstance(pythons, list) or not pythons or len(set(pythons)) < len(pythons):
        raise ValueError(f"{version} has pythons={pythons!r}: expected a list such as ['3.12']")
    for python in pythons:
        if not _MINOR.fullmatch(python):
            raise ValueError(f"{version} has Python {python!r}: expected something like 3.12")
    return Sample(version, _text(entry, "tier"), tuple(pythons), lock=_text(entry, "lock"))


def _text(entry: Any, key: str) -> str:
    value = entry[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is {value!r}: expected a text")
    return value


def digest(content: str | bytes) -> str:
    """The digest recorded for a generated file: `sha256:` and 64 hex digits."""
    data = content.encode() if isinstance(content, str) else content
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
