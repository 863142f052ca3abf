"""The page of a suite tells each cause once, as the report and the console do."""

from __future__ import annotations

from typing import Any

import pytest

from board_testing.inside import Board
from compat_board.read import views
from example_runs import ADDRESS, cell, failure, run, suite
from matrix_results import Cell, Status

TEXT = "test_httpx.py:7: \n\nsrc/baton/httpx.py:42: \nE   TypeError: no <send> at port {port}\n"


def red(version: str, python: str = "3.13", port: int = 4711, **more: Any) -> Cell:
    failed = (failure(TEXT.format(port=port)),)
    told = {"status": Status.FAILED, "failed": 1, "tests": 2, "failures": failed}
    return cell(version, python, **{**told, **more})


def test_what_fails_alike_is_told_once_with_what_its_cells_have_in_common(board: Board) -> None:
    cells = (cell("0.16.1", "3.9", tests=2), red("0.25.2", "3.9", 1234), red("0.28.1", "3.9"))
    board.send(run(suite(*cells, red("0.28.1", "3.13", 9999))))
    (found,) = board.get("/api/v1/packages/httpx").json()["failures"]
    assert (found["hits"], found["first"]) == ("httpx >= 0.25.2, any Python", "0.25.2")
    assert found["spares"] == "httpx 0.16.1 on Python 3.9"
    assert found["look_at"] == f"{ADDRESS}#0.28.1@python=3.13"
    (group,) = found["groups"]
    assert group["error"] == "TypeError: no <send> at port 9999"
    page = board.get("/packages/httpx").text
    assert page.count("no &lt;send&gt;") == 1
    section = page[page.index("each cause once") :]
    assert 'href="/packages/httpx/0.28.1/3.13"' in section[: section.index("</section>")]


def test_a_green_suite_has_no_such_section(board: Board) -> None:
    board.send(run(suite(cell())))
    assert "each cause once" not in board.get("/packages/httpx").text


def test_of_very_many_failing_cells_some_are_compared(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "COMPARED_CELLS", 2)
    board.send(run(suite(cell("0.1", tests=2), *(red(f"0.{n}", port=n) for n in range(2, 9)))))
    (found,) = board.get("/api/v1/packages/httpx").json()["failures"]
    assert (found["hits"], len(found["cells"])) == ("httpx >= 0.7", 2)
    # Of those between nothing is said.
    assert found["spares"] == "httpx 0.1 on Python 3.13"
