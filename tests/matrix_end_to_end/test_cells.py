"""Cells from their front door: they run, they are cached, and what is wrong is said."""

from __future__ import annotations

from typing import Iterator

import pytest

from matrix_end_to_end.repository import MATRIX, SUITE, Repository

CELLS = [f"{MATRIX}#{v}@python={p}" for v in ("1.0.0", "2.0.0") for p in ("3.9", "3.12")]


@pytest.fixture(scope="module")
def tested(repository: Repository) -> str:
    """What the first `test ::` printed, of a suite that asks for few samples."""
    build = repository.read(f"{SUITE}/BUILD").replace(")\n", ", samples=2)\n")
    repository.write({f"{SUITE}/BUILD": build})
    status, output = repository.pants("test", "::")
    assert status == 1
    assert f"Run `./pants generate-matrix //{MATRIX}`" in output
    repository.succeed("generate-matrix", "::")
    repository.commit("generate")
    return repository.succeed("test", "::")


@pytest.fixture(autouse=True)
def restored(repository: Repository, tested: str) -> Iterator[None]:
    yield
    repository.git("checkout", "-q", "-f", "main")


def test_every_cell_ran_and_passed(tested: str) -> None:
    for version in ("1.0.0", "1.2.0", "2.0.0"):
        for python in ("3.9", "3.12"):
            assert f"✓ {MATRIX}#{version}@python={python} succeeded" in tested


def test_a_second_run_comes_from_the_cache(repository: Repository) -> None:
    output = repository.succeed("--no-pantsd", "test", "::")
    assert output.count("succeeded in") == output.count("(cached locally)") == 8


def test_a_comment_in_a_lock_runs_nothing_again(repository: Repository) -> None:
    lock = f"{SUITE}/matrix/2.0.0.lock"
    repository.write({lock: f"# a comment\n{repository.read(lock)}"})
    output = repository.succeed("test", f"{MATRIX}#2.0.0")
    assert output.count("succeeded in") == output.count("cached") + output.count("memoized") == 2


def test_a_tampered_hash_is_refused(repository: Repository) -> None:
    lock = f"{SUITE}/matrix/2.0.0.lock"
    text = repository.read(lock)
    start = text.index("\nmatrix-example==2.0.0")
    at = text.index("sha256:", start) + len("sha256:")
    flipped = "0" if text[at] != "0" else "1"
    cell = f"{MATRIX}#2.0.0@python=3.12"
    repository.succeed("test", cell)
    (report,) = (repository.root / "dist/test/reports").glob("*2.0.0*3.12.xml")
    assert "not-started" not in report.read_text()
    repository.write({lock: text[:at] + flipped + text[at + 1 :]})
    status, output = repository.pants("test", cell)
    assert status == 1
    assert "hash" in output.lower() and "matrix-example" in output
    # The pass of the run before must not stand for this one.
    assert '<error type="not-started"' in report.read_text()


def test_options_of_native_tests_work(repository: Repository) -> None:
    output = repository.succeed("test", "--test-report", f"{MATRIX}#2.0.0", "--", "-k", "greet")
    assert "Wrote test reports" in output
    reports = sorted((repository.root / "dist/test/reports").glob("*2.0.0*.xml"))
    assert len(reports) == 2
    assert 'name="test_greet"' in reports[0].read_text()
    sharded = [repository.pants("test", f"--test-shard={k}/2", "::")[1] for k in range(2)]
    assert sum(output.count("succeeded in") for output in sharded) == 8
    assert all("succeeded in" in output for output in sharded)
    tagged = repository.succeed("--tag=tier:lowest", "list", "::").splitlines()
    assert tagged == [f"{MATRIX}#1.0.0@python=3.12", f"{MATRIX}#1.0.0@python=3.9"]


def test_a_cell_has_the_environment_and_the_time_that_its_suite_gives_it(
    repository: Repository,
) -> None:
    cell = f"{MATRIX}#2.0.0@python=3.12"
    build = repository.read(f"{SUITE}/BUILD")
    fields = ", extra_env_vars=['GREETING=hello'], timeout=2000)\n"
    test = "import os, threading\n\n\ndef test_it() -> None:\n    {}\n"
    repository.write(
        {
            f"{SUITE}/BUILD": build.replace(")\n", fields),
            f"{SUITE}/test_example.py": test.format("assert os.environ['GREETING'] == 'hello'"),
        }
    )
    repository.succeed("test", cell)
    (report,) = (repository.root / "dist/test/reports").glob("*2.0.0*3.12.xml")
    assert "no-result" not in report.read_text()
    repository.write(
        {
            f"{SUITE}/BUILD": build.replace(")\n", fields.replace("2000", "1")),
            f"{SUITE}/test_example.py": test.format("threading.Event().wait()"),
        }
    )
    status, output = repository.pants("test", cell)
    assert status != 0 and "timeout" in output.lower()
    assert '<error type="no-result"' in report.read_text()


def test_one_wrong_line_is_told_once_with_what_its_cells_have_in_common(
    repository: Repository,
) -> None:
    module = "lib/src/lib/example.py"
    wrong = repository.read(module).replace("matrix_example.NAME", "matrix_example.absent")
    repository.write({module: wrong})
    status, output = repository.pants("test", "::")
    assert status == 1
    error = "AttributeError: module 'matrix_example' has no attribute 'absent'"
    assert output.count(f"\nE       {error}") == output.count("test session starts") == 1
    at_end = output[output.index("test session starts") :]
    assert at_end.endswith(
        "1 group of equal failures in 8 cells:\n"
        "\n"
        f"{MATRIX}: 8 of 8 cells\n"
        "  hits    all of 8\n"
        "  spares  none\n"
        "  tests  error\n"
        f"      1  {error} ({module}:6)\n"
        f"  look at ./pants test //{MATRIX}#2.0.0@python=3.12\n"
    )
    assert f"{MATRIX}#2.0.0@python=3.12 failed, and 7 cells like it: {MATRIX}#1.0.0" in output
    repository.succeed("matrix-report", "::")
    told = repository.read("dist/matrix/failures.md")
    assert f"| 1 | `{error} ({module}:6)` | all of 8 | none | – |" in told

    # Who wants all gets all; of one cell nothing is held back.
    _, output = repository.pants("test", "--output=all", "::")
    assert output.count("test session starts") == 8
    _, output = repository.pants("test", f"{MATRIX}#2.0.0@python=3.9")
    assert output.index("test session starts") < output.index("failed in")
    assert "equal failures" not in output

    # It is none of the results that are kept: those of before still serve.
    repository.git("checkout", "-q", "-f", "main")
    output = repository.succeed("test", "::")
    assert output.count("succeeded in") == output.count("cached") + output.count("memoized") == 8


def test_a_debugger_session_runs_in_the_cell(repository: Repository) -> None:
    output = repository.succeed("test", "--debug", f"{MATRIX}#2.0.0@python=3.12")
    assert "1 passed" in output


def test_coverage_is_laid_over_the_cell(repository: Repository) -> None:
    output = repository.succeed("test", "--use-coverage", f"{MATRIX}#2.0.0@python=3.9")
    assert "lib/src/lib/example.py" in output
    assert "100%" in output


def test_a_known_failure_is_expected_strict_and_expires(repository: Repository) -> None:
    build = repository.read(f"{SUITE}/BUILD")

    def listed(entry: str) -> str:
        return build.replace(")\n", f", known_failures={{'==2.0.0': {entry}}})\n")

    cell = f"{MATRIX}#2.0.0@python=3.12"
    repository.write({f"{SUITE}/BUILD": listed("'broken upstream'")})
    status, output = repository.pants("test", cell)
    assert status == 1
    assert "listed as a known failure, but it passes" in output

    test = f"{SUITE}/test_example.py"
    repository.write({test: repository.read(test).replace("'hello example'", "'something else'")})
    output = repository.succeed("test", cell)
    assert "known failure: broken upstream" in output
    again = repository.succeed("test", cell)
    assert "memoized" in again and "known failure: broken upstream" in again
    assert f"1 cell failed, as known (broken upstream): {cell}." in again.splitlines()[-1]

    expired = "{'reason': 'broken upstream', 'until': '2024-01-31'}"
    repository.write({f"{SUITE}/BUILD": listed(expired)})
    status, output = repository.pants("test", cell)
    assert status == 1
    assert "until 2024-01-31" in output and "The date is past" in output
    assert "as known" not in output

    # What tests nothing is green in the list, and told apart in the last line.
    skipping = "import pytest\n\npytestmark = pytest.mark.skip(reason='no such thing')\n"
    repository.write({f"{SUITE}/BUILD": build, test: f"{skipping}{repository.read(test)}"})
    last = repository.succeed("test", cell).splitlines()[-1]
    assert f"1 cell skipped every test, and so tested nothing (no such thing): {cell}. " in last


@pytest.mark.parametrize(
    ("mode", "ci", "expected"),
    [("auto", "", 0), ("auto", "true", 1), ("error", "", 1), ("skip", "true", 0)],
)
def test_a_missing_interpreter_is_named_once_in_the_last_line(
    repository: Repository, mode: str, ci: str, expected: int
) -> None:
    status, output = Repository(repository.root, {**repository.env, "CI": ci}).pants(
        "--python-bootstrap-search-path=[]",
        f"--python-bootstrap-search-path=['{_python39()}']",
        f"--version-matrix-missing-interpreters={mode}",
        "test",
        f"{MATRIX}#2.0.0",
    )
    assert status == expected, output
    cell = f"{MATRIX}#2.0.0@python=3.12"
    told = f"1 cell not run for want of Python 3.12 (3.12.1 or later): {cell}. "
    assert output.count(told) == 1
    assert told in output.strip().splitlines()[-1]
    assert "`uv python install 3.12`" in output
    assert f"✓ {MATRIX}#2.0.0@python=3.9 succeeded" in output


def test_export_cell_makes_a_virtualenv_that_runs_the_tests(repository: Repository) -> None:
    output = repository.succeed("export-cell", f"{MATRIX}#2.0.0@python=3.12")
    line = next(line for line in output.splitlines() if "dist/export/cells" in line)
    venv = repository.root / line.partition(": ")[2]
    import subprocess

    done = subprocess.run(
        (venv / "bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", SUITE),
        cwd=repository.root,
        stdout=subprocess.PIPE,
        env={"PATH": ""},
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_matrix_shows_samples_and_verdicts(repository: Repository) -> None:
    shown = repository.succeed("matrix", "::")
    assert "matrix-example>=1" in shown and "latest" in shown and "3.9 3.12" in shown
    explained = repository.succeed("matrix", "--explain", "::")
    assert all(version in explained for version in ("1.0.0", "1.1.0", "1.2.0", "2.0.0"))


def _python39() -> str:
    import os
    import sys

    return os.path.dirname(os.path.realpath(sys.executable))
