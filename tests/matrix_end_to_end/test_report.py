"""`matrix-report`: from the results in dist/ to a page, and what it refuses."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Dict, Iterator

import pytest

from matrix_end_to_end.repository import HERE, MATRIX, SUITE, Repository

REPORTS = "dist/test/reports"
SAMPLES = {
    "as_of": "2026-11-01T00:00:00Z",
    "samples": [
        {"version": "1.0.0", "tier": "lowest", "pythons": ["3.9"], "lock": "sha256:0"},
        {"version": "2.0.0", "tier": "latest", "pythons": ["3.9", "3.12"], "lock": "sha256:0"},
    ],
    "uncovered": {},
    "verdicts": {"1.0.0": "lowest", "1.1.0": "not needed", "2.0.0": "latest"},
    "snapshot": "sha256:1",
}
PASSED = '<testcase classname="test_example" name="test_greet" />'
FAILED = PASSED.replace(" />", "><failure>assert 'hello' == '&lt;b&gt;'</failure></testcase>")


def results(version: str, python: str) -> str:
    return f"{REPORTS}/{SUITE.replace('/', '.')}.matrix@{version}@@python={python}.xml"


def junit(case: str) -> str:
    return f'<testsuites><testsuite name="pytest" time="0.5">{case}</testsuite></testsuites>'


@pytest.fixture(autouse=True)
def generated(repository: Repository) -> Iterator[None]:
    """The suite as if it were generated, with a result for two of its three cells."""
    repository.write(
        {
            f"{SUITE}/matrix/samples.json": json.dumps(SAMPLES),
            f"{SUITE}/matrix/1.0.0.lock": "matrix-example==1.0.0\n",
            f"{SUITE}/matrix/2.0.0.lock": "matrix-example==2.0.0\n",
            results("1.0.0", "3.9"): junit(PASSED),
            results("2.0.0", "3.9"): junit(FAILED),
            f"{REPORTS}/of.another.test.xml": "torn",
        }
    )
    yield
    repository.git("checkout", "-q", "-f", "main")
    repository.git("clean", "-qfdx", "lib", "dist")


def statuses(repository: Repository) -> Dict[str, str]:
    report = json.loads(repository.read("dist/matrix/report.json"))
    return {
        f"{cell['version']} {cell['python']}": cell["status"]
        for suite in report["suites"]
        for cell in suite["cells"]
    }


def test_the_two_commands_of_the_readme(repository: Repository) -> None:
    """They give the page, and a test that has failed since takes its pass away."""
    row = re.search(
        r"^\| see the results as a page \| `\./pants ([^`]+)`, then `\./pants ([^`]+)`",
        (HERE / "README.md").read_text(),
        re.MULTILINE,
    )
    assert row
    test, report = row[1].split(), row[2].split()
    repository.git("clean", "-qfdx", SUITE, "dist")
    build = repository.read(f"{SUITE}/BUILD")
    repository.write({f"{SUITE}/BUILD": build.replace(")\n", ", python='>=3.12')\n")})
    repository.succeed("generate-matrix", "::")
    repository.succeed(*test)
    output = repository.succeed(*report)
    assert "dist/matrix/index.html: 4 passed\n" in output and "older" not in output
    code = repository.read(f"{SUITE}/test_example.py")
    repository.write({f"{SUITE}/test_example.py": code.replace("'hello", "'good-bye")})
    status, _ = repository.pants(*test)
    assert status == 1
    assert "dist/matrix/index.html: 4 failed\n" in repository.succeed(*report)


def test_a_selection_of_the_tests_is_no_pass_of_the_cell(repository: Repository) -> None:
    repository.git("clean", "-qfdx", SUITE, "dist")
    code = f"{repository.read(f'{SUITE}/test_example.py')}\n\ndef test_two() -> None:\n    pass\n"
    repository.write({f"{SUITE}/test_example.py": code})
    repository.succeed("generate-matrix", "::")
    cells = f"{MATRIX}#2.0.0"
    repository.succeed("test", cells, "--", "-k", "two")
    assert "index.html: 8 not run\n" in repository.succeed("matrix-report", "::")
    told = "Only a selection of its tests ran: -k two"
    assert repository.read("dist/matrix/report.json").count(told) == 2
    assert told in repository.read("dist/matrix/index.html")
    repository.write({f"{SUITE}/test_example.py": code.replace("pass", "assert False")})
    status, _ = repository.pants("test", cells, "--", "-k", "two")
    assert status == 1
    assert "2 failed, 6 not run" in repository.succeed("matrix-report", "::")


def test_a_report_of_a_part_says_that_it_is_one(repository: Repository) -> None:
    repository.write(
        {
            "lib/tests/other/BUILD": 'python_matrix_tests(name="matrix", package="matrix-other")\n',
            "lib/tests/other/test_other.py": "",
        }
    )
    for selected, others in (("::", 0), (f"{SUITE}::", 1), (f"{MATRIX}#2.0.0", 1)):
        repository.succeed("matrix-report", selected)
        report = json.loads(repository.read("dist/matrix/report.json"))
        assert (report["other_suites"], len(report["suites"])) == (others, 2 - others)
    assert "1 of 2 suites" in repository.read("dist/matrix/index.html")


@pytest.mark.skipif(sys.platform != "linux", reason="no second disk that is always there")
def test_dist_may_be_on_another_disk(repository: Repository) -> None:
    dist = repository.root / "dist"
    with tempfile.TemporaryDirectory(dir="/dev/shm") as disk:
        assert os.stat(disk).st_dev != os.stat(repository.root).st_dev
        elsewhere = Path(shutil.move(str(dist), disk))
        dist.symlink_to(elsewhere)
        try:
            for _ in range(2):
                output = repository.succeed("matrix-report", "::")
                assert "dist/matrix/index.html: 1 passed, 1 failed, 1 not run\n" in output
            assert statuses(repository)["2.0.0 3.9"] == "failed"
            assert list((elsewhere / ".version-matrix/staging").iterdir()) == []
        finally:
            dist.unlink()


def test_without_results_it_says_how_to_get_them(repository: Repository) -> None:
    repository.git("clean", "-qfdx", "dist")
    status, output = repository.pants("--no-test-report", "matrix-report", "::")
    assert status == 1
    assert (
        f"matrix-report: there is no folder {REPORTS}. Run `./pants test --test-report ::`"
        in output
    )
    assert "Set `report = true` under `[test]` in pants.toml" in output
    status, output = repository.pants("matrix-report", "::")
    assert status == 1
    assert f"there is no folder {REPORTS}. Run `./pants test ::` first.\n" in output
    assert not (repository.root / "dist/matrix").exists()


def test_results_that_may_be_old_are_told(repository: Repository) -> None:
    told = f"{REPORTS} may be older than the last tests. Set `report = true`"
    report = ("--no-test-report", "matrix-report")
    assert told in repository.succeed(*report, "::")
    assert told not in repository.succeed(*report, f"--results=['{REPORTS}']", "::")
    assert told not in repository.succeed("matrix-report", "::")


def test_a_huge_file_is_not_read(repository: Repository) -> None:
    """It would fill the memory, and Pants' store."""
    os.truncate(repository.root / REPORTS / "of.another.test.xml", 1 << 36)
    assert "1 passed, 1 failed, 1 not run" in repository.succeed("matrix-report", "::")
    huge = results("1.0.0", "3.9")
    os.truncate(repository.root / huge, 1 << 36)
    status, output = repository.pants("matrix-report", "::")
    assert status == 1
    assert f"{huge} is larger than 67108864 bytes" in output and "Traceback" not in output


def test_a_report_of_what_ran_and_what_did_not(repository: Repository) -> None:
    # What one that was killed has left.
    repository.write({".pants.d/version-matrix/matrix-killed/new/index.html": "half"})
    output = repository.succeed("matrix-report", "::")
    assert not (repository.root / ".pants.d/version-matrix/matrix-killed").exists()
    assert "dist/matrix/index.html: 1 passed, 1 failed, 1 not run" in output
    assert statuses(repository) == {
        "1.0.0 3.9": "passed",
        "2.0.0 3.9": "failed",
        "2.0.0 3.12": "not-run",
    }
    head = repository.git("rev-parse", "HEAD").strip()
    assert json.loads(repository.read("dist/matrix/report.json"))["commit"] == head
    assert "assert &#39;hello&#39; == &#39;&lt;b&gt;&#39;" in repository.read(
        "dist/matrix/index.html"
    )
    assert "1.0.0 (3.9)" in repository.read("dist/matrix/support.md")
    assert "1 of 3 failing" in repository.read("dist/matrix/badges/matrix-example.svg")


def test_a_known_failure_is_told_from_a_failure(repository: Repository) -> None:
    build = repository.read(f"{SUITE}/BUILD")
    known = 'known_failures={"==2.*": "its issue 1234"})\n'
    repository.write({f"{SUITE}/BUILD": build.replace(")\n", f", {known}")})
    repository.succeed("matrix-report", "::")
    assert statuses(repository)["2.0.0 3.9"] == "known-failure"
    assert "its issue 1234" in repository.read("dist/matrix/index.html")
    assert json.loads(repository.read("dist/matrix/report.json"))["commit"].endswith("+")


def test_what_changed_since_an_earlier_report(repository: Repository, tmp_path: Path) -> None:
    repository.succeed("matrix-report", "::")
    earlier = tmp_path / "earlier.json"
    earlier.write_text(repository.read("dist/matrix/report.json"))
    repository.write({results("2.0.0", "3.9"): junit(PASSED)})
    repository.succeed("matrix-report", f"--since={earlier}", "::")
    assert "passed, was failed" in repository.read("dist/matrix/index.html")


def test_results_of_several_shards(repository: Repository) -> None:
    name = Path(results("2.0.0", "3.12")).name
    repository.write({f"dist/shard-2/{name}": junit(PASSED)})
    output = repository.succeed("matrix-report", f"--results=['{REPORTS}', 'dist/shard-2']", "::")
    assert "2 passed, 1 failed" in output


def test_a_suite_that_was_never_generated_is_on_the_page(repository: Repository) -> None:
    (repository.root / SUITE / "matrix/samples.json").unlink()
    output = repository.succeed("matrix-report", "::")
    assert "no cells" in output
    assert f"generate-matrix //{MATRIX}" in repository.read("dist/matrix/index.html")


def test_a_torn_result_leaves_the_old_report(repository: Repository) -> None:
    repository.succeed("matrix-report", "::")
    before = repository.read("dist/matrix/report.json")
    torn = results("1.0.0", "3.9")
    repository.write({torn: junit(PASSED)[:40]})
    status, output = repository.pants("matrix-report", "::")
    assert status == 1
    assert f"{torn} is torn" in output and "Traceback" not in output
    assert repository.read("dist/matrix/report.json") == before


@pytest.mark.parametrize("option", ["--since=gone.json", "--results=['gone']"])
def test_what_is_not_there_is_named(repository: Repository, option: str) -> None:
    status, output = repository.pants("matrix-report", option, "::")
    assert status == 1
    assert "gone" in output and "Traceback" not in output
