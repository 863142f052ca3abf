from __future__ import annotations

import pytest

from hash_locks.carried.closure import Release, closure
from hash_locks.carried.environments import Environment

LINUX, MACOS = "linux-x86_64-glibc2.28", "macos-arm64-14.0"
RELEASES = {
    "app": Release("1.0", ('lib>=1; python_version >= "3.10"', 'fast; extra == "speed"', "base")),
    "lib": Release("1.5", ('native; sys_platform == "darwin"',)),
    "base": Release("1.0b1", (), ">=3.9,!=3.9.1"),
    "fast": Release("1.0"),
}
APP = (("App>=1", "-r a.in"),)


def test_only_what_is_needed_is_reached_each_with_who_needs_it() -> None:
    assert closure(APP, RELEASES, Environment("3.9", LINUX)) == {
        "app": frozenset({"-r a.in"}),
        "base": frozenset({"app"}),
    }
    roots = (*APP, ("base", "-r b.in"), ("app[speed]", "-r b.in"), ("absent; os_name == 'nt'", "x"))
    assert closure(roots, RELEASES, Environment("3.10", LINUX)) == {
        "app": frozenset({"-r a.in", "-r b.in"}),
        "base": frozenset({"app", "-r b.in"}),
        "fast": frozenset({"app"}),
        "lib": frozenset({"app"}),
    }


@pytest.mark.parametrize(
    ("root", "where"),
    [
        ("absent", Environment("3.9", LINUX)),
        ("lib>=2", Environment("3.9", LINUX)),
        # Deep down, for one platform.
        ("app", Environment("3.10", MACOS)),
        # What is pinned does not run on that Python.
        ("base", Environment("3.8", LINUX)),
    ],
)
def test_pins_that_will_not_do(root: str, where: Environment) -> None:
    assert closure([(root, "-r a.in")], RELEASES, where) is None


def test_metadata_that_is_none_will_not_do() -> None:
    releases = {"app": Release("1", ("? (what)",))}
    assert closure(APP, releases, Environment("3.9", LINUX)) is None


def test_circles_end() -> None:
    releases = {"app": Release("1", ("lib",)), "lib": Release("1", ("app[all]",))}
    assert closure(APP, releases, Environment("3.9", LINUX)) == {
        "app": frozenset({"-r a.in", "lib"}),
        "lib": frozenset({"app"}),
    }
