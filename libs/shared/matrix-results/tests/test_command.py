"""The command line, from files to files."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import pytest

from example_runs import NOON, cell, junit, run, suite
from matrix_results import Status, decode, encode, report_file
from matrix_results.causes.symptom import MAX_TEXT
from matrix_results.command import main
from matrix_results.model import MAX_CELLS
from matrix_results.support import BEGIN, END, table

CELL: Dict[str, Any] = {"version": "0.28.1", "tier": "latest", "python": "3.13", "results": "a.xml"}


def matrix(*cells: Dict[str, Any]) -> str:
    suites = [{"address": "libs/x:matrix", "package": "httpx>=0.16", "cells": cells}]
    return json.dumps({"schema_version": 2, "suites": suites})


SUITE = json.dumps(json.loads(matrix())["suites"][0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "matrix.json").write_text(
        matrix(CELL, {**CELL, "python": "3.9", "results": "b.xml"})
    )
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.xml").write_bytes(junit())
    (tmp_path / "reports" / "of-another-test.xml").write_bytes(b"torn")
    return tmp_path


def report(folder: Path, *more: str) -> Tuple[int, Path]:
    output = folder / "out" / "matrix"
    status = main(
        [
            "report",
            f"--matrix={folder / 'matrix.json'}",
            f"--results={folder / 'reports'}",
            f"--output={output}",
            *more,
        ]
    )
    return status, output


def contents(folder: Path) -> List[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, output = report(folder, "--commit=4cc479e", "--made-at=2024-11-21T12:00:00Z")
    assert (status, capsys.readouterr().out) == (0, "1 passed, 1 not run\n")
    assert contents(output) == [
        "badges/httpx.svg",
        "badges/matrix.svg",
        "failures.json",
        "failures.md",
        "index.html",
        "report.json",
        "support.md",
    ]
    found = decode((output / "report.json").read_bytes())
    assert (found.commit, found.made_at) == ("4cc479e", NOON)
    assert [(c.python, c.status) for _, c in found.cells()] == [
        ("3.13", Status.PASSED),
        ("3.9", Status.NOT_RUN),
    ]


def test_a_report_replaces_the_old_one_and_tells_what_changed(folder: Path) -> None:
    _, output = report(folder)
    (output / "badges" / "gone.svg").write_text("of a suite that is gone")
    earlier = folder / "earlier.json"
    earlier.write_bytes((output / "report.json").read_bytes())
    (folder / "reports" / "b.xml").write_bytes(junit())
    status, _ = report(folder, f"--since={earlier}")
    assert status == 0 and "badges/gone.svg" not in contents(output)
    assert "passed, was not run" in (output / "index.html").read_text()
    assert [path.name for path in output.parent.iterdir()] == ["matrix"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("reports/b.xml", junit()[:99], "b.xml is torn"),
        ("reports/b.xml", b"<!DOCTYPE a><testsuites/>", "b.xml is refused"),
        ("matrix.json", b"{}", "matrix.json cannot be read"),
        ("since.json", b'{"schema_version": 0}', "since.json has schema_version 0"),
    ],
)
def test_bad_input_leaves_the_old_report(
    folder: Path, name: str, content: bytes, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, output = report(folder)
    (folder / "since.json").write_bytes((output / "report.json").read_bytes())
    before = {path: (output / path).read_bytes() for path in contents(output)}
    (folder / name).write_bytes(content)
    status, _ = report(folder, f"--since={folder / 'since.json'}")
    assert status == 1
    assert capsys.readouterr().err.startswith("matrix-results: error: ")
    assert {path: (output / path).read_bytes() for path in contents(output)} == before


def test_a_report_that_could_not_be_read_replaces_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, output = report(folder)
    before = (output / "report.json").read_bytes()
    capsys.readouterr()
    monkeypatch.setattr(report_file, "MAX_REPORT_BYTES", 1_000)
    failed = "<failure>" + "x" * 2_000 + "</failure>"
    (folder / "reports" / "a.xml").write_bytes(junit([f'<testcase name="a">{failed}</testcase>']))
    assert report(folder)[0] == 1
    assert "the new report.json has" in capsys.readouterr().err
    assert (output / "report.json").read_bytes() == before


def test_no_commit_is_none(folder: Path) -> None:
    status, output = report(folder, "--commit=")
    assert status == 0
    assert decode((output / "report.json").read_bytes()).commit is None


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (f"--commit={'x' * 501}", "at most 500 printable characters"),
        ("--commit=\udc80", "at most 500 printable characters"),
        ("--made-at=yesterday", "2026-11-21T12:00:00Z"),
        ("--made-at=2024-11-21T12:00:00", "has no time zone"),
        ("--made-at=0001-01-01T00:00:00+02:00", "has no equivalent in UTC"),
    ],
)
def test_an_option_that_no_report_could_hold_is_refused(
    folder: Path, option: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        report(folder, option)
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("until", [None, "2000-01-31", "2099-01-31"])
@pytest.mark.parametrize("passes", [True, False])
def test_the_longest_reason_of_a_known_failure_fits_a_report(
    folder: Path, until: Optional[str], passes: bool
) -> None:
    reason = f"begin{'x' * (MAX_TEXT - 8)}end"
    known = {"reason": reason, "until": until}
    (folder / "matrix.json").write_text(matrix({**CELL, "known_failure": known}))
    if not passes:
        failed = junit(['<testcase name="a"><failure>no</failure></testcase>'])
        (folder / "reports" / "a.xml").write_bytes(failed)
    status, output = report(folder)
    assert status == 0
    ((_, found),) = decode((output / "report.json").read_bytes()).cells()
    assert len(found.reason) <= MAX_TEXT and "beginx" in found.reason


OTHER = {**CELL, "version": "1.0", "results": "b.xml"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (matrix(CELL, {**CELL, "results": "b.xml"}), "a cell twice: 0.28.1 on Python 3.13"),
        (matrix(OTHER, CELL), "release 0.28.1 after 1.0: expected the oldest first"),
        (matrix(CELL, {**OTHER, "results": "a.xml"}), "results 'a.xml' are of two cells"),
        (matrix().replace("[{", "[{}, {").replace("{}", SUITE), "'libs/x:matrix' is there twice"),
        (matrix(*[CELL] * (MAX_CELLS + 1)), "length <= 10000 - at `$.suites[0].cells`"),
        (matrix().replace('"cells"', '"as_of": "0001-01-01T00:00:00+02:00", "cells"'), "in UTC"),
    ],
)
def test_a_matrix_that_contradicts_itself_is_refused(
    folder: Path, text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "matrix.json").write_text(text)
    status, output = report(folder)
    assert (status, output.exists()) == (1, False)
    assert told in capsys.readouterr().err


def test_bad_input_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "matrix.json").unlink()
    assert report(folder)[0] == 1
    assert "matrix.json" in capsys.readouterr().err


def test_shards_are_merged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "1.json").write_bytes(encode(run(suite(cell(), cell("1", status=Status.NOT_RUN)))))
    (tmp_path / "2.json").write_bytes(encode(run(suite(cell(status=Status.NOT_RUN), cell("1")))))
    output = tmp_path / "merged.json"
    status = main(
        ["merge", str(tmp_path / "1.json"), str(tmp_path / "2.json"), f"--output={output}"]
    )
    assert (status, capsys.readouterr().out) == (0, "2 passed\n")
    assert {c.status for _, c in decode(output.read_bytes()).cells()} == {Status.PASSED}


def test_two_reports_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "1.json").write_bytes(encode(run(suite(cell()))))
    (tmp_path / "2.json").write_bytes(encode(run(suite(cell(status=Status.FAILED)))))
    assert main(["compare", str(tmp_path / "1.json"), str(tmp_path / "2.json")]) == 0
    assert capsys.readouterr().out == (
        "broken: libs/x/tests/httpx:matrix#0.28.1@python=3.13: failed, was passed\n"
    )


def test_the_support_table_is_written_and_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, found = tmp_path / "README.md", tmp_path / "report.json"
    page.write_text(f"# x\n\n{BEGIN}\n{END}\n")
    found.write_bytes(encode(run(suite(cell()), suite(cell(), address="other:m", package="b"))))
    table = ["support-table", str(page), f"--report={found}", "--below=libs/x"]
    assert main(table) == 0
    assert "0.28.1 (3.13)" in page.read_text() and "`b`" not in page.read_text()
    assert main([*table, "--check"]) == 0
    found.write_bytes(encode(run(suite(cell(status=Status.FAILED)))))
    before = page.read_text()
    assert main([*table, "--check"]) == 1
    assert "claims httpx>=0.16 0.28.1 on Python 3.13" in capsys.readouterr().err
    assert page.read_text() == before


def test_a_page_without_markers_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, found = tmp_path / "README.md", tmp_path / "report.json"
    page.write_text("# x\n")
    found.write_bytes(encode(run(suite(cell()))))
    assert main(["support-table", str(page), f"--report={found}"]) == 1
    assert "README.md needs these two lines" in capsys.readouterr().err
    assert page.read_text() == "# x\n"


@pytest.mark.parametrize("content", [f"{BEGIN}\n{END}\n", f"{BEGIN}\n\n{table(run())}\n{END}\n"])
def test_an_empty_table_holds_only_if_nothing_passed(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page, found = tmp_path / "README.md", tmp_path / "report.json"
    page.write_text(content)
    check = ["support-table", str(page), f"--report={found}", "--check"]
    found.write_bytes(encode(run(suite(cell(status=Status.NOT_RUN)))))
    assert main(check) == 0
    found.write_bytes(encode(run(suite(cell()))))
    assert main(check) == 1
    assert "README.md claims nothing: write its table, without --check" in capsys.readouterr().err


def test_a_page_that_is_not_utf_8_is_named_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, found = tmp_path / "README.md", tmp_path / "report.json"
    page.write_bytes(b"caf\xe9")
    found.write_bytes(encode(run(suite(cell()))))
    for more in ([], ["--check"]):
        assert main(["support-table", str(page), f"--report={found}", *more]) == 1
        assert "README.md is not UTF-8" in capsys.readouterr().err
    assert page.read_bytes() == b"caf\xe9"


def test_a_page_keeps_its_line_ends(tmp_path: Path) -> None:
    page, found = tmp_path / "README.md", tmp_path / "report.json"
    page.write_bytes(f"# x\r\n\r\n{BEGIN}\r\n{END}\r\n".encode())
    found.write_bytes(encode(run(suite(cell()))))
    assert main(["support-table", str(page), f"--report={found}"]) == 0
    text = page.read_bytes()
    assert b"0.28.1 (3.13)" in text and text.count(b"\n") == text.count(b"\r\n")


def test_as_a_program() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "matrix_results", "--help"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "support-table" in found.stdout
