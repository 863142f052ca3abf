from __future__ import annotations

from typing import Collection, Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.engine.rules import QueryRule, rule
from pants.testutil.rule_runner import RuleRunner
from pants.util.frozendict import FrozenDict

from version_matrix.cells import wheel_groups
from version_matrix.cells.lock_entries import entries
from version_matrix.cells.requests import Markers, MarkersRequest, SuitePins, SuitePinsRequest
from version_matrix.cells.wheel_groups import installed_together

PYTHON = PythonExecutable("/usr/bin/python", fingerprint="0")


def lock(*pins: str) -> str:
    return "".join(f"{pin} \\\n    --hash=sha256:{pin[:2]}\n" for pin in pins)


def together(
    own: Iterable[str], locks: Mapping[str, Iterable[str]], sdists: Collection[str] = ()
) -> list[list[str]]:
    """What is installed together of a lock, given the pins of all locks beside it, its own included."""
    stands_in: dict[str, tuple[str, ...]] = {}
    for path, pins in locks.items():
        for entry in entries(lock(*pins)):
            stands_in[entry.requirement] = (*stands_in.get(entry.requirement, ()), path)
    groups = installed_together(entries(lock(*own)), stands_in, sdists)
    return [[entry.project for entry in group] for group in groups]


@pytest.mark.parametrize(
    "locks, expected",
    [
        pytest.param([["it==1", "a==1"], ["it==2", "a==1"]], [["it"], ["a"]], id="own and shared"),
        pytest.param(
            [["it==1", "a==1", "b==1"], ["it==2", "a==1", "b==1"]],
            [["it"], ["a", "b"]],
            id="what is in the same locks",
        ),
        pytest.param(
            [["it==1", "a==1", "b==1"], ["it==2", "a==1", "b==2"]],
            [["it", "b"], ["a"]],
            id="another pin is another wheel",
        ),
        pytest.param(
            [["it==1", "pluggy==1", "pytest==8"]],
            [["it"], ["pluggy", "pytest"]],
            id="what pytest brings is shared by suites",
        ),
    ],
)
def test_together_is_what_stands_together(
    locks: list[list[str]], expected: list[list[str]]
) -> None:
    assert together(locks[0], {f"{number}": pins for number, pins in enumerate(locks)}) == expected


def test_what_may_be_built_is_by_itself() -> None:
    pins = ["a==1", "b==1", "c==1"]
    assert together(pins, {"1": pins}, ["b"]) == [["a", "c"], ["b"]]


def test_of_a_lock_that_stands_nowhere_each_is_by_itself() -> None:
    assert together(["a==1", "b==1"], {}) == [["a"], ["b"]]


PINS = st.sets(st.builds("{}=={}".format, st.sampled_from("abcde"), st.integers(1, 2)), min_size=1)
ONE_RELEASE = PINS.map(lambda pins: sorted({pin[0]: pin for pin in sorted(pins)}.values()))


@given(st.lists(ONE_RELEASE, min_size=1, max_size=5))
def test_nothing_is_installed_twice_or_left_out(suite: list[list[str]]) -> None:
    locks = {f"{number}": pins for number, pins in enumerate(suite)}
    found: set[tuple[str, ...]] = set()
    for pins in suite:
        groups = together(pins, locks)
        assert sorted(project for group in groups for project in group) == [pin[0] for pin in pins]
        released = {pin[0]: pin for pin in pins}
        found |= {tuple(released[project] for project in group) for group in groups}
    made = [pin for group in found for pin in group]
    assert sorted(made) == sorted({pin for pins in suite for pin in pins})


@rule
async def markers(_: MarkersRequest) -> Markers:
    return Markers(FrozenDict({"os_name": "posix"}))


def test_locks_of_a_folder_are_those_for_the_python_that_can_be_read() -> None:
    runner = RuleRunner(
        rules=[markers, *wheel_groups.rules(), QueryRule(SuitePins, [SuitePinsRequest])],
    )
    runner.write_files(
        {
            "lib/1.lock": "# pythons: 3.8, 3.12\n" + lock("a==1", "b==1 ; os_name == 'nt'"),
            "lib/2.lock": "# pythons: 3.12\n" + lock("a==1 ; os_name == 'posix'", "c==1"),
            "lib/3.lock": "# pythons: 3.8\n" + lock("a==1"),
            "lib/4.lock": f"# pythons: 3.12\n<<<<<<< ours\n{lock('a==1')}=======\n>>>>>>> theirs\n",
            "lib/of/another.lock": "# pythons: 3.12\n" + lock("a==1"),
        }
    )
    found = runner.request(SuitePins, [SuitePinsRequest("lib", PYTHON, "3.12")]).locks
    assert {pin.partition(" ")[0]: paths for pin, paths in found.items()} == {
        "a==1": ("lib/1.lock", "lib/2.lock"),
        "c==1": ("lib/2.lock",),
    }
