"""Releases, suites and policies in one line each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from release_sampler import Policy, Release, Sampling, Snapshot, Suite, make_snapshot, sample
from release_sampler.basis.model import DEFAULT_BREADTH, Breadth, Refusal
from release_sampler.basis.times import parse_time

AS_OF = parse_time("2026-11-21T06:00:00Z")
PYTHONS = ("3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0")


def days_ago(days: float) -> datetime:
    return AS_OF - timedelta(days=days)


LONG_AGO = days_ago(700)


def release(
    version: str,
    *,
    uploaded: datetime | None = LONG_AGO,
    requires_python: str | None = ">=3.8",
    pythons: tuple[str, ...] | None = None,
    yanked: bool | str = False,
    files: tuple[str, ...] = ("sdist", "wheel"),
    problem: str | None = None,
) -> Release:
    return Release(version, uploaded, requires_python, pythons, yanked, files, problem)


def snapshot(releases: Iterable[str | Release], package: str = "thing") -> Snapshot:
    made = (release(item) if isinstance(item, str) else item for item in releases)
    return make_snapshot(package, made)


def policy(
    samples: int = 5,
    pythons: tuple[str, ...] = PYTHONS,
    cooldown_days: int = 3,
    prerelease_days: int = 180,
    max_majors: int = 3,
    breadth: Mapping[str, Breadth] = DEFAULT_BREADTH,
) -> Policy:
    return Policy(pythons, samples, cooldown_days, prerelease_days, max_majors, pythons=breadth)


def run(
    releases: Iterable[str | Release],
    package: str = "thing",
    *,
    python: Mapping[str, str] | None = None,
    samples: int | None = None,
    sdists: frozenset[str] = frozenset(),
    max_majors: int | None = None,
    refusals: Iterable[Refusal] = (),
    previous: Iterable[str] = (),
    rules: Policy | None = None,
    as_of: datetime = AS_OF,
) -> Sampling:
    suite = Suite(package, python or {}, samples, sdists, max_majors)
    return sample(suite, rules or policy(), snapshot(releases), tuple(previous), as_of, refusals)


def chosen(sampling: Sampling) -> dict[str, str]:
    """Version -> tier."""
    return {sample.version: sample.tier.value for sample in sampling.samples}


def pythons_of(sampling: Sampling) -> dict[str, tuple[str, ...]]:
    """Version -> Pythons."""
    return {sample.version: sample.pythons for sample in sampling.samples}
