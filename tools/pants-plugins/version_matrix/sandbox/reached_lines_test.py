"""Coverage as `coverage-gate` reads it and reports it, by the coverage of whoever runs this."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from version_matrix.sandbox import reached_lines

# That of whoever runs the tests.
coverage = importlib.import_module("coverage")

SOURCE = """\
def used():
    return 1


def unused(given):
    if given:  # pragma: no cover
        return 2
    return 3
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lib dir").mkdir()
    (tmp_path / "lib dir/core.py").write_text(SOURCE)
    (tmp_path / "new.py").write_text("x = 1\n")
    (tmp_path / ".coveragerc").write_text("[run]\nrelative_files = True\n")
    return tmp_path


def test_what_is_read_is_what_was_reached(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "data/0").mkdir(parents=True)
    data = coverage.CoverageData(basename="data/0/.coverage")
    data.add_lines({"lib dir/core.py": [1, 2, 5], "lib dir/__init__.py": [0]})
    data.write()
    reached_lines.main(["read", "data/0"])
    assert json.loads(capsys.readouterr().out) == [
        {"lib dir/__init__.py": [], "lib dir/core.py": [1, 2, 5]}
    ]


def test_the_report_is_of_all_sources_that_are_there(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = {"lib dir/core.py": [1, 2, 5], "new.py": [], "gone.py": [1]}
    (here / "lines.json").write_text(json.dumps(lines))
    reached_lines.main(["report", ".coveragerc"])
    report = capsys.readouterr().out
    told = {}
    for record in report.split("end_of_record"):
        rows = [line.partition(":") for line in record.splitlines()]
        names = [value for kind, _, value in rows if kind == "SF"]
        counts = [value.split(",")[:2] for kind, _, value in rows if kind == "DA"]
        if names:
            told[names[0]] = {int(line): hits != "0" for line, hits in counts}
    assert told == {
        "lib dir/core.py": {1: True, 2: True, 5: True, 8: False},
        "new.py": {1: False},
    }


@pytest.mark.parametrize("lines", [{}, {"gone.py": [1]}, {"torn.py": [1]}])
def test_of_nothing_there_is_no_report(
    here: Path, capsys: pytest.CaptureFixture[str], lines: "dict[str, list[int]]"
) -> None:
    (here / "torn.py").write_text("def (:\n")
    (here / "lines.json").write_text(json.dumps(lines))
    reached_lines.main(["report", ".coveragerc"])
    assert capsys.readouterr().out == ""
