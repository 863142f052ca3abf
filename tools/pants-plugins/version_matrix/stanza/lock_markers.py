"""Markers (PEP 508) of a lock: for which Pythons and platforms it is made, and each pin of it holds."""

from __future__ import annotations

from typing import Iterable, Mapping, Sequence

from packaging.markers import Marker

# No Python 3 has had this many patch releases.
_LAST_PATCH = 99


def environment(minor: str, platform: str) -> str:
    """The marker of a Python (`3.12`, `3.14t`, `pypy3.11`) on a platform (`linux-x86_64-glibc2.28`).

    No marker tells a free-threaded build, nor a C library.
    """
    name = minor.rstrip("t")
    python = f"python_version == '{name}'"
    if name.startswith("pypy"):
        python = f"python_version == '{name[4:]}' and platform_python_implementation == 'PyPy'"
    told = platform_variables(platform)
    return (
        f"{python} and sys_platform == '{told['sys_platform']}' "
        f"and platform_machine == '{told['platform_machine']}'"
    )


def platform_here(platforms: Iterable[str], system: str, machine: str) -> str | None:
    """The first of some platforms that is of a system (`sys.platform`) and a processor."""
    for platform in platforms:
        variables = platform_variables(platform)
        if (variables["sys_platform"], variables["platform_machine"]) == (system, machine):
            return platform
    return None


def simplified(body: str, pythons: Sequence[str], platforms: Iterable[str]) -> str:
    """The pins of a lock, each with the shortest marker that says the same where the lock holds.

    A resolver repeats, with every pin, all Pythons and platforms that it was asked for. `pythons`
    are the lock's with their patch levels, ascending. What differs between platforms stays as it is.
    """
    some = tuple(platforms)
    if not some or any(python.startswith("pypy") for python in pythons):
        return body
    return "".join(_simplified(line, pythons, some) for line in body.splitlines(keepends=True))


def is_wanted(pin: str, pythons: Iterable[str], platform: str) -> bool:
    """Whether a line of pins without hashes is for any of these Pythons (`3.12.1`) on a platform.

    Of PyPy that is not known, and taken for granted.
    """
    marker = pin.partition(" ; ")[2]
    return not marker or any(
        python.startswith("pypy") or any(_answers(Marker(marker), python, platform))
        for python in pythons
    )


def _answers(marker: Marker, python: str, platform: str) -> set[bool]:
    """What a marker says of a Python with its patch level, and of those that follow it."""
    patch = python.rstrip("t").split(".")[2]
    return {
        marker.evaluate(_environment(_minor(python), each, platform))
        for each in (patch, str(_LAST_PATCH))
    }


def _minor(python: str) -> str:
    return ".".join(python.rstrip("t").split(".")[:2])


def _simplified(line: str, pythons: Sequence[str], platforms: Sequence[str]) -> str:
    pin, semicolon, rest = line.partition(" ; ")
    if not semicolon or line.startswith((" ", "#")):
        return line
    text, continued, _ = rest.rstrip("\n").partition(" \\")
    marker = Marker(text)
    held: dict[str, bool] = {}
    for python in pythons:
        answers = {
            answer for platform in platforms for answer in _answers(marker, python, platform)
        }
        if len(answers) > 1:
            return line
        held[_minor(python)] = answers.pop()
    told = _of_pythons(held)
    return f"{pin}{f' ; {told}' if told else ''}{continued}\n"


def _of_pythons(held: Mapping[str, bool]) -> str:
    """The marker of the Pythons that a pin is for, of those (ascending) that the lock is for."""
    minors = list(held)
    chosen = [minor for minor in minors if held[minor]]
    if chosen == minors:
        return ""
    if chosen and chosen == minors[-len(chosen) :]:
        return f"python_version >= '{chosen[0]}'"
    if chosen and chosen == minors[: len(chosen)]:
        return f"python_version <= '{chosen[-1]}'"
    return " or ".join(f"python_version == '{minor}'" for minor in chosen) or "python_version < '3'"


def _environment(minor: str, patch: str, platform: str) -> dict[str, str]:
    full = f"{minor}.{patch}"
    return {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": "posix",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_version": "",
        "python_full_version": full,
        "python_version": minor,
        "extra": "",
        **platform_variables(platform),
    }


def platform_variables(platform: str) -> dict[str, str]:
    """What markers see of a platform."""
    system, machine, *_ = platform.split("-")
    mac = system == "macos"
    return {
        "platform_machine": machine,
        "platform_system": "Darwin" if mac else system.capitalize(),
        "sys_platform": "darwin" if mac else system,
    }
