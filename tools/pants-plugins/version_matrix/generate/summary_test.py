from __future__ import annotations

import dataclasses

import pytest

from version_matrix.generate import summary
from version_matrix.generate.requests import SuiteUpdate
from version_matrix.stanza.suite import Suite

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
    errors=("libs/a:matrix#0.28.1 is unresolvable: h2 clashes\n  h2<3: rule '*'", "and more"),
)
OUTDATED = SuiteUpdate(OWN, outdated=("libs/b/own/lowest.lock is not current: it was missing",))


@pytest.mark.parametrize(
    "update, checking, line",
    [
        (CHANGED, False, "[3/30] libs/a:matrix: 4 samples, 8 cells, changed"),
        (CHANGED, True, "[3/30] libs/a:matrix: 4 samples, 8 cells, out of date"),
        (UNCHANGED, False, "[3/30] libs/b:own: 2 samples, 4 cells, as before"),
        (UNCHANGED, True, "[3/30] libs/b:own: 2 samples, 4 cells, as before"),
        (FAILED, False, "[3/30] libs/a:matrix: failed"),
        (OUTDATED, True, "[3/30] libs/b:own: out of date"),
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
        "    h2<3: rule '*'\n"
        "  and more\n"
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
        "\n"
        "  ```\n"
        "    h2<3: rule '*'\n"
        "  ```\n"
        "- **failed**: and more\n"
    )


def test_what_was_written_and_then_failed_is_not_told_as_unwritten() -> None:
    hidden = dataclasses.replace(CHANGED, errors=("it is hidden",), written=True)
    assert summary.text([hidden]).startswith("libs/a:matrix: FAILED\n  it is hidden\n")


def test_the_markdown_of_a_check_tells_of_nothing_written() -> None:
    orphan = "libs/old/matrix belongs to no suite"
    assert summary.markdown([CHANGED, OUTDATED], [orphan], checking=True) == (
        "# Version matrix\n"
        "\n"
        "2 suites checked, 2 out of date, 1 folder too many.\n"
        "\n"
        "## httpx>=0.16 (`libs/a:matrix`)\n"
        "\n"
        "- **amiss**: libs/a/matrix/0.28.1.lock is not as generated\n"
        "- **amiss**: libs/a/matrix/samples.json is not as generated\n"
        "- note: h11 is older for want of a wheel\n"
        "\n"
        "## own requirements (`libs/b:own`)\n"
        "\n"
        "- **amiss**: libs/b/own/lowest.lock is not current: it was missing\n"
        "\n"
        "- libs/old/matrix belongs to no suite\n"
    )


def test_a_library_s_own_requirements_have_a_title() -> None:
    changed = SuiteUpdate(OWN, stale=("lowest.lock",), changes=("locked lowest anew: h11 1 -> 2",))
    assert "## own requirements (`libs/b:own`)\n" in summary.markdown([changed])


def test_a_check_names_every_file_and_the_command_that_mends_it() -> None:
    assert summary.check_report([CHANGED, UNCHANGED], command="./pants") == (
        "libs/a:matrix\n"
        "  libs/a/matrix/0.28.1.lock is not as generated\n"
        "  libs/a/matrix/samples.json is not as generated\n"
        "  To mend it, run `./pants generate-matrix //libs/a:matrix`.\n"
        "2 suites checked, 1 out of date."
    )


def test_a_check_that_finds_nothing_says_so() -> None:
    report = summary.check_report([UNCHANGED], command="./pants")
    assert report == "1 suite checked, none out of date."


def test_a_check_that_cannot_be_made_names_the_error() -> None:
    assert summary.check_report([OUTDATED], command="pants") == (
        "libs/b:own\n"
        "  libs/b/own/lowest.lock is not current: it was missing\n"
        "  To mend it, run `pants generate-matrix //libs/b:own`.\n"
        "1 suite checked, 1 out of date."
    )


def test_a_check_does_not_advise_to_generate_what_that_would_not_mend() -> None:
    failed = SuiteUpdate(OWN, errors=("libs/b/own holds a file of yours",))
    assert summary.check_report([failed], ["libs/old/own is none's"], command="pants") == (
        "libs/b:own\n"
        "  libs/b/own holds a file of yours\n"
        "libs/old/own is none's\n"
        "1 suite checked, 1 out of date, 1 folder too many."
    )
