"""Why each release is or is not tested, and each Python of a sample: what `--explain` shows. Pure."""

from __future__ import annotations

import fnmatch
import itertools
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Sequence

from version_matrix.stanza.samples_file import Sample, SamplesFile

_OUTSIDE = "outside the specifier"
# What is not in question is folded wherever it can be, other verdicts where they are many.
_FOLDED_FROM = {_OUTSIDE: 2}
_MANY = 5


@dataclass(frozen=True)
class Explanation:
    """The verdict on a release, or on several that follow one another.

    `details` has more of a sample: a Python, and why it is or is not tested there; what is of no
    one Python has an empty text in its place.
    """

    versions: tuple[str, ...]
    verdict: str
    details: tuple[tuple[str, str], ...] = ()

    @property
    def releases(self) -> str:
        """`0.28.1`, or `0.1 to 1.9`."""
        if len(self.versions) == 1:
            return self.versions[0]
        return f"{self.versions[0]} to {self.versions[-1]}"


def explanations(samples: SamplesFile, wanted: str | None = None) -> tuple[Explanation, ...]:
    """The verdict on every release, in order; with `wanted` on those whose verdict it matches.

    Releases that follow one another with the same verdict are one, if they are many or outside the
    specifier; those that somebody asks for are each told.
    """
    sampled = {sample.version: sample for sample in samples.samples}
    entries = {entry["version"]: entry for entry in samples.sampling.get("samples", ())}
    told = [
        Explanation((version,), verdict, _details(sampled.get(version), entries.get(version, {})))
        for version, verdict in verdicts(samples, wanted).items()
    ]
    return tuple(told) if wanted else tuple(_folded(told))


def verdicts(samples: SamplesFile, wanted: str | None = None) -> Mapping[str, str]:
    """Release -> verdict; what a suite tests without an index, its own floors, has its tier."""
    recorded = samples.sampling.get("verdicts", {})
    tiers = {s.version: s.tier for s in samples.samples if s.version not in recorded}
    every = {**recorded, **tiers}
    return {v: why for v, why in every.items() if wanted is None or matches(why, wanted)}


def matches(verdict: str, wanted: str) -> bool:
    """Whether a text is a part of the verdict or, as a pattern (`*`, `?`, `[...]`), all of it."""
    verdict, wanted = verdict.lower(), wanted.lower()
    return wanted in verdict or fnmatch.fnmatchcase(verdict, wanted)


def _details(sample: Sample | None, entry: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    if sample is None:
        return ()
    return (
        *entry.get("python_verdicts", {}).items(),
        *(
            detail
            for each in sample.unresolvable
            for detail in (
                (each.python, f"unresolvable: {one_line(each.reason)}"),
                *(("", f"  {line}") for line in each.derivation.splitlines()),
            )
        ),
        *(
            ("", f"no file for {platform} on {', '.join(pythons)}")
            for platform, pythons in entry.get("not_on", {}).items()
        ),
    )


def _folded(told: Sequence[Explanation]) -> Iterable[Explanation]:
    for (verdict, detailed), run in itertools.groupby(
        told, key=lambda each: (each.verdict, bool(each.details))
    ):
        alike = tuple(run)
        if detailed or len(alike) < _FOLDED_FROM.get(verdict, _MANY):
            yield from alike
        else:
            yield Explanation(tuple(each.versions[0] for each in alike), verdict)


def one_line(text: str) -> str:
    """The text without its line ends."""
    return " ".join(text.split())
