"""What the README shows is what is printed."""

from __future__ import annotations

from pathlib import Path

from version_matrix.causes.closing_table import closing_texts
from version_matrix.causes.requests import CellEnd


def test_the_readme_shows_what_is_printed() -> None:
    keyword = "TypeError: send() got an unexpected keyword 'auth'"
    everywhere = tuple(
        (f"test_httpx::test_{n}", f"src/baton/httpx.py:42: in send\nE   {keyword}")
        for n in range(14)
    )
    newest = ("test_httpx::test_count", "tests/httpx/test_httpx.py:80: in f\nE   assert 3 == 4")
    cells = [
        ("0.16.1", "3.9", ()),
        ("0.19.0", "3.13", ()),
        ("0.25.2", "3.9", everywhere),
        ("0.25.2", "3.13", everywhere),
        ("0.28.1", "3.9", everywhere),
        ("0.28.1", "3.13", everywhere),
        ("0.28.1", "3.14", (*everywhere, newest)),
    ]
    ended = [CellEnd("tests/httpx:matrix", "httpx", *given) for given in cells]
    (table,) = closing_texts(ended, lambda address: f"./pants test //{address}")
    told = (Path(__file__).parent / "README.md").read_text()
    section = told[told.index("## What fails is told once") :]
    assert section.split("```")[1].strip() == table
