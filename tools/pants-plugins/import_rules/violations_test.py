from __future__ import annotations

from import_rules.places import Place
from import_rules.rooms import Rooms
from import_rules.tables import zones_of
from import_rules.violations import Tables

TABLES = Tables(
    zones_of({"libs": "all", "services/*": []}, [], {}),
    (Rooms("libs/a", ("x", "y")), Rooms("libs/a/x", ("deep", "deeper"))),
)


def test_every_violation_names_both_ends() -> None:
    found = TABLES.violations(
        Place("libs/a/x/deep/m.py", "libs/a/x/deep", "m.py"),
        [
            Place("services/users:users", "services/users"),
            Place("libs/b/m.py", "libs/b", "m.py"),
            Place("libs/a/y/n.py", "libs/a/y", "n.py"),
            # The rooms of a room are rooms as any other.
            Place("libs/a/x/deeper/n.py", "libs/a/x/deeper", "n.py"),
        ],
    )
    assert [str(violation) for violation in found] == [
        "libs/a/x/deep/m.py -> services/users:users: "
        "only services/users itself may depend on services/users",
        "libs/a/x/deep/m.py -> libs/a/y/n.py: "
        "x may not use y: in libs/a the order is x, y, and each may use those before it",
        "libs/a/x/deep/m.py -> libs/a/x/deeper/n.py: "
        "deep may not use deeper: in libs/a/x the order is deep, deeper, and each may use those "
        "before it",
    ]


def test_what_is_misplaced_is_told_once() -> None:
    (zone,) = TABLES.violations(Place("lib:a", "lib"), [Place("libs/b", "libs/b")])
    assert str(zone).startswith("lib:a: lib is in no zone of the import rules (libs, services/*)")
    (room,) = TABLES.violations(Place("libs/a/z:z", "libs/a/z"), [Place("libs/b", "libs/b")])
    assert str(room).startswith("libs/a/z:z: z is no room of libs/a (x, y)")
