"""The support table of a library is written and checked from the root of the repository."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

import support_table
from matrix_results import Cell, Run, Status, Suite, encode
from matrix_results.support import BEGIN, END

README = Path("libs/shared/trace-baton/README.md")
EMPTY = f"# trace-baton\n\n{BEGIN}\n{END}\n"


def write_report(status: Status, folder: str = "libs/shared/trace-baton") -> None:
    cell = Cell(version="0.28.1", tier="latest", python="3.13", status=status)
    run = Run(
        made_at=datetime.datetime(2026, 11, 21, tzinfo=datetime.timezone.utc),
        suites=(
            Suite(address=f"{folder}/tests/httpx:matrix", package="httpx>=0.16", cells=(cell,)),
        ),
    )
    support_table.REPORT.parent.mkdir(parents=True, exist_ok=True)
    support_table.REPORT.write_bytes(encode(run))


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    README.parent.mkdir(parents=True)
    README.write_text(EMPTY)


def test_the_table_is_written_and_holds_while_it_is_true(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_report(Status.PASSED)
    assert support_table.main([]) == 0
    assert "| `httpx>=0.16` | 0.28.1 (3.13) |" in README.read_text()
    assert support_table.main(["--check"]) == 0
    write_report(Status.FAILED)
    assert support_table.main(["--check"]) == 1
    assert "claims httpx>=0.16 0.28.1 on Python 3.13" in capsys.readouterr().err


def test_the_suites_of_other_libraries_do_not_count(capsys: pytest.CaptureFixture[str]) -> None:
    before = README.read_text()
    write_report(Status.PASSED, folder="libs/shared/trace-baton-extra")
    for arguments in ([], ["--check"]):
        assert support_table.main(arguments) == 1
        assert "no suite in the folder 'libs/shared/trace-baton'" in capsys.readouterr().err
    assert README.read_text() == before


def test_a_page_may_be_named_from_anywhere(tmp_path: Path) -> None:
    write_report(Status.PASSED)
    for page in (tmp_path / README, Path(f"libs/../{README}")):
        README.write_text(EMPTY)
        assert support_table.main([str(page)]) == 0
        assert "0.28.1 (3.13)" in README.read_text()


def test_of_the_root_s_page_every_suite_counts() -> None:
    write_report(Status.PASSED)
    Path("README.md").write_text(EMPTY)
    assert support_table.main(["README.md"]) == 0
    assert "0.28.1 (3.13)" in Path("README.md").read_text()


def test_a_page_outside_the_repository_has_no_suite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_report(Status.PASSED)
    report, page = support_table.REPORT.resolve(), tmp_path / README
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert support_table.main([str(page), f"--report={report}"]) == 1
    assert "no suite in the folder '../libs/shared/trace-baton'" in capsys.readouterr().err
    assert page.read_text() == EMPTY


def test_without_a_report_it_says_how_to_get_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert support_table.main(["--check"]) == 1
    assert "./pants matrix-report ::" in capsys.readouterr().err


def test_a_page_without_markers_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    write_report(Status.PASSED)
    README.write_text("# trace-baton\n")
    assert support_table.main([]) == 1
    assert f"{README} needs these two lines" in capsys.readouterr().err
