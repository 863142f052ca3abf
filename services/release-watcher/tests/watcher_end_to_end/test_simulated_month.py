"""A month of many packages, of an index that fails, of restarts: every event once, and in order."""

from __future__ import annotations

from pathlib import Path

from watcher_month import FAILURES, HOUR, live

#: Bytes that a process may grow by in its last three weeks.
GROWTH = 32 * 2**20


def test_a_month_is_told_once_and_in_order(tmp_path: Path) -> None:
    month = live(tmp_path, packages=10, days=30, interval=12 * HOUR)
    assert month.starts == 11 and set(month.index.failures) == {*FAILURES, "torn"}
    assert sum(map(len, month.expected.values())) > 60
    assert month.recorded == month.expected
    assert month.pending == 0
    assert month.steady.keys == list(month.keys)
    assert sorted(month.flaky.keys) == sorted(month.keys)
    assert len(set(month.keys)) == len(month.keys)
    assert month.memory[-1] - month.memory[len(month.memory) // 4] < GROWTH
