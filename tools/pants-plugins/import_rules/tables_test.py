from __future__ import annotations

from typing import Any

import pytest

from import_rules.rooms import Rooms
from import_rules.tables import TableError, rooms_of, zones_of
from import_rules.zones import Zone, Zones


def test_zones() -> None:
    assert zones_of(
        {"libs/*": "all", "services/*": ("tools",), "tools": []},
        ["tests"],
        {"tools": ["services/*/infra"]},
    ) == Zones(
        (Zone("libs/*", None), Zone("services/*", ("tools",)), Zone("tools", ())),
        ("tests",),
        (("tools", ("services/*/infra",)),),
    )


def test_rooms() -> None:
    assert rooms_of(
        {"a": {"order": ["x", "y"]}, "b/c": {"order": ["x"], "beside": ["log.py"]}}
    ) == (Rooms("a", ("x", "y")), Rooms("b/c", ("x",), ("log.py",)))


@pytest.mark.parametrize(
    ("zones", "outside", "exceptions", "message"),
    [
        ({"a": True}, [], {}, "[import-rules].zones: `a` has True. Expected `all`, or a list"),
        ({"a": "any"}, [], {}, "[import-rules].zones: `a` has 'any'. Expected `all`, or a list"),
        ({"a": [1]}, [], {}, "[import-rules].zones: `a` has [1]. Expected `all`, or a list"),
        (
            {"a": ["b"], "c": []},
            [],
            {},
            "[import-rules].zones: `a` speaks of `b`, which is no zone. Expected one of a, c.",
        ),
        ({"/a": []}, [], {}, "[import-rules].zones: `/a` is no folder. Expected one relative to"),
        ({"a/": []}, [], {}, "`a/` is no folder"),
        ({"": []}, [], {}, "`` is no folder"),
        ({"../a": []}, [], {}, "`../a` is no folder"),
        ({"lib*": []}, [], {}, "`lib*` is no folder"),
        ({"a/**": []}, [], {}, "`a/**` is no folder"),
        ({"a": []}, ["./t"], {}, "[import-rules].outside: `./t` is no folder"),
        ({"a": []}, ["a"], {}, "[import-rules].outside: `a` is in [import-rules].zones as well."),
        ({}, ["t"], {}, "[import-rules].outside says something about zones, and"),
        ({}, [], {"a": ["b"]}, "[import-rules].exceptions says something about zones, and"),
        ({"a": []}, [], {"b": []}, "[import-rules].exceptions: `b` speaks of `b`, which is no"),
        ({"a": []}, [], {"a": "b"}, "[import-rules].exceptions: `a` has 'b'. Expected a list of"),
        ({"a": []}, [], {"a": ["b/"]}, "[import-rules].exceptions: `a` names `b/`, which is no"),
    ],
)
def test_bad_zones(
    zones: dict[str, Any], outside: list[str], exceptions: dict[str, Any], message: str
) -> None:
    with pytest.raises(TableError) as raised:
        zones_of(zones, outside, exceptions)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("rooms", "message"),
    [
        ({"a": ["x"]}, "[import-rules].rooms: `a` has ['x']. Expected a table with `order`"),
        ({"a": {}}, "[import-rules].rooms: `a` has {}. Expected a table with `order`"),
        ({"a": {"beside": []}}, "Expected a table with `order`"),
        ({"a": {"order": [], "besides": []}}, "Expected a table with `order`, and `beside` where"),
        ({"a": {"order": "x"}}, "`a` has 'x' for `order`. Expected a list of names"),
        ({"a": {"order": ["x"], "beside": [1]}}, "`a` has [1] for `beside`. Expected a list of"),
        ({"a": {"order": ["x/y"]}}, "`a` names `x/y`. Expected the name of one folder or module"),
        ({"a": {"order": [""]}}, "`a` names ``. Expected the name of one folder or module"),
        ({"a": {"order": ["."]}}, "`a` names `.`. Expected the name of one folder or module"),
        ({"a": {"order": ["x", "y", "x"]}}, "`a` names `x` more than once"),
        ({"a": {"order": ["x"], "beside": ["x"]}}, "`a` names `x` more than once"),
        (
            {"a/*": {"order": ["x"]}},
            "[import-rules].rooms: `a/*` is a pattern. Expected the folder",
        ),
        ({"/a": {"order": ["x"]}}, "[import-rules].rooms: `/a` is no folder."),
    ],
)
def test_bad_rooms(rooms: dict[str, Any], message: str) -> None:
    with pytest.raises(TableError) as raised:
        rooms_of(rooms)
    assert message in str(raised.value)
