"""What the pages say, and how they may be kept."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Dict, List, Optional, Set, Tuple

import msgspec
import pytest

from board_history import BROKEN_SINCE, realistic_history
from board_testing.inside import Board
from example_runs import NOON, cell, run, suite
from matrix_results import Status


class Page(HTMLParser):
    """The text of a page, and its links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: List[str] = []
        self._texts: List[str] = []
        self.feed(html)
        self.text = " ".join(" ".join(self._texts).split())

    def handle_starttag(self, tag: str, attributes: List[Tuple[str, Optional[str]]]) -> None:
        self.links += [value for name, value in attributes if name in ("href", "src") and value]

    def handle_data(self, data: str) -> None:
        self._texts.append(data)


@pytest.fixture
def history(board: Board) -> Board:
    for found in realistic_history(BROKEN_SINCE + 2):
        assert board.send(found).status_code == 201
    return board


def page(board: Board, path: str) -> Page:
    answer = board.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    return Page(answer.text)


def test_an_empty_board_says_how_to_begin(board: Board) -> None:
    assert "compat-board ingest dist/matrix/report.json" in page(board, "/").text


def test_the_overview_has_every_package_gravest_first(history: Board) -> None:
    found = page(history, "/")
    listed = packages(found)
    assert len(listed) == 16
    assert listed[:4] == [f"/packages/{n}" for n in ("celery", "grpcio", "tornado", "sqlalchemy")]
    assert listed[4:] == sorted(listed[4:])
    assert "celery ✗ failed 5.5.3 5.6.0 ✗ 3.12 ✗ 3.13 ✓ 8" in found.text


@pytest.mark.parametrize(
    ("query", "shown"),
    [("q=http", ["aiohttp", "httpx"]), ("status=failed", ["celery"]), ("q=nothing", [])],
)
def test_the_overview_can_be_searched(history: Board, query: str, shown: List[str]) -> None:
    listed = packages(page(history, f"/?{query}"))
    assert listed == [f"/packages/{name}" for name in shown]


def packages(found: Page) -> List[str]:
    return [link for link in found.links if re.fullmatch(r"/packages/[^/]+", link)]


def test_the_overview_says_how_old_a_result_is_where_it_is_not_of_the_latest_run(
    board: Board,
) -> None:
    other = suite(cell(), address="b:matrix", package="flask")
    board.send(run(other, suite(cell()), made_at=NOON.replace(hour=1)))
    assert "as of" not in page(board, "/").text
    board.send(run(suite(cell())), covers="part")
    found = page(board, "/")
    assert "latest run 2024-11-21 12:00 UTC , of a part of the matrix" in found.text
    assert "flask as of 2024-11-21 01:00 UTC ✓ passed" in found.text
    assert "httpx ✓ passed" in found.text


def test_a_suite_that_was_not_generated_says_so_and_why(board: Board) -> None:
    why = "b:matrix has no samples.json yet. Run `./pants generate-matrix b:matrix`."
    board.send(run(suite(cell()), suite(address="b:matrix", package="flask", problem=why)))
    found = page(board, "/")
    assert packages(found) == ["/packages/flask", "/packages/httpx"]
    assert "flask ? not generated none – " + why in found.text
    assert "all 2 ? 1 not generated ✓ 1 passed" in found.text
    assert packages(page(board, "/?status=not-generated")) == ["/packages/flask"]
    assert packages(page(board, "/?status=unresolvable")) == []
    assert packages(page(board, "/?status=passed")) == ["/packages/httpx"]
    assert "all 1 ✓ 1 passed" in page(board, "/?q=httpx").text
    assert why in page(board, "/packages/flask").text
    assert board.get("/api/v1/packages/flask").json()["status"] == "not-generated"


def test_a_package_says_from_where_on_it_breaks_and_since_when(history: Board) -> None:
    found = page(history, "/packages/celery")
    assert (
        "5.6.0 on Python 3.12: 5.5.3 works; between them 2 not tested (5.5.3.post1, 5.5.3.post2)."
        in found.text
    )
    assert "5.5.3.post1 superseded in its series by 5.5.3" in found.text
    assert (
        "✓ 8 passed ✗ 2 failed 5.6.0 on 3.12, 3.13: failed , was passed 2024-06-07 04:12 UTC"
        in found.text
    )
    assert "✓ 10 passed 2024-06-05 04:12 UTC" in found.text
    cells = [link for link in found.links if link.startswith("/packages/celery/")]
    assert len(set(cells)) == 10 and "/packages/celery/5.6.0/3.13" in cells


def test_a_package_claims_nothing_of_releases_that_were_not_tested_on_a_python(
    board: Board,
) -> None:
    bad = Status.FAILED
    cells = [cell("2.0", "3.8", bad), cell("2.0", "3.9", bad), cell("2.0", "3.12", bad)]
    cells += [cell("2.5", "3.9", bad), cell("3.0", "3.12", bad)]
    board.send(run(suite(*cells)))
    text = page(board, "/packages/httpx").text
    assert "2.0 on Python 3.8:" in text
    assert "2.0 to 2.5 on Python 3.9:" in text
    assert "2.0 and later on Python 3.12:" in text


def test_a_package_has_a_badge_to_copy_that_works_from_anywhere(tmp_path: Path) -> None:
    board = Board(tmp_path, url="https://tools.example/board")
    board.send(run(suite(cell())))
    at = "https://tools.example/board"
    copied = f"[![httpx]({at}/badge/httpx.svg)]({at}/packages/httpx)"
    assert copied in page(board, "/packages/httpx").text


def test_a_package_tells_of_cells_that_swap(board: Board) -> None:
    """The counts are the same in both runs."""
    bad = Status.FAILED
    board.send(run(suite(cell("1"), cell("2", status=bad)), made_at=NOON.replace(hour=1)))
    board.send(run(suite(cell("1", status=bad), cell("2"))))
    text = page(board, "/packages/httpx").text
    assert "2 on 3.13: passed , was failed 1 on 3.13: failed , was passed" in text


def test_a_cell_says_why_and_what_differs_from_when_it_passed(history: Board) -> None:
    text = page(history, "/packages/celery/5.6.0/3.13").text
    for expected in (
        "failed since 2024-06-07 04:12 UTC",
        "libs/shared/trace-baton/tests/integrations/celery:matrix#5.6.0@python=3.13",
        "KeyError: 'traceparent'",
        "It passed in the run of 2024-06-06 04:12 UTC",
        "kombu 5.5.4 5.6.0",
        "python-dateutil 2.9.0 –",
        "tzdata – 2025.2",
    ):
        assert expected in text


def test_a_cell_leads_to_its_neighbours_however_many_there_are(board: Board) -> None:
    cells = [cell(f"1.{number}", python) for number in range(60) for python in ("3.9", "3.10")]
    board.send(run(suite(*cells)))
    found = page(board, "/packages/httpx/1.20/3.9")
    near = " ".join(f"✓ 1.{number}" for number in range(16, 25))
    assert f"Pythons ✓ 3.9 ✓ 3.10 Releases {near} 51 more" in found.text
    assert "Releases ✓ 1.0 ✓ 1.1" in page(board, "/packages/httpx/1.0/3.9").text
    assert "✓ 1.59 51 more" in page(board, "/packages/httpx/1.59/3.9").text
    board.send(run(suite(*cells[:2]), made_at=NOON.replace(hour=13)))
    assert "Releases" not in page(board, "/packages/httpx/1.59/3.9").text


def test_a_cell_that_passes_has_nothing_to_explain(history: Board) -> None:
    text = page(history, "/packages/httpx/0.28.1/3.12").text
    assert "Since it last passed" not in text and "What it runs with: 3 pins" in text


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"lock": "a"}, {"lock": "a"}, "The lock is the same"),
        ({"lock": "a"}, {"lock": "b"}, "did not tell its pins"),
        ({"status": Status.FAILED}, {}, "It never passed here."),
    ],
)
def test_what_is_known_of_the_last_green_run(
    board: Board, before: Dict[str, Any], after: Dict[str, Any], told: str
) -> None:
    board.send(run(suite(cell(**before)), made_at=NOON.replace(hour=1)))
    board.send(run(suite(cell(status=Status.FAILED, **after))))
    assert told in page(board, "/packages/httpx/0.28.1/3.13").text


def test_what_has_left_the_matrix_counts_no_more_and_is_still_told_of(board: Board) -> None:
    bad = cell("0.1", status=Status.FAILED)
    old = suite(bad, address="old/tests/flask:matrix", package="flask")
    board.send(run(old, suite(cell("0.1"), cell()), made_at=NOON.replace(hour=1)))
    assert "1 of 3 failing" in board.get("/badge/matrix.svg").text
    assert "flask" in board.get("/support.md").text
    board.send(run(suite(cell())))
    found = page(board, "/")
    assert "1 package 1 cell: 1 passed Search" in found.text and "✗" not in found.text
    assert "No longer in the matrix: 1 flask old/tests/flask:matrix , last tested" in found.text
    assert "1 passed" in board.get("/badge/matrix.svg").text
    assert "no longer tested" in board.get("/badge/flask.svg").text
    assert "flask" not in board.get("/support.md").text
    assert "no longer has this suite" in page(board, "/packages/flask").text
    assert "no longer has this suite" in page(board, "/packages/flask/0.1/3.13").text
    assert "no longer has this cell" in page(board, "/packages/httpx/0.1/3.13").text
    told = {found["name"]: found["gone"] for found in board.get("/api/v1/packages").json()}
    assert told == {"httpx": False, "flask": True}
    board.send(run(old, suite(cell()), made_at=NOON.replace(hour=13)))
    assert "No longer" not in page(board, "/").text


def test_the_grid_marks_what_changed_since_the_run_before(board: Board) -> None:
    board.send(run(suite(cell()), made_at=NOON.replace(hour=1)))
    board.send(run(suite(cell(status=Status.FAILED))))
    assert "mx-changed" in board.get("/packages/httpx").text


def test_two_suites_of_a_package_have_a_page_each(board: Board) -> None:
    board.send(run(suite(cell()), suite(cell(), address="b/tests/httpx:other")))
    names = [found["name"] for found in board.get("/api/v1/packages").json()]
    assert names == ["b.tests.httpx.other", "httpx"]
    assert "b/tests/httpx:other" in page(board, f"/packages/{names[0]}").text


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/packages/nothing",
        "/packages/celery/0/3.13",
        "/packages/celery/5.6.0/2.7",
        "/packages/celery%2F..%2F..%2Fetc%2Fpasswd",
        "/packages/%00",
        "/badge/nothing.svg",
        "/static/../board.css",
    ],
)
def test_an_unknown_address_has_a_page_that_leads_on(history: Board, path: str) -> None:
    answer = history.get(path)
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text and 'href="/"' in answer.text


def reachable(board: Board, start: str, *, stripped: str = "") -> Set[str]:
    """What links lead to from `start`; all of it answers. A proxy may strip what paths begin with.

    Links to other hosts are left out.
    """
    seen: Set[str] = set()
    todo = [start]
    while todo:
        path = todo.pop().partition("#")[0]
        if not path or path in seen or "://" in path:
            continue
        seen.add(path)
        answer = board.get(path.removeprefix(stripped))
        assert answer.status_code == 200, path
        if answer.headers["Content-Type"].startswith("text/html"):
            todo += Page(answer.text).links
    return seen


def test_every_link_leads_somewhere(history: Board) -> None:
    assert len(reachable(history, "/")) > 150


@pytest.mark.parametrize("stripped", ["", "/board"])
def test_a_board_may_be_below_a_path_whether_or_not_a_proxy_strips_it(
    tmp_path: Path, stripped: str
) -> None:
    board = Board(tmp_path, url="https://tools.example/board/")
    board.send(run(suite(cell(status=Status.FAILED))))
    found = reachable(board, "/board/", stripped=stripped)
    assert all(path.startswith("/board/") for path in found)
    named = {path.partition("?")[0].removeprefix("/board") for path in found}
    assert {
        "/",
        "/packages/httpx",
        "/packages/httpx/0.28.1/3.13",
        "/badge/httpx.svg",
        "/badge/matrix.svg",
        "/support.md",
        "/openapi.json",
        "/static/board.css",
        "/static/icon.svg",
    } == named
    path = "/board".removeprefix(stripped)
    missing = board.get(f"{path}/nothing")
    assert missing.status_code == 404 and 'href="/board/"' in missing.text
    assert board.get(f"{path}/api/v1/nothing").json()["detail"]
    assert board.get(f"{path}/openapi.json").json()["servers"] == [{"url": "/board"}]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/board", "/board/"),
        ("/board/packages/httpx/?x=1&y=%2F", "/board/packages/httpx?x=1&y=%2F"),
        ("/packages/httpx/", "/board/packages/httpx"),
        ("/board//elsewhere.example/", "/board/elsewhere.example"),
    ],
)
def test_an_address_with_a_slash_too_many_or_too_few_leads_to_the_right_one(
    tmp_path: Path, path: str, location: str
) -> None:
    answer = Board(tmp_path, url="https://tools.example/board").get(path)
    assert (answer.status_code, answer.headers["Location"]) == (307, location)


def test_no_redirect_leads_to_another_host(board: Board) -> None:
    answer = board.get("http://board//elsewhere.example/")
    assert (answer.status_code, answer.headers["Location"]) == (307, "/elsewhere.example")


def test_a_page_is_sent_again_only_when_something_came(history: Board) -> None:
    first = history.get("/packages/httpx")
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"
    assert history.get("/packages/httpx", if_none_match=f'W/"x", {tag}').status_code == 304
    assert history.get("/packages/httpx", if_none_match='"other"').status_code == 200
    history.send(run(suite(cell()), made_at=NOON.replace(year=2023)))
    assert history.get("/packages/httpx", if_none_match=tag).status_code == 200


def test_a_search_asks_the_database_for_nothing_that_is_known(history: Board) -> None:
    history.get("/")
    for path in ("/", "/?utm_source=mail", "/?q=cel", "/?status=failed&q=cel", "/support.md"):
        with history.queries() as asked:
            assert history.get(path).status_code == 200
        assert asked and not [query for query in asked if "cells" in query], path


def test_what_was_made_for_a_query_is_kept_by_what_was_understood_of_it(history: Board) -> None:
    paths = ("/api/v1/runs?limit=1", "/api/v1/runs?limit=2", "/api/v1/runs")
    first = [history.get(path).text for path in paths]
    assert [len(json.loads(text)) for text in first] == [1, 2, 5]
    with history.queries() as asked:
        assert [history.get(f"{path}{'&' if '?' in path else '?'}x") for path in paths]
        assert [history.get(path).text for path in paths] == first
    assert not [query for query in asked if "cells" in query]


def test_style_sheet_and_icon_may_be_kept_for_ever(board: Board) -> None:
    lasting = [link for link in page(board, "/").links if link.startswith("/static/")]
    assert len(lasting) == 2
    for link in lasting:
        answer = board.get(link)
        assert answer.status_code == 200 and "?v=" in link
        assert "immutable" in answer.headers["Cache-Control"]
        for other in (f"{link}0", link.partition("?")[0]):
            answer = board.get(other)
            assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")


def test_badges_and_the_support_table(history: Board) -> None:
    badge = history.get("/badge/celery.svg")
    assert badge.headers["Content-Type"] == "image/svg+xml" and "2 of 10 failing" in badge.text
    assert "failing" in history.get("/badge/matrix.svg").text
    assert "0.16.0 – 0.28.1" in history.get("/badge/httpx.svg").text
    table = history.get("/support.md")
    assert table.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert "| `httpx>=0.16` | 0.16.0 (3.9, 3.12)" in table.text


def test_a_page_can_be_asked_for_its_headers_alone(history: Board) -> None:
    assert history.ask("HEAD", "/").status_code == 200
    assert history.ask("DELETE", "/").status_code == 405


def test_a_run_links_to_its_commit_where_the_forge_is_known(tmp_path: Path) -> None:
    """What is said of a commit is a stranger's: it stays in its place of the link."""
    report = msgspec.structs.replace(run(suite(cell())), commit='abc/"<b>?x')
    board = Board(tmp_path, commit_url="https://forge.example/o/r/commit/COMMIT")
    assert board.send(report).status_code == 201
    link = '<a href="https://forge.example/o/r/commit/abc%2F%22%3Cb%3E%3Fx"><code'
    assert link in board.get("/").text
    (tmp_path / "other").mkdir()
    plain = Board(tmp_path / "other")
    assert plain.send(report).status_code == 201
    assert "forge.example" not in plain.get("/").text


@pytest.mark.parametrize("url", ["javascript:COMMIT", "https://forge.example/", "//x/COMMIT"])
def test_a_forge_is_a_url_with_a_place_for_the_commit(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match="with COMMIT in it, once"):
        Board(tmp_path, commit_url=url)


def test_a_suite_of_two_packages_has_a_square_and_pages_of_its_cells(board: Board) -> None:
    cells = (
        cell("1.8@redis=3.5", "3.8", Status.FAILED, failed=1, tests=1),
        cell("3.0@redis=8.1", "3.13"),
    )
    verdicts = {"rq 3.0 with redis 3.5": "impossible: rq 3.0 wants redis>=5"}
    both = suite(*cells, package="rq>=1.8", verdicts=verdicts)
    assert board.send(run(both)).status_code == 201
    found = page(board, "/packages/rq")
    assert "rq down, redis across" in found.text and "impossible" in found.text
    (own,) = {link for link in found.links if "3.5" in link}
    assert "1.8@redis=3.5" in page(board, own).text
