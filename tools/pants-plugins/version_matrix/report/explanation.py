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
    combined = samples.sampling.get("combinations", ())
    entries = {
        **{entry["version"]: entry for entry in samples.sampling.get("samples", ())},
        **{sample.version: entry for sample, entry in zip(samples.samples, combined)},
    }
    told = [
        Explanation((version,), verdict, _details(sampled.get(version), entries.get(version, {})))
        for version, verdict in verdicts(samples, wanted).items()
    ]
    return tuple(told) if wanted else tuple(_folded(told))


def verdicts(samples: SamplesFile, wanted: str | None = None) -> Mapping[str, str]:
    """Release -> verdict; what a suite tests without an index, its own floors, has its tier.

    Of a suite with axes also combination -> its role, see `every_verdict`.
    """
    recorded = every_verdict(samples.sampling)
    told = {s.version: s.why for s in samples.samples if s.version not in recorded}
    every = {**recorded, **told}
    return {v: why for v, why in every.items() if wanted is None or matches(why, wanted)}


def every_verdict(sampling: Mapping[str, Any]) -> dict[str, str]:
    """Release -> verdict; of an axis by its name and the release, and of what cannot go together."""
    return {
        **sampling.get("verdicts", {}),
        **{
            f"{project} {version}": verdict
            for project, axis in sampling.get("axes", {}).items()
            for version, verdict in axis["verdicts"].items()
        },
        **{_together(each): _impossible(each) for each in sampling.get("impossible", ())},
    }


def _impossible(each: Mapping[str, Any]) -> str:
    """The reason, without what it is about, which it says first."""
    reason = str(each["reason"])
    about = f"{_together(each)}: "
    return f"impossible: {reason[len(about):] if reason.startswith(about) else reason}"


def _together(impossible: Mapping[str, Any]) -> str:
    """`django 4.2 with redis 5.0`, and if it is about one, `on Python 3.8`."""
    told = " with ".join(map(" ".join, impossible["releases"].items()))
    return f"{told} on Python {impossible['python']}" if impossible.get("python") else told


def matches(verdict: str, wanted: str) -> bool:
    """Whether a text is a part of the verdict or, as a pattern (`*`, `?`, `[...]`), all of it."""
    verdict, wanted = verdict.lower(), wanted.lower()
    return wanted in verdict or fnmatch.fnmatchcase(verdict, wanted)


def _details(sample: Sample | None, entry: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    if sample is None:
        return ()
    trials = [python for python in sample.pythons if python in sample.trials]
    return (
        *entry.get("python_verdicts", {}).items(),
        *([("", f"on Python {', '.join(sample.pythons)}")] if sample.role else []),
        *([("", f"of these trials: {', '.join(trials)}")] if sample.role and trials else []),
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
    for (verdict, detailed, _), run in itertools.groupby(
        told, key=lambda each: (each.verdict, bool(each.details), _of(each.versions[0]))
    ):
        alike = tuple(run)
        if detailed or len(alike) < _FOLDED_FROM.get(verdict, _MANY):
            yield from alike
        else:
            yield Explanation(tuple(each.versions[0] for each in alike), verdict)


def _of(release: str) -> str:
    """The axis that a release is of; empty for the package of the suite."""
    return release.rpartition(" ")[0]


def one_line(text: str) -> str:
    """The text without its line ends."""
    return " ".join(text.split())
