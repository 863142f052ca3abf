"""The stand-alone page as people use it: in a browser, by keyboard, on a phone, with 600 cells."""

from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest
from playwright.sync_api import Browser, expect

from example_runs import NOON, cell, failure, run, suite
from matrix_results import Run, Status
from matrix_results.render import page as render_page
from report_browser import (
    DESKTOP,
    HEIGHT,
    PHONE,
    SCHEMES,
    chromium,
    focused,
    overflow,
    tab,
    violations,
)

PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
LAG_MS = 200


def outcome(status: Status) -> Dict[str, Any]:
    """What the process of a cell left, if it had one."""
    if status in (Status.NOT_RUN, Status.UNRESOLVABLE):
        return {}
    ran: Dict[str, Any] = {"tests": 9, "seconds": 1.5, "ran_at": NOON}
    if status is Status.FAILED:
        ran.update(failed=1, failures=(failure("E  assert " + "x" * 300),))
    return ran


def large(failing: bool = True) -> Run:
    """600 cells in 20 suites, with every status, of trials too."""

    def status(number: int, release: int, python: str) -> Status:
        if not failing or python != "3.13":
            return Status.PASSED
        return list(Status)[(number + release) % len(Status)]

    return run(
        *(
            suite(
                *(
                    cell(
                        f"{release}.0",
                        python,
                        found,
                        reason="its issue 1234" if found is Status.KNOWN_FAILURE else "",
                        trial=python == "3.13" and release == 0,
                        **outcome(found),
                    )
                    for release in range(5)
                    for python in PYTHONS
                    for found in [status(number, release, python)]
                ),
                address=f"libs/x/tests/package{number}:matrix",
                package=f"package{number}>=1",
                verdicts={
                    f"{release}.{patch}": "superseded" for release in range(5) for patch in (1, 2)
                },
            )
            for number in range(20)
        ),
        commit="4cc479e93a1b0000",
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    file: Path = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(render_page(large(), large(failing=False)), encoding="utf-8")
    return file.as_uri()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_axe_finds_nothing_and_the_page_is_never_wider_than_the_window(
    browser: Browser, address: str, width: int, scheme: str
) -> None:
    with tab(browser, width=width, scheme=scheme) as page:
        complaints: List[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        requests: List[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(address)
        assert (complaints, requests) == ([], [address])
        assert overflow(page) == 0
        # Shut details are not looked at.
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert violations(page) == []
        assert overflow(page) == 0


def test_everything_is_reached_by_keyboard(browser: Browser, address: str) -> None:
    with tab(browser) as page:
        page.goto(address)
        page.keyboard.press("Tab")
        assert focused(page) == "Skip to the results"
        page.keyboard.press("/")
        assert focused(page) == "q"
        page.keyboard.type("package7 3.13")
        assert page.locator("#found").inner_text() == "1 of 20 suites shown"
        page.keyboard.press("Escape")
        assert page.locator("#found").inner_text() == ""
        page.locator("#q").evaluate("input => input.blur()")
        page.keyboard.press("n")
        first = focused(page)
        assert first.startswith(("✗ failed", "⊘ unresolvable"))
        assert page.locator("details[open].mx-failed, details[open].mx-unresolvable").count() == 1
        page.keyboard.press("n")
        assert focused(page) != first
        page.keyboard.press("p")
        assert focused(page) == first


def test_single_keys_can_be_switched_off(browser: Browser, address: str) -> None:
    """WCAG 2.1.4: else whoever speaks to the page types what they did not say."""
    with tab(browser, width=PHONE) as page:
        page.goto(address)
        page.get_by_role("checkbox", name="shortcuts").uncheck()
        for key in ("/", "n", "p"):
            page.keyboard.press(key)
        assert focused(page) == "shortcuts"
        assert page.locator("details[open].mx-details").count() == 0
        page.get_by_role("checkbox", name="shortcuts").check()
        page.keyboard.press("/")
        assert focused(page) == "q"


def test_a_cell_opens_its_details_every_time_it_is_clicked(browser: Browser, address: str) -> None:
    with tab(browser) as page:
        page.goto(address)
        cell = page.locator("td.mx-failed a").first
        details = page.locator((cell.get_attribute("href") or "").replace("#", "details#"))
        for _ in range(2):
            cell.click()
            expect(details).to_have_attribute("open", "")
            expect(details.locator("summary")).to_be_focused()
            details.locator("summary").click()
            expect(details).not_to_have_attribute("open", "")


def test_lists_make_room_for_what_a_search_finds(browser: Browser, address: str) -> None:
    with tab(browser, width=PHONE) as page:
        page.goto(address)
        lists = page.locator("details.mx-box")
        assert lists.count() == page.locator("details.mx-box[open]").count() == 3
        page.locator("#q").fill("package7")
        assert page.locator("details.mx-box[open]").count() == 0
        found = page.get_by_role("heading", name="package7>=1").bounding_box()
        assert found is not None and found["y"] < HEIGHT
        lists.first.locator("summary").click()
        page.locator("#q").fill("package7 3.13")
        assert page.locator("details.mx-box[open]").count() == 1, "what was opened stays open"
        page.locator("#q").press("Escape")
        assert page.locator("details.mx-box[open]").count() == 3


def test_only_a_grid_that_scrolls_is_a_stop_for_the_keyboard(
    browser: Browser, address: str
) -> None:
    with tab(browser) as page:
        page.goto(address)
        stops = page.locator(".mx-scroll[tabindex]")
        groups = page.locator(".mx-scroll[role='group']")
        assert (stops.count(), groups.count()) == (0, 20)
        page.set_viewport_size({"width": PHONE, "height": HEIGHT})
        first = page.locator(".mx-scroll[role='region'][tabindex='0']").first
        first.wait_for()
        first.focus()
        page.set_viewport_size({"width": DESKTOP, "height": HEIGHT})
        page.locator(".mx-scroll[role='group']").first.wait_for()


def test_a_long_release_leaves_room_for_its_cells(browser: Browser) -> None:
    long, short = "2024.12.1rc1.post3+local.build", "2024.10.1"
    with tab(browser, width=PHONE) as page:
        page.set_content(
            render_page(run(suite(*(cell(v, p) for v in (short, long) for p in PYTHONS))))
        )
        heads = [page.get_by_role("rowheader", name=name, exact=True) for name in (long, short)]
        boxes = [head.bounding_box() for head in heads]
        assert all(box and box["width"] < PHONE / 3 for box in boxes)
        # All of it can be read, and a short one stays on its line.
        assert heads[0].evaluate("head => head.scrollWidth <= head.clientWidth")
        lines = [head.evaluate(LINES) for head in heads]
        assert lines[0] > 1 and lines[1] == 1


LINES = """(head) => {
    const text = document.createRange();
    text.selectNodeContents(head);
    return text.getClientRects().length;
}"""


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_what_is_clicked_is_large_enough(browser: Browser, address: str, width: int) -> None:
    """WCAG 2.5.8: 24 pixels."""
    with tab(browser, width=width) as page:
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        small = page.evaluate("""() =>
            [...document.querySelectorAll("a:not(.mx-skip), button, summary, label, #q")]
                .filter((node) => node.checkVisibility() && node.htmlFor !== "q")
                .filter((node) => node.getBoundingClientRect().height < 24)
                .map((node) => node.outerHTML)""")
        assert small == []


@pytest.mark.parametrize("status", ["failed", "trial"])
def test_filters_show_what_they_say(browser: Browser, address: str, status: str) -> None:
    with tab(browser) as page:
        page.goto(address)
        page.get_by_role("button", name=status).first.click()
        shown = page.locator("tr[data-statuses]:visible")
        assert shown.count() > 0
        assert all(status in (row.get_attribute("data-statuses") or "") for row in shown.all())


def test_no_key_leads_to_a_trial_that_failed(browser: Browser, address: str) -> None:
    with tab(browser) as page:
        page.goto(address)
        assert page.locator("details.mx-failed.mx-trial").count() > 0
        failures = page.locator("details.mx-failed, details.mx-unresolvable").count()
        for _ in range(failures):
            page.keyboard.press("n")
            assert page.locator("details.mx-trial:focus-within").count() == 0


def test_600_cells_are_searched_without_lag(browser: Browser, address: str) -> None:
    """From a key to the new layout, the slowest of nine."""
    with tab(browser) as page:
        page.goto(address)
        assert page.locator(".mx-cell").count() == 600
        slowest = page.evaluate("""() => {
                const input = document.querySelector("#q");
                const times = ["p", "pa", "package1", "package1 3.9", "failed", "", "x", "3.", ""].map(
                    (text) => {
                        const started = performance.now();
                        input.value = text;
                        input.dispatchEvent(new Event("input"));
                        document.body.getBoundingClientRect();
                        return performance.now() - started;
                    },
                );
                return Math.max(...times);
            }""")
        assert slowest < LAG_MS
