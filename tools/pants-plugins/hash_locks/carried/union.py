"""One lock of what every Python and platform needs, with markers where they need different things."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Mapping, Sequence

from hash_locks.carried.environments import Environment
from hash_locks.carried.pins import Pin


def union(needed: Mapping[Environment, Iterable[Pin]]) -> tuple[Pin, ...]:
    """The pins of all environments; what some of them alone need says so in its marker.

    Projects may have several pins, of which an environment has one. Hashes and reasons of a pin are
    those of all environments.
    """
    pins: dict[tuple[str, str, str], list[Pin]] = {}
    where: dict[tuple[str, str, str], list[Environment]] = {}
    for environment, needs in needed.items():
        for pin in needs:
            pins.setdefault(pin.release, []).append(pin)
            where.setdefault(pin.release, []).append(environment)
    everywhere = tuple(needed)
    return tuple(
        replace(
            same[0],
            marker=marker_of(where[release], everywhere),
            hashes=frozenset().union(*(pin.hashes for pin in same)),
            via=frozenset().union(*(pin.via for pin in same)),
        )
        for release, same in pins.items()
    )


def marker_of(some: Iterable[Environment], everywhere: Sequence[Environment]) -> str:
    """The marker that is true in these of all environments; `""` if it is in all of them."""
    pythons = list(dict.fromkeys(each.python for each in everywhere))
    platforms = list(dict.fromkeys(each.platform for each in everywhere))
    chosen = set(some)
    # Platforms that need it on the same Pythons are told together.
    together: dict[tuple[str, ...], list[str]] = {}
    for platform in platforms:
        on = tuple(python for python in pythons if Environment(python, platform) in chosen)
        if on:
            together.setdefault(on, []).append(platform)
    terms = [
        _all_of([_one_of(_platforms(names, platforms)), _one_of(_runs(on, pythons))])
        for on, names in together.items()
    ]
    return _one_of(terms)


def _runs(on: Sequence[str], pythons: Sequence[str]) -> list[str]:
    """A marker for each unbroken run of Pythons; none if they are all."""
    runs: list[list[int]] = []
    for at in map(pythons.index, on):
        if runs and runs[-1][-1] == at - 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    return [
        _all_of(
            [
                f'python_version >= "{pythons[run[0]]}"' if run[0] else "",
                f'python_version < "{pythons[run[-1] + 1]}"' if run[-1] + 1 < len(pythons) else "",
            ]
        )
        for run in runs
    ]


def _platforms(names: Sequence[str], platforms: Sequence[str]) -> list[str]:
    """A marker for each platform; none if they are all."""
    if len(names) == len(platforms):
        return []
    systems = [_seen(platform, "sys_platform") for platform in platforms]
    markers = []
    for name in names:
        system = _seen(name, "sys_platform")
        marker = f'sys_platform == "{system}"'
        if systems.count(system) > 1:
            marker += f' and platform_machine == "{_seen(name, "platform_machine")}"'
        markers.append(marker)
    return markers


def _seen(platform: str, variable: str) -> str:
    return Environment("3.9", platform).markers[0][variable]


def _all_of(markers: Iterable[str]) -> str:
    told = [each for each in markers if each]
    if len(told) == 1:
        return told[0]
    return " and ".join(f"({each})" if " or " in each else each for each in told)


def _one_of(markers: Sequence[str]) -> str:
    # Where one of them is always true, so are all together.
    return " or ".join(markers) if all(markers) else ""
