"""How runs of a matrix are told apart, compared and judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from matrix_runners import LIBRARY, SUITES, Cell, Clone, Run, as_rivals_name, outcomes
from running import amiss, spread

CELL = Cell("httpx", "0.28.1@anyio=4.9.0", "3.12", Path("/python"), "x.lock", ("test_x.py",))
LOCK = """\
# pythons: 3.12
httpx==0.28.1 \\
    --hash=sha256:aa
idna==3.20 ; python_version >= '3.8' \\
    --hash=sha256:bb
"""
SCENARIOS = ("cold", "unchanged", "integration edited", "lock edited")


def test_results_of_both_have_one_name(tmp_path: Path) -> None:
    ours = f"{SUITES.replace('/', '.')}.httpx.matrix@0.28.1@anyio=4.9.0@@python=3.12"
    told = '<testsuites><testsuite><testcase name="test_it"/></testsuite></testsuites>'
    for name in (ours, CELL.name):
        (tmp_path / f"{name}.xml").write_text(told)
    found = [outcomes([tmp_path / f"{name}.xml"]) for name in (ours, CELL.name)]
    assert {as_rivals_name(test): how for test, how in found[0].items()} == found[1]
    assert found[1] == {"httpx-0.28.1-anyio4.9.0-py3.12: test_it": "passed"}


@pytest.mark.parametrize("tag", ["failure", "error", "skipped"])
def test_how_a_test_ended(tmp_path: Path, tag: str) -> None:
    file = tmp_path / "a.xml"
    file.write_text(f'<testsuite><testcase name="b"><{tag}/></testcase></testsuite>')
    assert outcomes([file]) == {"a: b": tag}


def test_an_edited_lock_pins_another_release_and_is_left_as_it_was(tmp_path: Path) -> None:
    for suite, text in (
        ("httpx", LOCK),
        ("flask", LOCK.replace("3.20", "3.10").replace("bb", "cc")),
    ):
        folder = tmp_path / SUITES / suite / "matrix"
        folder.mkdir(parents=True)
        (folder / "0.28.1.lock").write_text(text)
    lock = tmp_path / SUITES / "httpx/matrix/0.28.1.lock"
    with Clone(tmp_path).edit_lock("httpx"):
        edited = lock.read_text()
    assert "idna==3.10 ; python_version >= '3.8' \\\n    --hash=sha256:cc\n" in edited
    assert lock.read_text() == LOCK


def test_an_edited_integration_is_another_file_and_is_left_as_it_was(tmp_path: Path) -> None:
    module = tmp_path / LIBRARY / "src/trace_baton/integrations/httpx.py"
    module.parent.mkdir(parents=True)
    module.write_text("A = 1\n")
    with Clone(tmp_path).edit_integration("httpx"):
        assert module.read_text().startswith("A = 1\n\n# ")
    assert module.read_text() == "A = 1\n"


def round_of(times_as_long: float, *, first: float = 1, outcome: str = "passed") -> dict[str, Run]:
    """A round in which ours took so many times what tox took."""
    tests = {"a: test": "passed"}
    theirs = {f"tox: {name}": Run(100, 100, 1, tests) for name in SCENARIOS}
    picked = {f"tox: {name}, picked by hand": Run(100, 100, 1, tests) for name in SCENARIOS[2:]}
    taken = 100 * times_as_long
    ours = {f"ours: {name}": Run(taken, taken, first, {"a: test": outcome}) for name in SCENARIOS}
    return {**theirs, **picked, **ours}


@pytest.mark.parametrize(
    "taken, reasons",
    [
        (round_of(0.01), 0),
        # Unchanged is to cost next to nothing, in wall and in processor.
        (round_of(0.5), 2),
        (round_of(1.5), 8),
        (round_of(0.01, first=61), 1),
        (round_of(0.01, first=float("nan")), 1),
        (round_of(0.01, outcome="failure"), 2),
    ],
)
def test_the_claim_holds_unless_something_is_amiss(taken: dict[str, Run], reasons: int) -> None:
    assert len(amiss([taken])) == reasons


def test_a_spread_is_told() -> None:
    assert (spread([1.0]), spread([3.0, 1.0, 2.0])) == ("1.00", "2.00 (1.00 to 3.00)")
