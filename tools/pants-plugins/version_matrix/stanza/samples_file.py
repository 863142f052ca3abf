"""`samples.json`: the samples of a suite as last generated, all that target generation reads."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping

from packaging.version import VERSION_PATTERN

from version_matrix.stanza.combination import is_combination, names_of
from version_matrix.stanza.plain_text import not_plain

SAMPLES_FILE = "samples.json"
SNAPSHOT_FILE = "releases.jsonl"
LOCK_SUFFIX = ".lock"

# What the tiers of an own-floor suite's two samples are called.
OWN_FLOOR_TIERS = ("lowest", "highest")

# 1 is that of pants-version-matrix 0.1.0, which did not number it: every cell had a lock.
FORMAT = 2
# Of a suite with axes, so that a plugin of before there were any says that a newer one has written it.
_COMBINATIONS_FORMAT = 3

_MARK = "GENERATED"
_FORMAT_KEY = "format"
_COMBINATIONS = "combinations"
_AXIS_SNAPSHOTS = "axis_snapshots"
# What the plugin adds to an entry of release-sampler's, and to one of what the resolver refused.
_LOCK_KEYS = ("lock", "own_locks", "unresolvable")
_INPUTS_KEY = "inputs"

_RELEASE = re.compile(VERSION_PATTERN, re.VERBOSE | re.IGNORECASE)
_OWN_PYTHON = re.compile(r"-(?:py|pypy)[0-9]+\.[0-9]+t?$")
_AXIS_SNAPSHOT = re.compile(rf"[a-z0-9]+(?:-[a-z0-9]+)*\.{re.escape(SNAPSHOT_FILE)}")
# `3.12`, a free-threaded `3.14t`, `pypy3.11`.
_PYTHON = re.compile(r"(?:pypy)?[0-9]+\.[0-9]+t?")


class UnreadableSamples(ValueError):
    """`samples.json` is not what `generate-matrix` writes: a merge conflict, or an edit by hand."""


@dataclass(frozen=True)
class Unresolvable:
    """A Python of a sample that no lock can be made for, and why.

    `inputs` is the digest of what was asked for: of other inputs the answer is not known.
    `derivation` is the resolver's whole account, where that is more than the reason.
    """

    python: str
    reason: str
    inputs: str
    derivation: str = ""


@dataclass(frozen=True)
class Refused:
    """Releases (project, version; sorted) that cannot be locked together, and why.

    On a `python`, or for None on none. `inputs` is as in `Unresolvable`.
    """

    releases: tuple[tuple[str, str], ...]
    python: str | None
    reason: str
    inputs: str


@dataclass(frozen=True)
class Sample:
    """One release chosen for testing, and the Pythons (`3.12`) it is tested on.

    In a suite with axes it is a combination: `version` is then its name (`3.16.0@django=5.2.1`, see
    `stanza.combination`), `tier` that of the package's release, and `role` why it is tested.

    `lock` is the digest of the lock that its Pythons share, header included, and empty if there is
    none; `own_locks` has Python and digest of each lock that is made for one Python alone. A Python
    of `trials` is admitted by the release, but not named by its classifiers.
    """

    version: str
    tier: str
    pythons: tuple[str, ...]
    lock: str = ""
    own_locks: tuple[tuple[str, str], ...] = ()
    unresolvable: tuple[Unresolvable, ...] = ()
    trials: tuple[str, ...] = ()
    role: str = ""

    @property
    def why(self) -> str:
        """Why it is tested: its role among combinations, else its tier."""
        return self.role or self.tier

    @property
    def name(self) -> str:
        """What stands for the version in an address, where Pants bars the `!` of an epoch."""
        return self.version.replace("!", "~")

    @property
    def shared_pythons(self) -> tuple[str, ...]:
        """The Pythons whose cells run with the lock that carries the version's name alone."""
        apart = {*(python for python, _ in self.own_locks), *(u.python for u in self.unresolvable)}
        return tuple(python for python in self.pythons if python not in apart)

    @property
    def locks(self) -> Mapping[str, str]:
        """The name of each of its locks in the suite's generated folder -> the digest."""
        own = {lock_name(self.version, python): digest for python, digest in self.own_locks}
        return {lock_name(self.version): self.lock, **own} if self.shared_pythons else own

    def lock_file(self, python: str) -> str:
        """The name of the lock that the cell on this Python runs with."""
        own = any(python == other for other, _ in self.own_locks)
        return lock_name(self.version, python if own else None)

    def why_unresolvable(self, python: str) -> str | None:
        """Why the cell on this Python has no lock; None if it has one."""
        return next((u.reason for u in self.unresolvable if u.python == python), None)


def lock_name(version: str, python: str | None = None) -> str:
    """`0.28.1.lock`, or `0.28.1-py3.8.lock` for a Python that needs a lock of its own."""
    if python is None:
        return f"{version}{LOCK_SUFFIX}"
    named = python if python.startswith("pypy") else f"py{python}"
    return f"{version}-{named}{LOCK_SUFFIX}"


def locked_sample(name: str) -> str:
    """The sample that a lock of this name is of."""
    return _OWN_PYTHON.sub("", name[: -len(LOCK_SUFFIX)])


def is_lock_name(name: str) -> bool:
    """Whether a file is a lock, by its name."""
    if not name.endswith(LOCK_SUFFIX):
        return False
    version = locked_sample(name)
    if version in OWN_FLOOR_TIERS or _RELEASE.fullmatch(version) is not None:
        return True
    return is_combination(version)


def snapshot_name(project: str) -> str:
    """The name of an axis' snapshot: `django.releases.jsonl`."""
    return f"{project}.{SNAPSHOT_FILE}"


def is_snapshot_name(name: str) -> bool:
    """Whether a file is a snapshot, the package's own or that of an axis, by its name."""
    return name == SNAPSHOT_FILE or _AXIS_SNAPSHOT.fullmatch(name) is not None


@dataclass(frozen=True)
class SamplesFile:
    """The content of `samples.json`.

    `sampling` is release-sampler's document, kept whole (as_of, policy, suite, samples, verdicts,
    uncovered); the plugin adds the digests of the snapshot and of each sample's lock. Of a suite with
    axes `samples` are the combinations, and of each axis there is a snapshot (project, digest);
    `refused` is what the resolver would not lock.
    """

    samples: tuple[Sample, ...]
    sampling: Mapping[str, Any] = field(hash=False)
    snapshot: str = ""
    axis_snapshots: tuple[tuple[str, str], ...] = ()
    refused: tuple[Refused, ...] = ()

    def render(self, command: str) -> str:
        """The file's text: stable to the byte, and telling how it is made."""
        added = {sample.version: _added(sample) for sample in self.samples}
        entries = _sampled(self.sampling)
        inputs = {(each.releases, each.python): each.inputs for each in self.refused}
        document = {
            _MARK: f"by `{command}`, which also solves a merge conflict. DO NOT EDIT.",
            _FORMAT_KEY: _COMBINATIONS_FORMAT if entries == _COMBINATIONS else FORMAT,
            **{key: self.sampling[key] for key in self.sampling if key != _FORMAT_KEY},
            "snapshot": self.snapshot,
            **({_AXIS_SNAPSHOTS: dict(self.axis_snapshots)} if self.axis_snapshots else {}),
            entries: [
                {**entry, **added[_name(self.sampling, entry)]} for entry in self.sampling[entries]
            ],
        }
        if "refusals" in self.sampling:
            document["refusals"] = [
                {**entry, _INPUTS_KEY: inputs[_refused_key(entry)]}
                for entry in self.sampling["refusals"]
            ]
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def parse(text: str) -> SamplesFile:
    """Reads `samples.json` of this format or of an older one.

    Raises `UnreadableSamples` if it is anything else.
    """
    try:
        document = json.loads(text)
        newest = _COMBINATIONS_FORMAT
        if isinstance(document, dict) and document.get(_FORMAT_KEY, 1) not in range(1, newest + 1):
            raise ValueError(
                f"its format is {document[_FORMAT_KEY]!r}, and this pants-version-matrix knows those "
                f"up to {newest}: a newer one has written it"
            )
        obeyed = not_plain(document)
        if obeyed:
            raise ValueError(
                f"it holds {obeyed}, which a terminal would obey instead of showing it"
            )
        listed, entries = document["samples"], _sampled(document)
        samples = tuple(
            _sample(entry) if document[entries] is listed else _combination(document, entry)
            for entry in document[entries]
        )
        named = Counter(sample.version for sample in samples)
        twice = sorted(version for version, times in named.items() if times > 1)
        if twice:
            raise ValueError(f"two samples are called {', '.join(twice)}")
        own = (_MARK, "snapshot", _AXIS_SNAPSHOTS)
        sampling = {
            **{key: document[key] for key in document if key not in own},
            entries: [_without(entry, _LOCK_KEYS) for entry in document[entries]],
        }
        if entries == _COMBINATIONS:
            sampling[_FORMAT_KEY] = FORMAT
        refusals = document.get("refusals", [])
        if not isinstance(refusals, list):
            raise TypeError(f"refusals is {refusals!r}: expected a list")
        refused = tuple(map(_refused, refusals))
        if refused:
            sampling["refusals"] = [_without(each, (_INPUTS_KEY,)) for each in refusals]
        return SamplesFile(
            samples,
            sampling,
            snapshot=_text(document, "snapshot"),
            axis_snapshots=tuple(
                (project, _text(document[_AXIS_SNAPSHOTS], project))
                for project in document.get(_AXIS_SNAPSHOTS, ())
            ),
            refused=refused,
        )
    # RecursionError is what the parser answers to a thousand opening brackets.
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise UnreadableSamples(f"{type(error).__name__}: {error}") from None


def _sampled(sampling: Mapping[str, Any]) -> str:
    """The key below which the cells are: of samples, or of combinations of them."""
    return _COMBINATIONS if _COMBINATIONS in sampling else "samples"


def _name(sampling: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    """What the sample of an entry is called."""
    if "version" in entry:
        return _text(entry, "version")
    # The package of the suite stands first.
    package, *_ = entry["releases"]
    return names_of(entry["releases"].items(), package)


def named_samples(sampling: Mapping[str, Any]) -> tuple[Sample, ...]:
    """The samples of release-sampler's document, without locks."""
    entries = _sampled(sampling)
    tiers = {entry["version"]: entry["tier"] for entry in sampling["samples"]}
    return tuple(
        Sample(
            version=_name(sampling, entry),
            tier=tiers[_package_release(entry)],
            pythons=tuple(entry["pythons"]),
            trials=tuple(entry.get("trials", ())),
            role=entry.get("role", ""),
        )
        for entry in sampling[entries]
    )


def _package_release(entry: Mapping[str, Any]) -> Any:
    return entry["version"] if "version" in entry else [*entry["releases"].values()][0]


def _without(entry: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    left_out = tuple(keys)
    return {key: value for key, value in entry.items() if key not in left_out}


def _refused_key(entry: Mapping[str, Any]) -> tuple[tuple[tuple[str, str], ...], str | None]:
    return tuple(sorted(entry["releases"].items())), entry.get("python")


def _refused(entry: Any) -> Refused:
    releases, python = _refused_key(entry)
    return Refused(releases, python, _text(entry, "reason"), _text(entry, _INPUTS_KEY))


def _combination(document: Mapping[str, Any], entry: Any) -> Sample:
    """One entry of `combinations`, checked as `_sample` checks."""
    name = _name(document, entry)
    if not is_combination(name):
        raise ValueError(f"{name!r} is no combination of releases")
    tiers = {each["version"]: each["tier"] for each in document["samples"]}
    version = _package_release(entry)
    if version not in tiers:
        raise ValueError(f"{name} is no combination of samples")
    sample = _named(name, {**entry, "tier": tiers[version]})
    return dataclasses.replace(sample, role=_text(entry, "role"))


def _added(sample: Sample) -> dict[str, Any]:
    """What an entry of `samples` says of locks; what is not there is not said."""
    added: dict[str, Any] = {"lock": sample.lock} if sample.shared_pythons else {}
    if sample.own_locks:
        added["own_locks"] = dict(sample.own_locks)
    if sample.unresolvable:
        added["unresolvable"] = {
            each.python: {
                "reason": each.reason,
                "inputs": each.inputs,
                **({"derivation": each.derivation.splitlines()} if each.derivation else {}),
            }
            for each in sample.unresolvable
        }
    return added


def is_marked(text: str) -> bool:
    """Whether a file says of itself that it is a `samples.json`, be it readable or not."""
    return text.startswith("{") and f'"{_MARK}": "by `' in text and "generate-matrix" in text


def _sample(entry: Any) -> Sample:
    """One entry of `samples`; what becomes a path and an address must look like what it is."""
    version = _text(entry, "version")
    if version not in OWN_FLOOR_TIERS and not _RELEASE.fullmatch(version):
        raise ValueError(f"{version!r} is not a release")
    return _named(version, entry)


def _named(version: str, entry: Any) -> Sample:
    pythons = entry["pythons"]
    if not isinstance(pythons, list) or not pythons or len(set(pythons)) < len(pythons):
        raise ValueError(f"{version} has pythons={pythons!r}: expected a list such as ['3.12']")
    _check_pythons(version, pythons)
    unresolvable = tuple(
        Unresolvable(
            python,
            _text(each, "reason"),
            _text(each, "inputs"),
            "\n".join(_lines(each.get("derivation", []))),
        )
        for python, each in entry.get("unresolvable", {}).items()
    )
    own = tuple(
        (python, _text(entry["own_locks"], python)) for python in entry.get("own_locks", ())
    )
    trials = tuple(entry.get("trials", ()))
    for some in ([u.python for u in unresolvable], [python for python, _ in own], trials):
        if not set(some) <= set(pythons):
            raise ValueError(
                f"{version} speaks of Python {', '.join(some)}, which it is not tested on"
            )
    sample = Sample(
        version,
        _text(entry, "tier"),
        tuple(pythons),
        own_locks=own,
        unresolvable=unresolvable,
        trials=trials,
    )
    if not sample.shared_pythons:
        return sample
    return dataclasses.replace(sample, lock=_text(entry, "lock"))


def _check_pythons(version: str, pythons: Iterable[Any]) -> None:
    for python in pythons:
        if not _PYTHON.fullmatch(python):
            raise ValueError(f"{version} has Python {python!r}: expected something like 3.12")


def _text(entry: Any, key: str) -> str:
    if not isinstance(entry, dict):
        raise TypeError(f"{entry!r} has no {key}: expected an object")
    value = entry[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is {value!r}: expected a text")
    return value


def _lines(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        raise TypeError(f"derivation is {value!r}: expected a list of texts")
    return value


def digest(content: str | bytes) -> str:
    """The digest recorded for a generated file: `sha256:` and 64 hex digits."""
    data = content.encode() if isinstance(content, str) else content
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
