"""The workflow of CI, its shell steps run in order on a repository of one suite; and the coverage gate."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any, Dict, Iterator, List, Mapping

import pytest
import yaml  # pants: no-infer-dep

from matrix_end_to_end.repository import CLIENT, HERE, MATRIX, SUITE, Repository

NOTHING = '{"include":[]}'
# Goals of linters and scripts that this repository does not have are noted; all others are run.
PANTS = f"""\
#!/bin/sh
unset PANTS_CONFIG_FILES
case "$1" in lint | run) echo "pants $*" >>dist/calls && exit ;; esac
exec {CLIENT} "$@"
"""
STAND_IN = '#!/bin/sh\necho "$0" >>dist/calls\n'
SCRIPTS = (
    "tools/bootstrap/system-packages",
    "tools/bootstrap/pythons",
    ".ci/actionlint",
    ".ci/commands",
)

SECOND = {
    "lib/src/lib/second.py": "def twice(number: int) -> int:\n    return 2 * number\n",
    "lib/tests/second/BUILD": (
        'python_matrix_tests(name="matrix", package="matrix-example>=2", python="==3.12.*")\n'
    ),
    "lib/tests/second/test_second.py": (
        "from lib.second import twice\n\n\ndef test_twice() -> None:\n    assert twice(2) == 4\n"
    ),
}
GATE = ("--test-use-coverage", "coverage-gate")
RECORD = "dist/coverage-gate/reached.json"


@pytest.fixture(scope="module")
def shop(repository: Repository, generated: Dict[str, str]) -> Iterator[Repository]:
    """The repository with what the steps call."""
    repository.write({"pants": PANTS, **{name: STAND_IN for name in SCRIPTS}})
    shutil.copy(HERE / ".ci/run", repository.root / ".ci/run")
    for name in ("pants", *SCRIPTS):
        (repository.root / name).chmod(0o755)
    (repository.root / "dist").mkdir(exist_ok=True)
    repository.commit("what CI calls")
    yield repository


@pytest.fixture(autouse=True)
def restored(shop: Repository) -> Iterator[None]:
    yield
    shop.git("checkout", "-q", "-f", "main")


class Workflow:
    """A workflow, whose shell steps are run here."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.jobs: Dict[str, Any] = yaml.safe_load((HERE / ".github/workflows/ci.yml").read_text())[
            "jobs"
        ]

    def run(self, job: str, said: Mapping[str, str]) -> Dict[str, str]:
        """Runs a job given the values of expressions; returns its outputs."""
        output = self.repository.root / "dist/output"
        output.write_text("")
        for step in self.jobs[job]["steps"]:
            if "run" not in step:
                continue
            assert "${{" not in step["run"], "what is not ours reaches a shell by its environment"
            done = subprocess.run(
                ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]),
                cwd=self.repository.root,
                env={
                    **self.repository.env,
                    "GITHUB_OUTPUT": str(output),
                    **{n: valued(text, said) for n, text in step.get("env", {}).items()},
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            if done.returncode != 0:
                raise StepFailed(f"{step['run']}\n{done.stdout}")
        return dict(line.split("=", 1) for line in output.read_text().splitlines())


class StepFailed(Exception):
    """A step failed; the text is the step and what it printed."""


def valued(text: str, said: Mapping[str, str]) -> str:
    """A text with the values of its expressions."""
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: said[found[1]], text)


BASE = "github.base_ref && format('origin/{0}', github.base_ref)"
RESULTS = "join(needs.*.result, ' ')"


def test_a_push_to_main_is_planned_tested_checked_and_reported(shop: Repository) -> None:
    workflow = Workflow(shop)
    planned = workflow.run("plan", {BASE: ""})["jobs"]
    jobs: List[Dict[str, Any]] = json.loads(planned)["include"]
    cells = shop.succeed("--filter-target-type=python_matrix_cell", "list", "::").split()
    by_platform: Dict[str, List[str]] = {}
    for job in jobs:
        by_platform.setdefault(job["platform"], []).extend(job["targets"].split())
    assert {platform: sorted(found) for platform, found in by_platform.items()} == {
        "linux-x86_64-glibc2.28": sorted(cells),
        "macos-arm64-14.0": sorted(cells),
    }
    assert len(cells) == 8 and workflow.jobs["test"]["if"].endswith(f"!= '{NOTHING}'")
    for job in jobs:
        if job["platform"].startswith("linux"):
            workflow.run("test", {"matrix.targets": job["targets"]})
    workflow.run("checks", {})
    workflow.run("report", {})
    report = json.loads(shop.read("dist/matrix/report.json"))
    assert [cell["status"] for cell in report["suites"][0]["cells"]] == ["passed"] * 8
    assert set(shop.read("dist/calls").splitlines()) == {
        "tools/bootstrap/system-packages",
        "tools/bootstrap/pythons",
        "pants lint :: check ::",
        "pants run tools/cmd/support_table.py -- --check",
        "pants run tools/cmd/images.py -- check",
        ".ci/actionlint",
        ".ci/commands",
    }
    workflow.run("gate", {RESULTS: "success success success success"})
    # The next time it is known how long each takes.
    assert "of 8 of which is known how long" in shop.succeed("matrix-shards", "::")


@pytest.mark.parametrize(
    ("path", "text", "cells"),
    [
        ("lib/src/lib/unrelated.py", "# edited\n", 0),
        (f"{SUITE}/matrix/1.0.0.lock", "# edited\n", 2),
        ("lib/src/lib/core.py", "# edited\n", 8),
        ("pants.toml", "# edited\n", 8),
    ],
)
def test_a_request_runs_what_it_reaches(shop: Repository, path: str, text: str, cells: int) -> None:
    shop.git("update-ref", "refs/remotes/origin/main", "HEAD")
    shop.git("checkout", "-q", "-B", "request")
    shop.write({path: shop.read(path) + text})
    shop.commit("request")
    planned = Workflow(shop).run("plan", {BASE: "origin/main"})["jobs"]
    linux = [job for job in json.loads(planned)["include"] if "linux" in job["platform"]]
    assert sum(len(job["targets"].split()) for job in linux) == cells
    assert (planned == NOTHING) == (cells == 0)


@pytest.mark.parametrize(
    ("results", "passes"),
    [
        ("success success success success", True),
        # A request is not reported; and where nothing is reached nothing is tested.
        ("success success success skipped", True),
        ("success skipped success skipped", True),
        ("failure skipped success skipped", False),
        ("success failure success skipped", False),
        ("success success failure success", False),
        ("success cancelled success success", False),
    ],
)
def test_one_job_says_whether_all_is_well(shop: Repository, results: str, passes: bool) -> None:
    try:
        Workflow(shop).run("gate", {RESULTS: results})
        passed = True
    except StepFailed:
        passed = False
    assert passed == passes


def test_all_lines_are_asked_of_a_run_of_some_tests(shop: Repository) -> None:
    shop.write(SECOND)
    shop.succeed("generate-matrix", "lib/tests/second:matrix")
    shop.commit("a second suite")
    status, printed = shop.pants("coverage-gate", "::")
    assert (status, "nothing is measured" in printed) == (1, True), printed

    # A part of the tests, and nothing known of the others.
    status, printed = shop.pants(*GATE, "lib/tests/second::")
    assert (status, "Of 8 tests nothing is known" in printed) == (1, True), printed
    assert "100 % of all lines reached" in shop.succeed(*GATE, "::")

    # The same part again: the others' lines are known, and count.
    shop.git("checkout", "-q", "-B", "request")
    shop.write(
        {"lib/src/lib/second.py": "def twice(number: int) -> int:\n    return number + number\n"}
    )
    printed = shop.succeed(*GATE, "lib/tests/second::")
    assert "100 % of all lines reached" in printed
    printed = shop.succeed("--changed-since=main", *GATE)
    assert "100 % of the changed lines reached (1 of 1 lines)." in printed

    # A line that no test reaches, in code that one does, and in code that none does.
    shop.write(
        {
            "lib/src/lib/second.py": (
                f"{SECOND['lib/src/lib/second.py']}\n\ndef thrice(number: int) -> int:\n"
                "    return 3 * number\n"
            ),
            "lib/src/lib/unrelated.py": "UNUSED = 1\n",
        }
    )
    status, printed = shop.pants("--changed-since=main", *GATE)
    assert status == 1
    assert [line for line in printed.splitlines() if "reached" in line] == [
        "lib/src/lib/second.py: 6 not reached by any test",
        "lib/src/lib/unrelated.py: 1 not reached by any test",
        "33.3 % of the changed lines reached (1 of 3 lines); expected 100 %.",
    ]
    assert shop.pants("--changed-since=main", *GATE, "--min=33")[0] == 0

    # What lies there in place of the record is no obstacle, and counts for nothing.
    shop.write({RECORD: "torn"})
    shop.git("checkout", "-q", "-f", "main")
    status, printed = shop.pants(*GATE, "lib/tests/second::")
    assert status == 1
    assert "is not what this goal writes" in printed and "Of 8 tests nothing is known" in printed

    # A test that fails reaches nothing.
    shop.write({"lib/src/lib/second.py": "def twice(number: int) -> int:\n    return number\n"})
    status, printed = shop.pants(*GATE, "lib/tests/second::")
    assert status == 1
    assert "fails, and what it reached does not count" in printed
    assert MATRIX in printed
