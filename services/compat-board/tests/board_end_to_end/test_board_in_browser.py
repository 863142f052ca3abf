"""The board as people use it: in a browser, light and dark, on a phone, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser
from pydantic import SecretStr

from board_history import BROKEN_SINCE, realistic_canary, realistic_history, realistic_merged
from board_screenshots import take_screenshots
from board_testing.inside import TOKEN
from board_testing.process import board_process
from compat_board.sending import send
from example_runs import cell, suite
from matrix_results import Status, encode
from matrix_updates.proposal.documents import encode as encode_document
from report_browser import DESKTOP, PHONE, SCHEMES, chromium, focused, overflow, tab, violations

LONG = f"2026.11.20.dev1+g{'0123456789abcdef' * 3}"
PAGES = (
    "/",
    "/canary",
    "/packages/celery",
    "/packages/celery/5.6.0/3.13",
    "/packages/long",
    "/packages/long/1.20/3.13",
    "/nothing",
)
RUNS = BROKEN_SINCE + 3
MAX_PNG = 150_000


# What fits least: many releases, one with a long name, and a problem.
OTHERS = (
    suite(
        *(cell(f"1.{number}") for number in range(60)),
        *(cell(LONG, python, Status.FAILED) for python in ("3.9", "3.10", "3.13")),
        address="long:matrix",
        package="long",
    ),
    suite(address="fresh:matrix", package="fresh", problem="There is no samples.json. " * 20),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("board")
    with board_process(f"sqlite:///{folder / 'board.sqlite3'}") as board:
        for report in realistic_history(RUNS):
            more = msgspec.structs.replace(report, suites=(*report.suites, *OTHERS))
            send(encode(more), url=board.url, token=SecretStr(TOKEN))
        for other in (realistic_canary(), realistic_merged(RUNS)):
            send(encode_document(other), url=board.url, token=SecretStr(TOKEN))
        yield board.url


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_a_page_is_accessible_fits_and_needs_nothing_from_elsewhere(
    browser: Browser, url: str, path: str, scheme: str, width: int
) -> None:
    with tab(browser, width=width, scheme=scheme) as page:
        complaints: list[str] = []
        requests: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(url + path)
        assert [found for found in complaints if "404" not in found] == []
        assert all(found.startswith(f"{url}/") for found in requests)
        assert overflow(page) == 0
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert violations(page) == []
        assert overflow(page) == 0
        assert page.evaluate(TOO_SMALL) == []


TOO_SMALL = """[...document.querySelectorAll("a:not(.mx-skip), button, input")]
    .filter((node) => node.checkVisibility())
    .filter((node) => {
      const box = node.getBoundingClientRect();
      return box.width < 24 || box.height < 24;
    })
    .map((node) => node.outerHTML)"""
CUT = """[...document.querySelectorAll(".mx-scroll")]
    .filter((node) => node.querySelector(".cb-table") && node.scrollWidth > node.clientWidth)
    .map((node) => node.getAttribute("aria-label"))"""


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_no_table_of_the_board_is_cut(browser: Browser, url: str, path: str, width: int) -> None:
    with tab(browser, width=width) as page:
        page.goto(url + path)
        assert page.evaluate(CUT) == []


def test_a_phone_shows_what_works(browser: Browser, url: str) -> None:
    with tab(browser, width=PHONE) as page:
        page.goto(url)
        box = page.get_by_role("row", name="celery").get_by_text("5.5.3").bounding_box()
        assert box is not None and 0 < box["x"] and box["x"] + box["width"] < PHONE


def test_a_package_has_its_title_once(browser: Browser, url: str) -> None:
    with tab(browser) as page:
        page.goto(f"{url}/packages/celery")
        headings = [found.inner_text() for found in page.get_by_role("heading").all()]
        assert [told for told in headings if "celery" in told] == ["celery>=5.2 ✗ failed"]


def test_from_the_overview_to_a_failure_by_keyboard(browser: Browser, url: str) -> None:
    with tab(browser) as page:
        page.goto(url)
        page.keyboard.press("Tab")
        assert focused(page) == "Skip to the content"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert focused(page) == "1 of 3 suites red with what a fresh install gets"
        page.keyboard.press("Tab")
        assert focused(page) == "q"
        page.keyboard.type("cel")
        page.keyboard.press("Enter")
        page.wait_for_url("**/?q=cel")
        page.get_by_role("link", name="celery").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/packages/celery")
        page.locator("a[href='/packages/celery/5.6.0/3.13']").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/5.6.0/3.13")
        assert "KeyError: 'traceparent'" in page.locator("main").inner_text()


def test_from_what_broke_to_the_request_that_brought_it(browser: Browser, url: str) -> None:
    with tab(browser) as page:
        page.goto(f"{url}/packages/celery")
        link = page.get_by_role("link", name="request #128").first
        assert link.get_attribute("href") == "https://github.com/OWNER/REPOSITORY/pull/128"
        page.goto(url)
        page.get_by_role("link", name="red with what a fresh install gets").click()
        page.wait_for_url("**/canary")
        assert "because of its pin kombu 5.6.0" in page.locator("main").inner_text()


def test_pictures_for_the_readme_are_small(browser: Browser, url: str, tmp_path: Path) -> None:
    made = take_screenshots(browser, url, tmp_path)
    assert sorted(made) == sorted(tmp_path.iterdir()) and len(made) >= 4
    assert all(0 < picture.stat().st_size < MAX_PNG for picture in made)
