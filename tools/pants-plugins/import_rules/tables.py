"""The tables of the import rules as the options in `pants.toml` give them.

Pure: option values in, checked tables out.
"""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Sequence

from import_rules import rooms, zones
from import_rules.rooms import Rooms
from import_rules.zones import Zone, Zones

ALL = "all"
OUTSIDE_OPTION = "[import-rules].outside"
EXCEPTIONS_OPTION = "[import-rules].exceptions"

_KEYS = ("order", "beside")


class TableError(ValueError):
    """An option is no table of import rules; the text names it, its entry and what was expected."""


def zones_of(
    table: Mapping[str, Any], outside: Sequence[str], exceptions: Mapping[str, Any]
) -> Zones:
    """The zones as three options have them; raises TableError."""
    for pattern in table:
        _check_folder(pattern, f"{zones.OPTION}: `{pattern}`")
    for pattern in outside:
        _check_folder(pattern, f"{OUTSIDE_OPTION}: `{pattern}`")
        if pattern in table:
            raise TableError(
                f"{OUTSIDE_OPTION}: `{pattern}` is in {zones.OPTION} as well. Expected it in one of "
                "the two: nothing may depend on what is outside."
            )
    if (outside or exceptions) and not table:
        option = OUTSIDE_OPTION if outside else EXCEPTIONS_OPTION
        raise TableError(f"{option} says something about zones, and {zones.OPTION} has none.")
    known = (*table, *outside)
    return Zones(
        tuple(Zone(pattern, _dependents(pattern, table[pattern], known)) for pattern in table),
        tuple(outside),
        tuple((pattern, _excepted(pattern, exceptions[pattern], known)) for pattern in exceptions),
    )


def rooms_of(table: Mapping[str, Any]) -> tuple[Rooms, ...]:
    """The packages that have rooms, as the option has them; raises TableError."""
    return tuple(_rooms(package, table[package]) for package in table)


def _dependents(pattern: str, value: Any, known: Sequence[str]) -> tuple[str, ...] | None:
    if value == ALL:
        return None
    where = f"{zones.OPTION}: `{pattern}`"
    if not _is_list_of_words(value):
        raise TableError(
            f"{where} has {value!r}. Expected `{ALL}`, or a list of the zones that may depend on it "
            "besides itself."
        )
    for each in value:
        _check_known(each, where, known)
    return tuple(value)


def _excepted(pattern: str, value: Any, known: Sequence[str]) -> tuple[str, ...]:
    where = f"{EXCEPTIONS_OPTION}: `{pattern}`"
    _check_known(pattern, where, known)
    if not _is_list_of_words(value):
        raise TableError(
            f"{where} has {value!r}. Expected a list of folders in other zones that it may depend on."
        )
    for each in value:
        _check_folder(each, f"{where} names `{each}`, which")
    return tuple(value)


def _rooms(package: str, value: Any) -> Rooms:
    where = f"{rooms.OPTION}: `{package}`"
    _check_folder(package, where)
    if "*" in package:
        raise TableError(f"{where} is a pattern. Expected the folder of one package.")
    if not isinstance(value, Mapping) or not {"order"} <= set(value) <= set(_KEYS):
        raise TableError(
            f"{where} has {value!r}. Expected a table with `order`, and `beside` where some rooms are "
            "outside of it."
        )
    for key in value:
        if not _is_list_of_words(value[key]):
            raise TableError(
                f"{where} has {value[key]!r} for `{key}`. Expected a list of names of folders or "
                "modules that lie in the package."
            )
    named = [room for key in value for room in value[key]]
    for room in named:
        if not room or "/" in room or room in (".", "..") or "*" in room:
            raise TableError(
                f"{where} names `{room}`. Expected the name of one folder or module that lies in the "
                "package."
            )
        if named.count(room) > 1:
            raise TableError(f"{where} names `{room}` more than once. Expected each room once.")
    return Rooms(package, tuple(value["order"]), tuple(value.get("beside", ())))


def _check_known(pattern: str, where: str, known: Sequence[str]) -> None:
    if pattern not in known:
        raise TableError(
            f"{where} speaks of `{pattern}`, which is no zone. Expected one of {', '.join(known)}."
        )


def _check_folder(pattern: str, where: str) -> None:
    if not all(_names(pattern)):
        raise TableError(
            f"{where} is no folder. Expected one relative to the root, such as `libs/shared`, or with "
            "`*` for a whole name, such as `services/*`."
        )


def _names(pattern: str) -> Iterator[bool]:
    for name in pattern.split("/"):
        yield bool(name) and name not in (".", "..") and ("*" not in name or name == "*")


def _is_list_of_words(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value)
