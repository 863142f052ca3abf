"""The command line, from files to files."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest

from example_runs import NOON, cell, junit, run, suite
from matrix_results import Status, decode, encode
from matrix_results.command import main
from matrix_results.support import BEGIN, END

CELL: Dict[str, Any] = {"version": "0.28.1", "tier": "latest", "python": "3.13", "results": "a.xml"}


def matrix(*cells: Dict[str, Any]) -> str:
    suites = [{"address": "libs/x:matrix", "package": "httpx>=0.16", "cells": cells}]
    return json.dumps({"schema_version": 1, "suites": suites})


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
    status, output = report(folder, "--commit=4cc479e", "--made-at=2026-11-21T12:00:00Z")
    assert (status, capsys.readouterr().out) == (0, "1 passed, 1 not run\n")
    assert contents(output) == [
        "badges/httpx.svg",
        "badges/matrix.svg",
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
    found.write_bytes(encode(run()))
    assert main(["support-table", str(page), f"--report={found}"]) == 1
    assert "README.md needs these two lines" in capsys.readouterr().err
    assert page.read_text() == "# x\n"


def test_as_a_program() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "matrix_results", "--help"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "support-table" in found.stdout
