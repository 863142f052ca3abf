"""Makes the pictures that the READMEs show.

    ./pants run services/compat-board/tests/board_screenshots.py

Those of the board come from a board with an example history; that of the stand-alone report from
`dist/matrix/index.html`, if `./pants matrix-report ::` has made one. Existing ones are replaced.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser
from pydantic import SecretStr

from board_history import realistic_canary, realistic_history, realistic_merged
from board_testing.inside import TOKEN
from board_testing.process import board_process
from compat_board.sending import send
from matrix_results import encode
from matrix_updates.proposal.documents import encode as encode_document
from report_browser import DESKTOP, PHONE, chromium, tab

BOARD = Path("services/compat-board/screenshots")
REPORT = Path("libs/shared/matrix-results/screenshots")
REPORT_PAGE = Path("dist/matrix/index.html")
RUNS = 40

# Name -> path on the board, width, colour scheme.
_PICTURES = {
    "overview": ("/", DESKTOP, "light"),
    "package": ("/packages/celery", DESKTOP, "light"),
    "cell": ("/packages/celery/5.6.0/3.12", DESKTOP, "dark"),
    "canary": ("/canary", DESKTOP, "light"),
    "phone": ("/", PHONE, "light"),
}


def take_screenshots(browser: Browser, url: str, folder: Path) -> list[Path]:
    """Pictures of the board at `url`, with the package celery; returns their files."""
    made = []
    for name, (path, width, scheme) in _PICTURES.items():
        with tab(browser, width=width, scheme=scheme) as page:
            page.goto(url + path)
            made.append(folder / f"{name}.png")
            page.screenshot(path=made[-1])
    return made


def main() -> int:
    """Makes all pictures; returns the exit status."""
    if not Path("pants.toml").is_file():
        print("board_screenshots: error: run it from the root of the repository", file=sys.stderr)
        return 1
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/board.sqlite3"
        with board_process(database, COMPAT_BOARD_URL="https://board.example") as board:
            reports = [encode(report) for report in realistic_history(RUNS)]
            others = [
                encode_document(each) for each in (realistic_canary(), realistic_merged(RUNS))
            ]
            for sent in (*reports, *others):
                send(sent, url=board.url, token=SecretStr(TOKEN))
            BOARD.mkdir(exist_ok=True)
            for picture in take_screenshots(browser, board.url, BOARD):
                print(picture)
        if REPORT_PAGE.is_file():
            REPORT.mkdir(exist_ok=True)
            with tab(browser) as page:
                page.goto(REPORT_PAGE.resolve().as_uri())
                page.screenshot(path=REPORT / "report.png")
            print(REPORT / "report.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
