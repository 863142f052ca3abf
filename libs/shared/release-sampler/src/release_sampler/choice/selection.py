"""Which candidates to sample: the ends, the majors, and what lies evenly between.

Gaps are counted in series (epoch, major, minor): two samples in neighbouring series have a gap of 1.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import AbstractSet

from packaging.version import Version

from release_sampler.basis.model import Release

Series = tuple[int, int, int]


def series_of(version: Version) -> Series:
    """Epoch, major and minor: what bug fixes stay within."""
    return (version.epoch, version.major, version.minor)


class Line:
    """The stable candidates of a package as a line of series, oldest first.

    The newest release of a series speaks for it.
    """

    def __init__(self, releases: Sequence[Release]) -> None:
        self.releases = tuple(releases)
        speakers: dict[Series, Release] = {series_of(r.parsed): r for r in releases}
        self.speakers = tuple(speakers.values())
        position = {series: index for index, series in enumerate(speakers)}
        self._position = {r.version: position[series_of(r.parsed)] for r in releases}

    def position(self, version: str) -> int:
        """The place of a release's series in the line."""
        return self._position[version]

    def newest_of_majors(self, majors: int) -> tuple[str, ...]:
        """The newest release of each of the newest majors, oldest first."""
        newest = {(r.parsed.epoch, r.parsed.major): r.version for r in self.releases}
        return tuple(newest.values())[-majors:]

    def gap_around(self, version: str, samples: Collection[str]) -> tuple[int, int]:
        """The places of the samples' series next to a release's, before and after (or the same)."""
        here = self.position(version)
        places = [self.position(sample) for sample in samples]
        return (
            max(place for place in places if place <= here),
            min(place for place in places if place >= here),
        )

    def largest_gap(self, samples: Collection[str]) -> int:
        """The number of series from one sample to the next, where it is largest."""
        return max((after - before for before, after in self._gaps(samples)), default=0)

    def splitting(self, samples: Collection[str]) -> Release:
        """The release that best splits the largest gap; the newest where several do."""
        before, after = max(self._gaps(samples), key=lambda gap: (gap[1] - gap[0], gap[1]))
        return self.speakers[(before + after + 1) // 2]

    def _gaps(self, samples: Collection[str]) -> list[tuple[int, int]]:
        places = sorted({self.position(sample) for sample in samples})
        return list(zip(places, places[1:]))


def select(
    line: Line, wanted: int, max_majors: int, previous_samples: AbstractSet[str]
) -> frozenset[str]:
    """Choose the samples (versions) among the stable candidates.

    `wanted` is how many; the ends and the majors are chosen in any case, and one release between them
    wherever there is a gap. What `previous_samples` had between its ends stays, unless that leaves more
    than twice the largest gap of a fresh choice.
    """
    kept = _always(line, max_majors)
    slots = max(wanted - len(kept), 1 if line.largest_gap(kept) > 1 else 0)
    fresh = _fill(line, kept, slots)
    limit = 2 * line.largest_gap(fresh)
    staying = _staying(line, kept, slots, previous_samples)
    while True:
        chosen = _fill(line, kept | staying, slots - len(staying))
        if not staying or line.largest_gap(chosen) <= limit:
            return chosen
        staying = _without_worst(line, kept, slots, staying)


def _always(line: Line, max_majors: int) -> frozenset[str]:
    """The lowest release, and the newest of each of the newest majors (of which one is the latest)."""
    return frozenset({line.releases[0].version, *line.newest_of_majors(max_majors)})


def _fill(line: Line, samples: frozenset[str], slots: int) -> frozenset[str]:
    """Add up to `slots` releases, each where the gap is largest."""
    for _ in range(slots):
        if line.largest_gap(samples) <= 1:
            break
        samples |= {line.splitting(samples).version}
    return samples


def _staying(
    line: Line, kept: frozenset[str], slots: int, previous_samples: AbstractSet[str]
) -> frozenset[str]:
    """The interior samples of the last time that are still worth a slot.

    If there are fewer slots than such samples, those stay that leave the smallest gaps.
    """
    known = [r.version for r in line.releases if r.version in previous_samples]
    ends = _previous_ends(previous_samples)
    sampled_series = {line.position(version) for version in kept}
    interior: list[str] = []
    for version in known:
        if version in ends or line.position(version) in sampled_series:
            continue
        sampled_series.add(line.position(version))
        interior.append(version)
    staying: frozenset[str] = frozenset()
    while interior and len(staying) < slots:
        best = min(
            interior, key=lambda v: (line.largest_gap(kept | staying | {v}), -line.position(v))
        )
        interior.remove(best)
        staying |= {best}
    return staying


def _previous_ends(previous_samples: AbstractSet[str]) -> frozenset[str]:
    """The lowest and the latest of the last time; whatever lies between them is interior."""
    versions = sorted(previous_samples, key=Version)
    stable = [version for version in versions if not Version(version).is_prerelease] or versions
    return frozenset(stable[:1] + stable[-1:])


def _without_worst(
    line: Line, kept: frozenset[str], slots: int, staying: frozenset[str]
) -> frozenset[str]:
    """Give up the one sample whose place a fresh choice uses best."""

    def left_by(version: str) -> tuple[int, int]:
        rest = staying - {version}
        return line.largest_gap(_fill(line, kept | rest, slots - len(rest))), line.position(version)

    return staying - {min(staying, key=left_by)}
