from __future__ import annotations

import pytest

from import_rules.zones import broken_rule, find_violations

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
    ("services/users/infra", "infra/base", "nothing may depend on infra"),
    ("tools/cmd", "infra", "nothing may depend on infra"),
    ("libs/shared/trace-baton", "libs/internal/servicekit", "only services and libs/internal may"),
    ("tools/cmd", "libs/internal/servicekit", "only services and libs/internal may"),
    ("infra", "libs/internal/servicekit", "only services and libs/internal may"),
    ("services/users/src", "tools/cmd", "only tools itself may"),
    ("libs/shared/trace-baton/tests", "tests", "nothing may depend on tests"),
    ("benchmarks", "tests", "nothing may depend on tests"),
    ("tests", "benchmarks", "nothing may depend on benchmarks"),
    ("services/users/src", "lib/users", "lib/users is in no zone of the import rules"),
    ("services/users/src", "libs/users", "libs/users is in no zone of the import rules"),
    ("lib/users", "services/users", "only services/users itself may"),
]


@pytest.mark.parametrize("folder, dependency", ALLOWED)
def test_allowed(folder: str, dependency: str) -> None:
    assert broken_rule(folder, dependency) is None


@pytest.mark.parametrize("folder, dependency, rule", FORBIDDEN)
def test_forbidden(folder: str, dependency: str, rule: str) -> None:
    assert rule in (broken_rule(folder, dependency) or "")


def test_every_violation_names_both_ends() -> None:
    found = find_violations(
        ("libs/shared/a/x.py", "libs/shared/a"),
        [
            ("services/users:users", "services/users"),
            ("3rdparty/python#httpx", "3rdparty/python"),
            ("libs/internal/kit/y.py", "libs/internal/kit"),
        ],
    )
    assert [str(violation) for violation in found] == [
        "libs/shared/a/x.py -> services/users:users: "
        "only services/users itself may depend on services/users",
        "libs/shared/a/x.py -> libs/internal/kit/y.py: "
        "only services and libs/internal may depend on libs/internal",
    ]


@pytest.mark.parametrize("folder", ["lib", "services", "libs", "library/shared", "src/x"])
def test_a_folder_outside_the_zones_is_itself_a_violation(folder: str) -> None:
    (found,) = find_violations((f"{folder}:target", folder), [])
    assert str(found).startswith(f"{folder}:target: {folder} is in no zone of the import rules (")
    assert "import_rules/zones.py" in str(found)
