from __future__ import annotations

import datetime
from typing import Any

import pytest
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.core.goals.test import ShowOutput, TestDebugRequest, TestResult, TestSubsystem
from pants.core.util_rules.partitions import Partitions
from pants.engine.addresses import Address
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.fs import (
    EMPTY_DIGEST,
    EMPTY_FILE_DIGEST,
    EMPTY_SNAPSHOT,
    CreateDigest,
    Digest,
    DigestContents,
    DigestSubset,
    FileContent,
    PathGlobs,
    RemovePrefix,
    Snapshot,
)
from pants.engine.internals.native_engine import ProcessExecutionEnvironment
from pants.engine.internals.session import RunId
from pants.engine.platform import Platform
from pants.engine.process import FallibleProcessResult, Process, ProcessResultMetadata
from pants.option.global_options import GlobalOptions
from pants.testutil.option_util import create_goal_subsystem, create_subsystem
from pants.testutil.rule_runner import MockGet, run_rule_with_mocks

from version_matrix.causes.requests import CellEnd, NotedEnd
from version_matrix.cells.requests import (
    CellEnvironmentRequest,
    CellProcess,
    CellProcessRequest,
    CellQueue,
    InterpreterRequest,
    MaybeInterpreter,
    Turn,
    TurnRequest,
)
from version_matrix.cells.runner import (
    CellError,
    CellFieldSet,
    CellPartition,
    CellTestRequest,
    debug_cell,
    expected_failure,
    partition_cells,
    run_cell,
)
from version_matrix.not_run.requests import Lack, Remark, Told
from version_matrix.programs.requests import Program, Programs, ProgramsRequest
from version_matrix.progress.requests import Counted, Step
from version_matrix.sandbox.make_environment import SYSTEM_PATH
from version_matrix.stanza.policy import MissingInterpreters, Trials, VersionMatrix
from version_matrix.stanza.samples_file import digest
from version_matrix.stanza.targets import MatrixCellTarget

PYTHON = PythonExecutable("/usr/bin/python", fingerprint="0")
HERE = ProcessExecutionEnvironment(
    environment_name=None,
    platform=Platform.create_for_localhost().value,
    docker_image=None,
    remote_execution=False,
    remote_execution_extra_platform_properties=[],
)
TODAY = datetime.date(2027, 1, 31)
LOCK = b"# a header\nhttpx==0.28.1\n"


def cell(version: str = "0.28.1", python: str = "3.12", **fields: Any) -> CellFieldSet:
    address = Address("lib", target_name="matrix", generated_name=version)
    values = {"version": version, "tier": "latest", "python": python, **fields}
    target = MatrixCellTarget(values, address.parametrize({"python": python} if python else {}))
    return CellFieldSet.create(target)


# ------------------------------------------------------------------------------------------
# Which cells run, and on what
# ------------------------------------------------------------------------------------------


def partitions(
    cells: list[CellFieldSet],
    *,
    there: tuple[str, ...] = ("3.12",),
    programs: tuple[str, ...] = (),
    missing: MissingInterpreters = MissingInterpreters.AUTO,
    skip: bool = False,
    ci: str | None = None,
) -> list[tuple[str, CellPartition]]:
    """Address and partition of every cell that is to run, given what is `there`."""

    def find(request: InterpreterRequest) -> MaybeInterpreter:
        return MaybeInterpreter(PYTHON if request.minor in there else None)

    def locate(request: ProgramsRequest) -> Programs:
        return Programs(
            tuple(
                Program(name, f"/bin/{name}" if name in programs else None)
                for name in request.names
            ),
            mend="Mend it." if request.names else "",
        )

    result: Partitions[CellFieldSet, CellPartition] = run_rule_with_mocks(
        partition_cells,
        rule_args=[
            CellTestRequest.PartitionRequest(tuple(cells)),
            create_subsystem(
                VersionMatrix,
                missing_interpreters=missing,
                install_pythons_command=None,
                skip=skip,
                target_pythons=["3.8.18", "3.12.1"],
            ),
            create_subsystem(
                GlobalOptions,
                process_execution_local_parallelism=1,
                process_execution_remote_parallelism=128,
                remote_execution=False,
            ),
        ],
        mock_gets=[
            MockGet(output_type=MaybeInterpreter, input_types=(InterpreterRequest,), mock=find),
            MockGet(output_type=Programs, input_types=(ProgramsRequest,), mock=locate),
            MockGet(
                output_type=EnvironmentVars,
                input_types=(EnvironmentVarsRequest,),
                mock=lambda _: EnvironmentVars({} if ci is None else {"CI": ci}),
            ),
        ],
    )
    return [
        (element.address.spec, partition.metadata)
        for partition in result
        for element in partition.elements
    ]


CELLS = [cell("0.16.1", "3.8"), cell("0.16.1", "3.12"), cell("0.28.1", "3.12")]


def test_each_cell_runs_by_itself_on_its_python() -> None:
    assert partitions(CELLS, there=("3.8", "3.12")) == [
        ("lib:matrix#0.16.1@python=3.12", CellPartition(PYTHON)),
        ("lib:matrix#0.28.1@python=3.12", CellPartition(PYTHON)),
        ("lib:matrix#0.16.1@python=3.8", CellPartition(PYTHON)),
    ]


def test_nothing_runs_if_the_matrix_is_skipped() -> None:
    assert partitions(CELLS, skip=True) == []


@pytest.mark.parametrize(
    "missing, ci, is_error",
    [
        (MissingInterpreters.AUTO, None, False),
        (MissingInterpreters.AUTO, "false", False),
        (MissingInterpreters.AUTO, "true", True),
        (MissingInterpreters.AUTO, "1", True),
        (MissingInterpreters.ERROR, None, True),
        (MissingInterpreters.SKIP, "true", False),
    ],
)
def test_a_cell_without_its_python_lacks_it(
    missing: MissingInterpreters, ci: str | None, is_error: bool
) -> None:
    found = dict(partitions(CELLS, missing=missing, ci=ci))
    # It has a result too, lest one of an earlier run stands for it.
    (lack,) = found.pop("lib:matrix#0.16.1@python=3.8").lacks
    assert (lack.what, lack.is_error) == ("Python 3.8 (3.8.18 or later)", is_error)
    assert all(partition == CellPartition(PYTHON) for partition in found.values())


@pytest.mark.parametrize("ci, is_error", [(None, False), ("true", True)])
def test_a_cell_without_a_program_lacks_it(ci: str | None, is_error: bool) -> None:
    wants = cell(programs=["redis-server|valkey-server", "initdb"])
    ((_, partition),) = partitions([wants], programs=("initdb",), ci=ci)
    assert partition.lacks == (Lack("redis-server or valkey-server", "Mend it.", is_error),)


def test_a_suite_that_cannot_be_read_needs_no_python() -> None:
    unreadable = cell("unreadable", "", problem="cannot be read")
    assert partitions([unreadable], there=()) == [
        ("lib:matrix#unreadable", CellPartition(None, alone=True))
    ]


# ------------------------------------------------------------------------------------------
# What becomes of a cell
# ------------------------------------------------------------------------------------------


NO_PROGRAMS = Programs()


def run(
    tested: CellFieldSet,
    *,
    exit_code: int = 0,
    output: ShowOutput = ShowOutput.FAILED,
    lacks: tuple[Lack, ...] = (),
    programs: Programs = NO_PROGRAMS,
    leaves_result: bool = True,
    stand_ins: dict[str, str] | None = None,
    trials: Trials = Trials.REPORT,
    cases: str = "<testcase/>",
    turn: TurnRequest | None = None,
    steps: list[str] | None = None,
    ends: list[CellEnd] | None = None,
) -> TestResult:
    """What `test` is told of the cell, if its pytest process ended with the exit code.

    What is written in place of pytest's result is put into `stand_ins`, how it ended into `ends`.
    """
    written = {} if stand_ins is None else stand_ins
    counted = [] if steps is None else steps
    process = Process(("pytest",), description="Run pytest", env={"PATH": "/venv/bin"})

    def attempt(ran: Process) -> FallibleProcessResult:
        written["PATH"] = ran.env["PATH"]
        return FallibleProcessResult(
            stdout=b"from pytest",
            stdout_digest=EMPTY_FILE_DIGEST,
            stderr=b"",
            stderr_digest=EMPTY_FILE_DIGEST,
            exit_code=exit_code,
            output_digest=EMPTY_DIGEST,
            metadata=ProcessResultMetadata(None, HERE, "ran", 0),
        )

    def note(remark: Remark) -> Told:
        written["noted"] = f"{remark.kind} {remark.address} {remark.how}. {remark.mend}".strip()
        return Told(remark)

    def tally(step: Step) -> Counted:
        counted.append(f"{step.kind} {step.done}/{step.ahead}")
        return Counted(step)

    def note_end(end: CellEnd) -> NotedEnd:
        if ends is not None:
            ends.append(end)
        return NotedEnd(end)

    def make(request: CreateDigest) -> Digest:
        for file in request:
            assert isinstance(file, FileContent)
            written[file.path] = file.content.decode()
        return EMPTY_DIGEST

    def find(request: DigestSubset) -> Snapshot:
        there = leaves_result or any(name.endswith(".xml") for name in written)
        files = [glob for glob in request.globs.globs if glob.endswith(".xml") and there]
        return Snapshot.create_for_testing(files, [])

    result: TestResult = run_rule_with_mocks(
        run_cell,
        rule_args=[
            CellTestRequest.Batch(
                "",
                (tested,),
                CellPartition(None if lacks else PYTHON, programs, lacks, turn, alone=ends is None),
            ),
            create_goal_subsystem(TestSubsystem, output=output, use_coverage=False),
            create_subsystem(VersionMatrix, trials=trials),
            RunId(0),
        ],
        mock_gets=[
            MockGet(
                output_type=CellProcess,
                input_types=(CellProcessRequest,),
                mock=lambda _: CellProcess(process, "results.xml"),
            ),
            MockGet(output_type=Turn, input_types=(TurnRequest,), mock=lambda _: Turn()),
            MockGet(output_type=FallibleProcessResult, input_types=(Process,), mock=attempt),
            MockGet(output_type=Told, input_types=(Remark,), mock=note),
            MockGet(output_type=Counted, input_types=(Step,), mock=tally),
            MockGet(output_type=NotedEnd, input_types=(CellEnd,), mock=note_end),
            MockGet(output_type=Snapshot, input_types=(DigestSubset,), mock=find),
            MockGet(output_type=Digest, input_types=(CreateDigest,), mock=make),
            MockGet(
                output_type=DigestContents,
                input_types=(PathGlobs,),
                mock=lambda globs: DigestContents([FileContent(globs.globs[0], LOCK)]),
            ),
            MockGet(
                output_type=DigestContents,
                input_types=(Digest,),
                mock=lambda _: DigestContents(
                    [FileContent("results.xml", f"<testsuites>{cases}</testsuites>".encode())]
                ),
            ),
            MockGet(
                output_type=Snapshot, input_types=(RemovePrefix,), mock=lambda _: EMPTY_SNAPSHOT
            ),
        ],
    )
    return result


@pytest.mark.parametrize("exit_code", [0, 1, 5])
def test_a_cell_ends_as_its_pytest_does(exit_code: int) -> None:
    result = run(cell(), exit_code=exit_code)
    assert (result.exit_code, result.stdout) == (exit_code, "from pytest")
    assert result.addresses == (cell().address,)


@pytest.mark.parametrize(
    "fields, exit_code, element",
    [
        (
            {"lacks": (Lack("Python 3.12", "Mend it.", is_error=True),)},
            1,
            '<error type="not-started" message="Python 3.12 is not on this machine. Mend it." />',
        ),
        (
            {"lacks": (Lack("Python 3.12", "Mend it.", is_error=False),)},
            None,
            '<skipped type="not-started" message="Python 3.12 is not on this machine. Mend it." />',
        ),
        (
            {"exit_code": -15, "leaves_result": False},
            -15,
            '<error type="no-result" message="pytest left no result; it ended with exit status '
            '-15.">pytest left no result; it ended with exit status -15.\n\nfrom pytest</error>',
        ),
    ],
)
def test_a_cell_without_a_result_replaces_that_of_an_earlier_run(
    fields: dict[str, Any], exit_code: int | None, element: str
) -> None:
    written: dict[str, str] = {}
    result = run(cell(lock="lib/matrix/0.28.1.lock"), stand_ins=written, **fields)
    assert result.exit_code == exit_code
    assert result.xml_results is not None
    (name,) = result.xml_results.files
    assert element in written[name]
    # Of these pins, whatever the lock's header says.
    pins = digest("httpx==0.28.1\n")
    assert f'name="{pins}"' in written[name]


def test_a_cell_that_ran_keeps_pytest_s_own_result() -> None:
    written: dict[str, str] = {}
    result = run(cell(), stand_ins=written)
    assert result.xml_results is not None
    assert result.xml_results.files == ("results.xml",)
    assert list(written) == ["PATH"]


def test_a_cell_has_its_programs_on_its_path() -> None:
    written: dict[str, str] = {}
    run(cell(), programs=Programs((Program("initdb", "/opt/pg/initdb"),)), stand_ins=written)
    assert written["PATH"] == "/opt/pg:/venv/bin"


@pytest.mark.parametrize(
    "lacks, turn, expected",
    [
        (
            (),
            TurnRequest(CellQueue((CellEnvironmentRequest(Address("lib"), PYTHON),), 1), 0),
            ["environment 0/1", "cell 0/1", "environment 1/0", "cell 1/0"],
        ),
        ((Lack("Python 3.12", "Mend it.", is_error=False),), None, ["cell 0/1", "cell 1/0"]),
    ],
)
def test_a_cell_counts_what_it_has_before_it_and_what_is_done(
    lacks: tuple[Lack, ...], turn: TurnRequest | None, expected: list[str]
) -> None:
    steps: list[str] = []
    run(cell(), lacks=lacks, turn=turn, steps=steps)
    assert steps == expected


def test_a_cell_with_a_problem_fails_and_says_it() -> None:
    result = run(cell(problem="lib/matrix/0.28.1.lock is missing. Run `pants generate-matrix`."))
    assert result.exit_code == 1
    assert result.stderr == "lib/matrix/0.28.1.lock is missing. Run `pants generate-matrix`."


def test_an_unresolvable_cell_fails_and_says_why() -> None:
    result = run(cell(unresolvable="h11 has no wheel for it"))
    assert (result.exit_code, result.stderr) == (1, "unresolvable: h11 has no wheel for it")


def test_an_unresolvable_cell_that_is_a_known_failure_is_shown_as_one() -> None:
    result = run(cell(unresolvable="h11 has no wheel for it", known_failure="h11, issue 7"))
    assert (result.exit_code, result.stdout) == (0, "known failure: h11, issue 7")
    assert "h11 has no wheel for it" in result.stderr


def test_a_trial_that_fails_is_shown_and_fails_nothing() -> None:
    result = run(cell(trial=True), exit_code=1)
    assert (result.exit_code, result.output_setting) == (0, ShowOutput.ALL)
    assert "trial: 0.28.1 does not claim Python 3.12, and fails there" in result.stderr
    assert run(cell(trial=True), exit_code=1, trials=Trials.BLOCK).exit_code == 1
    assert run(cell(trial=True)).stderr == ""


def test_what_a_cell_lacks_is_noted_for_the_last_lines() -> None:
    written: dict[str, str] = {}
    lack = Lack("Python 3.12", "Mend it.", is_error=True)
    result = run(cell(), lacks=(lack,), stand_ins=written)
    assert result.stderr == "Python 3.12 is not on this machine. Mend it."
    assert written["noted"] == f"{CELL} not run for want of Python 3.12. Mend it."


CELL = "cell lib:matrix#0.28.1@python=3.12"
SKIPPED = "<testcase><skipped message='no redis-server'/></testcase>"


@pytest.mark.parametrize(
    "fields, exit_code, cases, noted",
    [
        ({}, 0, "<testcase/>", ""),
        ({}, 1, "<testcase/>", ""),
        ({"known_failure": "a bug"}, 0, "<testcase/>", "failed, as known (a bug)"),
        ({"known_failure": "a bug"}, 1, "<testcase/>", ""),
        ({"known_failure": "a bug", "known_failure_until": "2000-01-01"}, 0, "<testcase/>", ""),
        ({"known_failure": "a bug", "unresolvable": "no wheel"}, 0, "", "failed, as known (a bug)"),
        ({"trial": True}, 0, "<testcase/>", ""),
        ({"trial": True}, 1, "<testcase/>", "failed on trial"),
        ({}, 0, SKIPPED, "skipped every test, and so tested nothing (no redis-server)"),
    ],
)
def test_what_the_list_of_results_does_not_show_is_noted_for_the_last_lines(
    fields: dict[str, Any], exit_code: int, cases: str, noted: str
) -> None:
    written: dict[str, str] = {}
    run(cell(**fields), exit_code=exit_code, stand_ins=written, cases=cases)
    assert written.get("noted", "").startswith(f"{CELL} {noted}" if noted else "")
    assert bool(noted) is ("noted" in written)


def test_a_known_failure_is_shown_as_what_it_is() -> None:
    result = run(cell(known_failure="why"))
    assert (result.exit_code, result.stdout) == (0, "known failure: why")
    # By default what succeeds is not shown; this is.
    assert result.output_setting is ShowOutput.ALL


def test_a_known_failure_that_passes_fails() -> None:
    """The process has failed then; what it says is not covered up."""
    result = run(cell(known_failure="why"), exit_code=1)
    assert (result.exit_code, result.stdout) == (1, "from pytest")


def test_who_wants_no_output_gets_none_and_who_wants_all_gets_all() -> None:
    assert run(cell(known_failure="why"), output=ShowOutput.NONE).output_setting is ShowOutput.NONE
    result = run(cell(known_failure="why"), output=ShowOutput.ALL)
    assert (result.stdout, result.stderr) == ("from pytest", "known failure: why\n")


@pytest.mark.parametrize(
    "today, exit_code",
    [
        (TODAY - datetime.timedelta(days=1), 0),
        (TODAY, 0),
        (TODAY + datetime.timedelta(days=1), 1),
    ],
)
@pytest.mark.parametrize("output", [ShowOutput.ALL, ShowOutput.FAILED])
def test_a_known_failure_is_tolerated_until_the_end_of_its_day(
    today: datetime.date, exit_code: int, output: ShowOutput
) -> None:
    listed = cell(known_failure="why", known_failure_until=TODAY.isoformat())
    result = expected_failure(listed, run(cell(), output=output), today)
    assert result.exit_code == exit_code
    told = result.stdout + result.stderr
    assert "known failure: why (until 2027-01-31)" in told
    past = "The date is past: mend it, or set a later `until` in lib/BUILD."
    assert (past in told) is bool(exit_code)


def test_the_day_of_the_run_decides() -> None:
    listed = {"known_failure": "why", "known_failure_until": "2000-01-01"}
    assert run(cell(**listed)).exit_code == 1
    assert run(cell(**{**listed, "known_failure_until": "9999-12-31"})).exit_code == 0


# ------------------------------------------------------------------------------------------
# What of a failure is shown at once, where other cells may fail alike
# ------------------------------------------------------------------------------------------

RED = """<testsuite><testcase classname="test_it" name="test_a"><failure>
lib/core.py:3: in f
E   KeyError: 'a'
</failure></testcase></testsuite>"""
FAILED = (("test_it::test_a", "lib/core.py:3: in f\nE   KeyError: 'a'"),)


def test_what_a_failed_cell_of_several_prints_is_held_back() -> None:
    ends: list[CellEnd] = []
    result = run(cell(package="httpx"), exit_code=1, cases=RED, ends=ends)
    assert result.exit_code == 1
    assert result.stdout.startswith("1 test: KeyError: 'a' (lib/core.py:3). ")
    assert "from pytest" not in result.message()
    assert ends == [CellEnd("lib:matrix", "httpx", "0.28.1", "3.12", FAILED, "from pytest")]


def test_the_cells_of_variants_and_combinations_are_told_apart() -> None:
    ends: list[CellEnd] = []
    address = Address("lib", target_name="matrix", generated_name="1.0")
    named = {"python": "3.12", "redis": "5.0", "timeout": "long"}
    values = {"version": "1.0", "tier": "latest", "python": "3.12", "axes": ["redis==5.0"]}
    target = MatrixCellTarget(values, address.parametrize(named))
    run(CellFieldSet.create(target), exit_code=1, cases=RED, ends=ends)
    assert [(end.suite, end.version) for end in ends] == [
        ("lib:matrix@timeout=long", "1.0@redis=5.0")
    ]


def test_a_cell_alone_is_shown_at_once() -> None:
    assert run(cell(), exit_code=1, cases=RED).stdout == "from pytest"


@pytest.mark.parametrize("output", [ShowOutput.ALL, ShowOutput.NONE])
def test_who_says_what_is_shown_is_shown_that(output: ShowOutput) -> None:
    ends: list[CellEnd] = []
    assert run(cell(), exit_code=1, cases=RED, output=output, ends=ends).stdout == "from pytest"
    assert [(end.failures, end.held) for end in ends] == [(FAILED, "")]


def test_a_failure_without_a_failed_test_is_shown_at_once() -> None:
    """As of a known failure that passes: there is nothing to compare."""
    ends: list[CellEnd] = []
    assert run(cell(known_failure="why"), exit_code=1, ends=ends).stdout == "from pytest"
    assert [(end.failures, end.held, end.expected) for end in ends] == [((), "", False)]


def test_a_known_failure_is_compared_and_shown_as_what_it_is() -> None:
    ends: list[CellEnd] = []
    result = run(cell(known_failure="why"), cases=RED, ends=ends)
    assert (result.exit_code, result.stdout) == (0, "known failure: why")
    assert [(end.failures, end.expected) for end in ends] == [(FAILED, True)]


def test_a_red_trial_is_held_back_and_still_marked() -> None:
    ends: list[CellEnd] = []
    result = run(cell(trial=True), exit_code=1, cases=RED, ends=ends)
    assert (result.exit_code, result.output_setting) == (0, ShowOutput.ALL)
    assert "KeyError" in result.stdout and "from pytest" not in result.stdout
    assert "trial: 0.28.1 does not claim Python 3.12" in result.stderr
    assert [(end.held, end.trial) for end in ends] == [("from pytest", True)]


def test_a_red_trial_of_a_combination_names_all_of_its_releases() -> None:
    axes: dict[str, Any] = {"package": "rq", "version": "1.8", "axes": ["redis==5.0"]}
    told = run(cell(trial=True, **axes), exit_code=1, cases=RED).stderr
    assert "trial: not all of rq 1.8 with redis 5.0 claim Python 3.12, and it fails there" in told


def test_a_cell_that_died_is_held_back_with_all_that_it_printed() -> None:
    ends: list[CellEnd] = []
    result = run(cell(), exit_code=-11, leaves_result=False, ends=ends)
    why = "pytest left no result; it ended with exit status -11."
    assert result.stdout.startswith(f"{why} Printed at the end")
    told = (("", f"{why}\n\nfrom pytest"),)
    assert [(end.failures, end.held) for end in ends] == [(told, "from pytest")]


def test_a_cell_that_passes_is_noted_so_that_it_is_known_to_be_spared() -> None:
    ends: list[CellEnd] = []
    run(cell(), ends=ends)
    assert [end.failures for end in ends] == [()]


# ------------------------------------------------------------------------------------------
# Debugging
# ------------------------------------------------------------------------------------------


def debug(tested: CellFieldSet, partition: CellPartition) -> TestDebugRequest:
    process = Process(("pytest",), description="Run pytest")
    result: TestDebugRequest = run_rule_with_mocks(
        debug_cell,
        rule_args=[CellTestRequest.Batch("", (tested,), partition)],
        mock_gets=[
            MockGet(
                output_type=CellProcess,
                input_types=(CellProcessRequest,),
                mock=lambda request: CellProcess(process, str(request.debug)),
            )
        ],
    )
    return result


def test_a_cell_is_debugged_in_the_foreground_with_its_programs() -> None:
    programs = Programs((Program("initdb", "/opt/pg/initdb"),))
    request = debug(cell(), CellPartition(PYTHON, programs))
    assert request.process is not None
    assert request.process.process.argv == ("pytest",)
    assert request.process.process.env["PATH"] == f"/opt/pg:{SYSTEM_PATH}"


@pytest.mark.parametrize(
    "tested, partition, told",
    [
        (cell(problem="no lock"), CellPartition(PYTHON), "no lock"),
        (
            cell(),
            CellPartition(None, lacks=(Lack("Python 3.12", "Mend it.", is_error=False),)),
            "lib:matrix#0.28.1@python=3.12 cannot run. Python 3.12 is not on this machine. Mend it.",
        ),
    ],
)
def test_a_cell_that_cannot_run_cannot_be_debugged(
    tested: CellFieldSet, partition: CellPartition, told: str
) -> None:
    with pytest.raises(CellError) as raised:
        debug(tested, partition)
    assert str(raised.value) == told
