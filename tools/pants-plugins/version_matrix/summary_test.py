from __future__ import annotations

import pytest

from version_matrix import summary
from version_matrix.requests import SuiteUpdate
from version_matrix.suite import Suite

HTTPX = Suite("libs/a:matrix", "libs/a/matrix", "httpx>=0.16")
OWN = Suite("libs/b:own", "libs/b/own", None)

CHANGED = SuiteUpdate(
    HTTPX,
    stale=("0.28.1.lock", "samples.json"),
    changes=("added 0.28.1 (latest) on Python 3.8, 3.13",),
    notes=("h11 is older for want of a wheel",),
    samples=4,
    cells=8,
)
UNCHANGED = SuiteUpdate(OWN, samples=2, cells=4)
FAILED = SuiteUpdate(
    HTTPX,
    # What cannot be written is not told as if it were.
    stale=("samples.json",),
    changes=("added 0.28.1 (latest) on Python 3.8, 3.13",),
    errors=("libs/a:matrix#0.28.1 is unresolvable: h2 clashes", "  rule '*': h2<3"),
)


@pytest.mark.parametrize(
    "update, checking, line",
    [
        (CHANGED, False, "[3/30] libs/a:matrix: 4 samples, 8 cells, changed"),
        (CHANGED, True, "[3/30] libs/a:matrix: 4 samples, 8 cells, out of date"),
        (UNCHANGED, False, "[3/30] libs/b:own: 2 samples, 4 cells, as before"),
        (UNCHANGED, True, "[3/30] libs/b:own: 2 samples, 4 cells, as before"),
        (FAILED, False, "[3/30] libs/a:matrix: failed"),
        (
            SuiteUpdate(HTTPX, samples=1, cells=1),
            False,
            "[3/30] libs/a:matrix: 1 sample, 1 cell, as before",
        ),
    ],
)
def test_a_line_of_progress(update: SuiteUpdate, checking: bool, line: str) -> None:
    assert summary.progress_line(update, 3, 30, checking=checking) == line


def test_the_text_tells_what_changed_and_what_failed() -> None:
    assert summary.text([CHANGED, UNCHANGED, FAILED]) == (
        "libs/a:matrix\n"
        "  added 0.28.1 (latest) on Python 3.8, 3.13\n"
        "  note: h11 is older for want of a wheel\n"
        "libs/a:matrix: FAILED, nothing written\n"
        "  libs/a:matrix#0.28.1 is unresolvable: h2 clashes\n"
        "    rule '*': h2<3\n"
        "3 suites, 6 samples, 12 cells: 1 suite changed, 1 failed."
    )


def test_the_text_of_no_change_is_one_line() -> None:
    assert summary.text([UNCHANGED]) == "1 suite, 2 samples, 4 cells: 0 suites changed."


def test_the_markdown_tells_the_same() -> None:
    assert summary.markdown([CHANGED, UNCHANGED, FAILED]) == (
        "# Version matrix\n"
        "\n"
        "3 suites, 6 samples, 12 cells: 1 suite changed, 1 failed.\n"
        "\n"
        "## httpx>=0.16 (`libs/a:matrix`)\n"
        "\n"
        "- added 0.28.1 (latest) on Python 3.8, 3.13\n"
        "- note: h11 is older for want of a wheel\n"
        "\n"
        "## httpx>=0.16 (`libs/a:matrix`)\n"
        "\n"
        "- **failed**: libs/a:matrix#0.28.1 is unresolvable: h2 clashes\n"
        "- **failed**: rule '*': h2<3\n"
    )


def test_a_library_s_own_requirements_have_a_title() -> None:
    changed = SuiteUpdate(OWN, stale=("lowest.lock",), changes=("locked lowest anew: h11 1 -> 2",))
    assert "## own requirements (`libs/b:own`)\n" in summary.markdown([changed])


def test_a_check_names_every_file_and_the_command_that_mends_it() -> None:
    assert summary.check_report([CHANGED, UNCHANGED], command="./pants") == (
        "libs/a:matrix\n"
        "  libs/a/matrix/0.28.1.lock is not as generated\n"
        "  libs/a/matrix/samples.json is not as generated\n"
        "  To mend it, run `./pants generate-matrix libs/a:matrix`.\n"
        "2 suites checked, 1 out of date."
    )


def test_a_check_that_finds_nothing_says_so() -> None:
    report = summary.check_report([UNCHANGED], command="./pants")
    assert report == "1 suite checked, none out of date."


def test_a_check_that_cannot_be_made_names_the_error() -> None:
    failed = SuiteUpdate(OWN, errors=("libs/b/own/lowest.lock is not current",))
    assert summary.check_report([failed], command="pants") == (
        "libs/b:own\n"
        "  libs/b/own/lowest.lock is not current\n"
        "  To mend it, run `pants generate-matrix libs/b:own`.\n"
        "1 suite checked, 1 out of date."
    )
