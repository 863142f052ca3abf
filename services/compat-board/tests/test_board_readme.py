"""What the README says is there."""

import re
from pathlib import Path

from board_testing.inside import Board
from compat_board.settings import BoardSettings

FOLDER = Path(__file__).parents[1]
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def test_its_targets_are() -> None:
    named = set(re.findall(r"services/compat-board:([a-z-]+)", README))
    made = set(re.findall(r'^    name="([a-z-]+)"', (FOLDER / "BUILD").read_text(), re.M))
    assert {"serve", "compat-board"} == named and named <= made


def test_its_variables_are_settings() -> None:
    named = set(re.findall(r"COMPAT_BOARD_([A-Z_]+)", README))
    assert {name.lower() for name in named} <= set(BoardSettings.model_fields)


def test_its_pictures_are_there_and_all_of_them_are_shown() -> None:
    shown = set(re.findall(r"screenshots/([a-z]+\.png)", README))
    assert shown == {picture.name for picture in (FOLDER / "screenshots").iterdir()}


def test_its_addresses_answer(tmp_path: Path) -> None:
    board = Board(tmp_path)
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/api/v1/runs"):
        assert f"`{path}`" in README or path == "/api/v1/runs"
        assert board.get(path).status_code == 200
