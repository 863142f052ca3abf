"""A real browser for tests of pages: the Chromium that is installed, headless."""

import os
import shutil
from contextlib import contextmanager
from typing import Iterator, List, NoReturn

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless",
    # As root its sandbox does not start; it loads nothing but our own pages.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SCHEMES = ("light", "dark")
PHONE, DESKTOP = 390, 1100
HEIGHT = 800


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser within a `with` block. Tests that need it say so in their field `programs`."""
    path = os.environ.get("PATH") or os.defpath
    program = next(filter(None, (shutil.which(name, path=path) for name in PROGRAMS)), None)
    if program is None:
        _missing()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def tab(browser: Browser, *, width: int = DESKTOP, scheme: str = "light") -> Iterator[Page]:
    """A page of its own; `scheme` is `light` or `dark`, `width` in pixels."""
    assert scheme in SCHEMES
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    try:
        yield context.new_page()
    finally:
        context.close()


def violations(page: Page) -> List[str]:
    """What axe finds inaccessible: a line for each rule, with the elements."""
    return [
        f"{found['id']}: {[node['html'][:200] for node in found['nodes'][:5]]}"
        for found in Axe().run(page).response["violations"]
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    found = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return max(int(found), 0)


def focused(page: Page) -> str:
    """The text of the element that has the focus."""
    return str(page.evaluate("document.activeElement.innerText || document.activeElement.id"))


def _missing() -> NoReturn:
    pytest.fail(f"no {' or '.join(PROGRAMS)}. To fix, run `tools/bootstrap/system-packages`.")
