"""What a suite's generated files say, before and after: samples that came, went and changed. Pure.

Reads of `samples.json` only what it needs, and takes every part as missing that is not as expected:
the file is of whichever version the repository's plugin has.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Tuple

from matrix_updates import locks
from matrix_updates.proposal.model import Facts, SampleChange

SAMPLES_FILE = "samples.json"


@dataclass(frozen=True)
class Sample:
    """A release that is tested, on which Pythons, as what, and when it was uploaded."""

    version: str
    tier: str
    pythons: Tuple[str, ...]
    uploaded: Optional[datetime.datetime]


@dataclass(frozen=True)
class SuiteState:
    """A suite's samples by name, its verdicts, what cannot be locked, and its locks by file name."""

    samples: Mapping[str, Sample]
    verdicts: Mapping[str, str]
    locks: Mapping[str, str]


def read(files: Mapping[str, str]) -> SuiteState:
    """The state that generated files (name -> text) tell; of none an empty one."""
    document = _object(files.get(SAMPLES_FILE, ""))
    # Of a suite that varies several packages the cells are of combinations.
    listed = document.get("combinations") or document.get("samples")
    samples = [_sample(each) for each in listed if isinstance(each, dict)] if listed else []
    verdicts = document.get("verdicts")
    return SuiteState(
        samples={sample.version: sample for sample in samples if sample.version},
        verdicts=(
            {str(key): str(value) for key, value in verdicts.items()}
            if isinstance(verdicts, dict)
            else {}
        ),
        locks={name: text for name, text in sorted(files.items()) if name.endswith(".lock")},
    )


def changes(before: SuiteState, after: SuiteState) -> Tuple[SampleChange, ...]:
    """The samples that came, those that are tested otherwise now, and those that went."""
    found = []
    for version, sample in after.samples.items():
        old = before.samples.get(version)
        if old is not None and (old.tier, old.pythons) == (sample.tier, sample.pythons):
            continue
        found.append(
            SampleChange(
                version=version,
                effect="added" if old is None else "changed",
                tier=sample.tier,
                pythons=sample.pythons,
                why=after.verdicts.get(version, sample.tier),
                facts=Facts(uploaded=sample.uploaded),
            )
        )
    for version, sample in before.samples.items():
        if version not in after.samples:
            gone = "others take its place" if "@" in version else "the index no longer lists it"
            why = after.verdicts.get(version, gone)
            found.append(SampleChange(version=version, effect="removed", tier=sample.tier, why=why))
    order = ("added", "changed", "removed")
    return tuple(sorted(found, key=lambda change: order.index(change.effect)))


def identity(files: Mapping[str, str]) -> str:
    """What `samples and pins are equal` means: a digest of them, dates and headers aside.

    `files` maps paths to texts, of suites' generated files and of locks.
    """
    told: dict[str, Any] = {}
    for path, text in sorted(files.items()):
        if path.endswith(".lock"):
            told[path] = locks.pins(text)
        elif path.rpartition("/")[2] == SAMPLES_FILE:
            state = read({SAMPLES_FILE: text})
            told[path] = [[each.version, each.pythons] for each in state.samples.values()]
    return f"sha256:{hashlib.sha256(json.dumps(told).encode()).hexdigest()}"


def suite_address(text: str) -> Optional[str]:
    """The address of the suite that a `samples.json` says it was generated for; None for another file."""
    generated = _object(text).get("GENERATED")
    if not isinstance(generated, str):
        return None
    words = generated.partition("`")[2].partition("`")[0].split()
    return words[-1] if len(words) > 1 and "generate-matrix" in words else None


def suite_package(text: str) -> Optional[str]:
    """The requirement that the suite of a `samples.json` integrates."""
    suite = _object(text).get("suite")
    package = suite.get("package") if isinstance(suite, dict) else None
    return package if isinstance(package, str) else None


def _object(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _sample(data: Mapping[str, Any]) -> Sample:
    pythons, uploaded = data.get("pythons"), data.get("uploaded")
    return Sample(
        version=_name(data),
        tier=str(data.get("role") or data.get("tier") or ""),
        pythons=tuple(map(str, pythons)) if isinstance(pythons, list) else (),
        uploaded=time_of(uploaded),
    )


def _name(data: Mapping[str, Any]) -> str:
    """The release, or of a combination its name, which its lock has: `3.16.0@django=5.2.1`."""
    releases = data.get("releases")
    if not isinstance(releases, dict) or not releases:
        return str(data.get("version") or "")
    # The package of the suite stands first.
    (_, own), *others = releases.items()
    return f"{own}@{','.join(f'{name}={version}' for name, version in sorted(others))}"


def time_of(value: object) -> Optional[datetime.datetime]:
    """A time as ISO 8601 with its offset; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    return time if time.tzinfo else None
