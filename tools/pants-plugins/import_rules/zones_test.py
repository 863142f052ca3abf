from __future__ import annotations

import pytest

from import_rules.tables import zones_of

ZONES = zones_of(
    {
        "3rdparty": "all",
        "libs/shared": "all",
        "libs/internal": ["services/*"],
        "services/*": [],
        "infra": [],
        "tools": [],
        ".github": "all",
    },
    ["tests", "benchmarks"],
    {"infra": ["services/*/infra"]},
)

ALLOWED = [
    # A zone may always depend on itself, and on the root.
    ("services/users/src/users", "services/users/src/users"),
    ("services/users/infra", "services/users/src/users"),
    ("infra/base", "infra/network"),
    ("tools/cmd", "tools/bootstrap"),
    ("tests/packaging", "tests"),
    ("libs/shared/trace-baton", ""),
    ("", ".github/workflows"),
    ("", "3rdparty/python"),
    # Everything may depend on 3rdparty and on libs/shared.
    ("services/users/src/users", "3rdparty/python"),
    ("libs/shared/trace-baton/src", "3rdparty/python/tools"),
    ("services/users/src/users", "libs/shared/trace-baton/src/trace_baton"),
    ("libs/shared/trace-baton/src/trace_baton", "libs/shared/release-sampler/src"),
    ("libs/internal/servicekit/src", "libs/shared/trace-baton/src/trace_baton"),
    ("tools/pants-plugins/version_matrix", "libs/shared/release-sampler/src"),
    ("infra/base", "libs/shared/trace-baton/src/trace_baton"),
    # Services and libs/internal may depend on libs/internal.
    ("services/users/src/users", "libs/internal/servicekit/src"),
    ("libs/internal/a", "libs/internal/b"),
    # The base may use the modules of services.
    ("infra", "services/users/infra"),
    ("infra/base", "services/users/infra/database"),
    # What looks at the repository from outside may depend on anything.
    ("tests/packaging", "services/users/src/users"),
    ("tests", "libs/internal/servicekit"),
    ("tests", "infra"),
    ("tests/import_rules", "tools/pants-plugins/import_rules"),
    ("benchmarks/selection", "tools/pants-plugins/version_matrix"),
]

FORBIDDEN = [
    ("services/orders/src", "services/users/src", "only services/users itself may"),
    ("services/orders/src", "services/users/infra", "only services/users itself may"),
    ("libs/shared/trace-baton/src", "services/users/src", "only services/users itself may"),
    ("libs/internal/servicekit", "services/users", "only services/users itself may"),
    ("infra/base", "services/users/src", "only services/users itself may"),
    ("infra", "services/users/infrared", "only services/users itself may"),
    ("tools/cmd", "services/users/src", "only services/users itself may"),
    ("services/users/infra", "infra/base", "only infra itself may"),
    ("tools/cmd", "infra", "only infra itself may"),
    (
        "libs/shared/trace-baton",
        "libs/internal/servicekit",
        "only services/* and libs/internal itself may",
    ),
    ("tools/cmd", "libs/internal/servicekit", "only services/* and libs/internal itself may"),
    ("infra", "libs/internal/servicekit", "only services/* and libs/internal itself may"),
    ("services/users/src", "tools/cmd", "only tools itself may"),
    ("libs/shared/trace-baton/tests", "tests", "only tests itself may"),
    ("benchmarks", "tests", "only tests itself may"),
    ("tests", "benchmarks", "only benchmarks itself may"),
    ("services/users/src", "lib/users", "lib/users is in no zone of the import rules"),
    ("services/users/src", "libs/users", "libs/users is in no zone of the import rules"),
    ("lib/users", "services/users", "only services/users itself may"),
]


@pytest.mark.parametrize("folder, dependency", ALLOWED)
def test_allowed(folder: str, dependency: str) -> None:
    assert ZONES.broken_rule(folder, dependency) is None


@pytest.mark.parametrize("folder, dependency, rule", FORBIDDEN)
def test_forbidden(folder: str, dependency: str, rule: str) -> None:
    assert rule in (ZONES.broken_rule(folder, dependency) or "")


@pytest.mark.parametrize("folder", ["lib", "services", "libs", "library/shared", "src/x"])
def test_a_folder_outside_the_zones_is_itself_a_violation(folder: str) -> None:
    found = ZONES.unknown(folder) or ""
    assert found.startswith(f"{folder} is in no zone of the import rules (3rdparty, libs/shared, ")
    assert "`[import-rules].zones`" in found


def test_the_most_precise_zone_counts_wherever_it_stands() -> None:
    zones = zones_of(
        {"*": "all", "a/b": [], "*/b": ["c"], "a/*/x": ["c"], "c": [], "a": []}, [], {}
    )
    allowed = {
        ("c", "anything/at/all"): True,
        ("c", "other/b"): True,
        ("c", "a/b"): False,
        ("c", "a/b/x"): True,
        ("c", "a/d"): False,
        ("other", "c"): False,
    }
    assert {ends: zones.broken_rule(*ends) is None for ends in allowed} == allowed


def test_without_zones_nothing_is_checked() -> None:
    none = zones_of({}, [], {})
    assert none.unknown("anywhere") is None
    assert none.broken_rule("a", "b") is None
