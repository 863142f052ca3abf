from __future__ import annotations

import logging
from typing import Any

import pytest

from version_matrix.causes.closing_table import ClosingTable, closing_texts
from version_matrix.causes.requests import CellEnd, NotedEnd

SUITE = "lib:matrix"
FAILED = (("test_it::test_a", "lib/core.py:3: in f\nE   KeyError: 'a'"),)
OTHER = (("test_it::test_b", "lib/core.py:9: in g\nE   ValueError: no"),)


def end(version: str, python: str, failures: Any = (), **fields: Any) -> CellEnd:
    held = f"output of {version} on {python}" if failures else ""
    return CellEnd(SUITE, "httpx", version, python, failures, **{"held": held, **fields})


def texts(*ended: CellEnd) -> list[str]:
    return closing_texts(ended, lambda address: f"pants test {address}")


def test_of_equal_failures_the_newest_release_and_python_is_shown_and_a_table() -> None:
    # In whatever order they end.
    cells = [(v, p) for v in ("0.9", "0.10", "0.8") for p in ("3.13", "3.9")]
    assert texts(*(end(v, p, FAILED if v != "0.8" else ()) for v, p in cells)) == [
        "lib:matrix#0.10@python=3.13 failed, and 3 cells like it: "
        "lib:matrix#0.9@python=3.9 #0.9@python=3.13 #0.10@python=3.9:\n"
        "output of 0.10 on 3.13\n",
        "1 group of equal failures in 4 cells:\n"
        "\n"
        "lib:matrix: 4 of 6 cells\n"
        "  hits    httpx >= 0.9, any Python\n"
        "  spares  httpx 0.8, any Python\n"
        "  first   0.9\n"
        "  tests  error\n"
        "      1  KeyError: 'a' (lib/core.py:3)\n"
        "  look at pants test lib:matrix#0.10@python=3.13",
    ]


def test_each_cause_is_shown_once() -> None:
    shown = texts(end("1.0", "3.9", FAILED), end("2.0", "3.9", OTHER), end("3.0", "3.9", FAILED))
    assert [text.partition("\n")[0] for text in shown] == [
        "lib:matrix#3.0@python=3.9 failed, and 1 cell like it: lib:matrix#1.0@python=3.9:",
        "lib:matrix#2.0@python=3.9 failed:",
        "2 groups of equal failures in 3 cells:",
    ]


def test_combinations_and_variants_have_their_own_addresses() -> None:
    ended = [end(f"1.0@redis={v}", "3.9", FAILED if v > "4" else ()) for v in ("3.5", "4.6", "5.0")]
    whole, table = texts(*ended)
    assert whole.partition("\n")[0] == (
        "lib:matrix#1.0@python=3.9,redis=5.0 failed, and 1 cell like it: "
        "lib:matrix#1.0@python=3.9,redis=4.6:"
    )
    assert table.endswith("look at pants test lib:matrix#1.0@python=3.9,redis=5.0")
    variant = CellEnd("lib:matrix@timeout=long", "httpx", "1.0", "3.9", FAILED, "output")
    assert texts(variant)[0].startswith("lib:matrix#1.0@python=3.9,timeout=long failed:\n")


def test_where_nothing_was_held_back_there_is_a_table_alone() -> None:
    (table,) = texts(end("1.0", "3.9", FAILED, held=""), end("2.0", "3.9", FAILED, held=""))
    assert table.startswith("1 group of equal failures in 2 cells:")


def test_known_failures_alone_are_not_told() -> None:
    assert texts(end("1.0", "3.9", FAILED, expected=True), end("2.0", "3.9")) == []


@pytest.mark.parametrize("trial, level", [(False, logging.ERROR), (True, logging.WARNING)])
def test_it_is_told_when_the_run_is_finished(
    caplog: pytest.LogCaptureFixture, trial: bool, level: int
) -> None:
    table = ClosingTable()
    nothing: Any = None

    def called(*ended: CellEnd, finished: bool) -> None:
        noted: Any = tuple({"name": "a", "metadata": NotedEnd(each).metadata()} for each in ended)
        table(
            started_workunits=(),
            completed_workunits=({"name": "another"}, *noted),
            finished=finished,
            context=nothing,
        )

    with caplog.at_level(logging.WARNING):
        called(end("1.0", "3.9", FAILED, trial=trial), finished=False)
        assert caplog.records == []
        called(end("2.0", "3.9"), finished=True)
    assert [record.levelno for record in caplog.records] == [level, level]
    assert "#1.0@python=3.9 failed:\noutput of 1.0 on 3.9" in caplog.records[0].getMessage()
    assert "hits    httpx 1.0 on Python 3.9" in caplog.records[1].getMessage()
    assert table.can_finish_async is False


def test_where_nothing_fails_nothing_is_told(caplog: pytest.LogCaptureFixture) -> None:
    assert texts(end("1.0", "3.9"), end("2.0", "3.9")) == []
    assert texts() == []
