from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Mapping

import pytest
from pants.base.specs import RawSpecs, Specs
from pants.engine.rules import collect_rules, rule
from pants.testutil.rule_runner import GoalRuleResult, RuleRunner
from pants.util.frozendict import FrozenDict

from version_matrix.generate import closure, lanes, suggestion
from version_matrix.generate.requests import (
    LockResult,
    PythonNews,
    PythonNewsRequest,
    SuiteUpdate,
    SuiteUpdateRequest,
    Unlocked,
)
from version_matrix.goals import generate_matrix
from version_matrix.goals.generate_matrix import GenerateMatrix
from version_matrix.goals.selection import named, nothing_selected
from version_matrix.progress import progress_lines
from version_matrix.stanza import target_generation
from version_matrix.stanza.suite import Suite
from version_matrix.stanza.targets import MatrixCellTarget, MatrixTestFileTarget, MatrixTestsTarget

MARKED = b'{\n  "GENERATED": "by `./pants generate-matrix one:matrix`"}'
FILES = {"samples.json": MARKED, "1.0.lock": b"new"}


@rule
async def update_without_an_index(request: SuiteUpdateRequest) -> SuiteUpdate:
    """Stands for all the work: new files, or an error if the folder's name asks for one."""
    suite = request.suite
    if "wrong" in suite.folder:
        return SuiteUpdate(suite, errors=("it clashes",))
    if "hard" in suite.folder:
        return _hard(suite)
    if suite.axes:
        return _together(suite, request.replacing)
    return SuiteUpdate(
        suite,
        files=FrozenDict(FILES),
        stale=tuple(name for name in FILES if request.files.get(name) != FILES[name]),
        changes=(f"added 1.0 in mode {request.mode}",),
        samples=1,
        cells=1,
    )


@rule
async def news_without_a_sampler(request: PythonNewsRequest) -> PythonNews:
    """Stands for a process: how many suites were asked, where all of them were."""
    return PythonNews((f"Python 3.99: 1 of {len(request.suites)}",) if request.of_all else ())


def _hard(suite: Suite) -> SuiteUpdate:
    """Of 1.0 there is no lock on 3.6 but by building ham, and none on 3.9 at all; 2.0 has one."""
    sample = {"version": "1.0", "tier": "lowest", "pythons": ["3.6", "3.9"], "lock": ""}
    newest = {"version": "2.0", "tier": "latest", "pythons": ["3.9"], "lock": ""}
    reasons = {
        "3.6": LockResult(
            error="no release of ham that fits has a wheel", wheelless=(("ham", "1"),)
        ),
        "3.9": LockResult(error="no spam"),
    }
    if "ham" in suite.sdists:
        del reasons["3.6"]
    unlocked = tuple(
        Unlocked("1.0", python, ("3.6", "3.9"), answer, FrozenDict())
        for python, answer in reasons.items()
        if suite.known_failure("1.0", python) is None
    )
    return SuiteUpdate(
        suite,
        files=FrozenDict(
            {"samples.json": json.dumps({"samples": [sample, newest], "snapshot": ""}).encode()}
        ),
        stale=("samples.json",),
        unlocked=unlocked,
        unresolvable=tuple(f"{each.version}: {each.reason}" for each in unlocked),
    )


def _together(suite: Suite, replacing: bool) -> SuiteUpdate:
    """The floors have a lock but for a rule, or for nothing; all else has one."""
    names = ("1.0@axis=1.0", "2.0@axis=2.0")
    ruled = any("h11>=1" in rule.requirements for rule in suite.rules_for(names[0]))
    why = "axis==1.0 depends on h11<1 and you require h11>=1" if ruled else "drf wants axis>=2"
    mended = not ruled and bool(suite.rules)
    if replacing and not mended:
        return SuiteUpdate(suite, errors=("the floors do not go together",))
    combinations = [
        {"releases": {"httpx": name[:3], "axis": name[-3:]}, "role": "all", "pythons": ["3.9"]}
        for name in names
    ]
    document = {
        "samples": [{"version": v, "tier": "lowest", "pythons": ["3.9"]} for v in ("1.0", "2.0")],
        "combinations": [{**each, "lock": ""} for each in combinations],
        "snapshot": "",
    }
    origins = FrozenDict({"h11>=1": "a rule"}) if ruled else FrozenDict()
    answer = LockResult(error=why, derivation=why, clash=True)
    unlocked = (Unlocked(names[0], "3.9", ("3.9",), answer, origins),)
    return SuiteUpdate(
        suite,
        files=FrozenDict({"samples.json": json.dumps(document).encode()}),
        unlocked=() if mended else unlocked,
        unresolvable=() if mended else (why,),
    )


STANZA = "python_matrix_tests(name='matrix', package='httpx')"
RULES = [
    *generate_matrix.rules(),
    *closure.rules(),
    *lanes.rules(),
    *suggestion.rules(),
    *progress_lines.rules(),
    *target_generation.rules(),
    *collect_rules(globals()),
]
TARGET_TYPES = [MatrixTestsTarget, MatrixTestFileTarget, MatrixCellTarget]


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(rules=RULES, target_types=TARGET_TYPES)
    for folder in ("one", "two", "wrong"):
        write(runner, folder, {"BUILD": STANZA, "test_it.py": ""})
    return runner


def write(rule_runner: RuleRunner, folder: str, files: Mapping[str, str]) -> None:
    rule_runner.write_files({f"{folder}/{name}": text for name, text in files.items()})


def generate(rule_runner: RuleRunner, *arguments: str) -> GoalRuleResult:
    return rule_runner.run_goal_rule(GenerateMatrix, args=arguments, env_inherit={"PATH"})


def written(rule_runner: RuleRunner, suite: str) -> dict[str, bytes]:
    folder = Path(rule_runner.build_root, suite, "matrix")
    return {path.name: path.read_bytes() for path in folder.glob("*")}


def test_a_suite_that_fails_leaves_the_others_be(rule_runner: RuleRunner) -> None:
    result = generate(rule_runner, "::")
    assert result.exit_code == 1
    assert result.stdout == (
        "one:matrix\n"
        "  added 1.0 in mode poll\n"
        "two:matrix\n"
        "  added 1.0 in mode poll\n"
        "wrong:matrix: FAILED, nothing written\n"
        "  it clashes\n"
        "Python 3.99: 1 of 3\n"
        "3 suites, 2 samples, 2 cells: 2 suites changed, 1 failed.\n"
    )
    assert written(rule_runner, "one") == written(rule_runner, "two") == FILES
    assert written(rule_runner, "wrong") == {}


def test_only_the_suites_that_are_named_are_touched(rule_runner: RuleRunner) -> None:
    result = generate(rule_runner, "two:matrix")
    assert result.exit_code == 0
    assert result.stdout.endswith("\n1 suite, 1 sample, 1 cell: 1 suite changed.\n")
    assert written(rule_runner, "two") == FILES
    assert written(rule_runner, "one") == {}


@pytest.mark.parametrize("named", ["two/test_it.py:matrix", "two/test_it.py", "two::"])
def test_what_a_suite_generates_stands_for_it(rule_runner: RuleRunner, named: str) -> None:
    assert generate(rule_runner, named).stdout.endswith(
        "\n1 suite, 1 sample, 1 cell: 1 suite changed.\n"
    )
    assert written(rule_runner, "two") == FILES
    # The cell of a suite whose samples.json, as here, says nothing of samples.
    assert generate(rule_runner, "two:matrix#unreadable").exit_code == 0


def test_arguments_without_a_suite_are_an_error(rule_runner: RuleRunner) -> None:
    write(rule_runner, "empty", {"BUILD": "# Nothing.\n"})
    result = generate(rule_runner, "empty::")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "No suite matches: expected the address of a `python_matrix_tests`" in result.stderr


@pytest.mark.parametrize(
    "selected, status, told",
    [
        (
            Specs(RawSpecs(description_of_origin=""), RawSpecs(description_of_origin="")),
            0,
            "has no",
        ),
        (
            Specs(
                RawSpecs(description_of_origin="", from_change_detection=True),
                RawSpecs(description_of_origin=""),
            ),
            0,
            "nothing to do",
        ),
    ],
)
def test_no_argument_and_no_change_are_no_errors(selected: Specs, status: int, told: str) -> None:
    message, code = nothing_selected(selected, "generate-matrix")
    assert code == status
    assert told in message


def test_a_command_names_a_few_suites_and_no_more() -> None:
    assert named(["//a:matrix", "//b:matrix"]) == "//a:matrix //b:matrix"
    assert named([f"//{n}:matrix" for n in range(6)]) == "::"


def test_a_check_writes_nothing(rule_runner: RuleRunner) -> None:
    result = generate(rule_runner, "--check", "--summary-file=dist/summary.md", "one:matrix")
    assert result.exit_code == 1
    assert "one/matrix/1.0.lock is not as generated" in result.stdout
    assert written(rule_runner, "one") == {}
    summary = Path(rule_runner.build_root, "dist/summary.md").read_text()
    assert "1 suite checked, 1 out of date." in summary
    assert "added" not in summary


@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_a_folder_that_holds_something_else_is_not_replaced(
    rule_runner: RuleRunner, arguments: tuple[str, ...]
) -> None:
    write(rule_runner, "one/matrix", {"notes/mine.md": "mine", "samples.json": "{}"})
    result = generate(rule_runner, *arguments, "one:matrix", "two:matrix")
    assert result.exit_code == 1
    assert "one/matrix holds what generate-matrix did not write (notes)" in result.stdout
    assert Path(rule_runner.build_root, "one/matrix/notes/mine.md").read_text() == "mine"
    assert written(rule_runner, "two") == ({} if arguments else FILES)


def test_what_was_written_and_cannot_be_seen_is_an_error() -> None:
    hiding = RuleRunner(
        rules=RULES, target_types=TARGET_TYPES, bootstrap_args=["--pants-ignore=*.lock"]
    )
    write(hiding, "one", {"BUILD": STANZA, "test_it.py": ""})
    for told in ("one:matrix: FAILED\n", "one:matrix: FAILED, nothing written\n"):
        result = generate(hiding, "one:matrix")
        assert result.exit_code == 1
        assert result.stdout.startswith(told)
        assert "Pants does not see one/matrix/1.0.lock" in result.stdout


@pytest.mark.parametrize("arguments, status", [((), 0), (("--check",), 1)])
def test_what_the_last_suite_left_behind_is_told(arguments: tuple[str, ...], status: int) -> None:
    runner = RuleRunner(rules=RULES, target_types=TARGET_TYPES)
    write(runner, "old/matrix", {"samples.json": MARKED.decode(), "1.0.lock": ""})
    result = generate(runner, *arguments)
    assert result.exit_code == status
    assert "old/matrix belongs to no suite" in result.stderr
    assert "The repository has no `python_matrix_tests` target." in result.stderr


@pytest.mark.parametrize("arguments, status", [((), 0), (("--check",), 1)])
def test_a_generated_folder_without_a_suite_is_told(
    rule_runner: RuleRunner, arguments: tuple[str, ...], status: int
) -> None:
    Path(rule_runner.build_root, "wrong/BUILD").unlink()
    rule_runner.scheduler.invalidate_files({"wrong/BUILD", "wrong"})
    generate(rule_runner, "::")
    write(rule_runner, "old/matrix", {"samples.json": MARKED.decode(), "1.0.lock": ""})
    write(rule_runner, "data", {"samples.json": "{}"})
    result = generate(rule_runner, *arguments, "::")
    assert result.exit_code == status
    assert "old/matrix belongs to no suite" in result.stdout
    assert "data" not in result.stdout
    # Whoever asks for one suite is told of that suite.
    assert "old/matrix" not in generate(rule_runner, *arguments, "one:matrix").stdout


@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_two_suites_that_are_one_are_refused(
    rule_runner: RuleRunner, arguments: tuple[str, ...]
) -> None:
    second = "python_matrix_tests(name='again', package='httpx<1'{})"
    write(rule_runner, "one", {"BUILD": f"{STANZA}\n{second.format('')}"})
    result = generate(rule_runner, *arguments, "one:matrix")
    assert result.exit_code == 1
    assert (
        "one:matrix and one:again" in result.stdout or "one:again and one:matrix" in result.stdout
    )
    assert "one/test_it.py" in result.stdout
    assert written(rule_runner, "one") == {}
    # Other requirements make other environments.
    other = second.format(", requirements={'*': ['h11']}")
    write(rule_runner, "one", {"BUILD": f"{STANZA}\n{other}"})
    assert "one:again" not in generate(rule_runner, "one:matrix").stdout


def test_the_summary_is_written_where_one_asks_for_it(rule_runner: RuleRunner) -> None:
    result = generate(rule_runner, "--summary-file=dist/new/summary.md", "one:matrix")
    assert result.exit_code == 0
    summary = Path(rule_runner.build_root, "dist/new/summary.md").read_text()
    assert "- added 1.0 in mode poll\n" in summary


@pytest.mark.parametrize("place", ["one", "one/BUILD/summary.md"])
def test_a_summary_that_cannot_be_written_is_an_error_and_the_files_stand(
    rule_runner: RuleRunner, place: str
) -> None:
    result = generate(rule_runner, f"--summary-file={place}", "one:matrix")
    assert result.exit_code == 1
    assert f"--summary-file={place}: it cannot be written (" in result.stderr
    assert written(rule_runner, "one") == FILES


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--check", "--offline"], "--check goes with none of"),
        (["--offline", "--upgrade"], "--upgrade needs the index"),
        (["--suggest", "--check"], "--suggest goes with none of"),
        (["--apply"], "--apply and --build go with --suggest"),
        (["--as-of=soon"], "--as-of=soon is not a time"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    rule_runner: RuleRunner, arguments: list[str], told: str
) -> None:
    result = generate(rule_runner, *arguments, "::")
    assert (result.exit_code, result.stdout) == (1, "")
    assert told in result.stderr
    assert written(rule_runner, "one") == {}


HARD = """\
# Of old.
python_matrix_tests(
    name="matrix",
    package="httpx",  # the client
)
"""
KNOWN = '{"reason": "unresolvable: no spam", "python": ">=3.9"}'


@pytest.mark.parametrize("arguments", [(), ("--apply",), ("--build",)])
def test_what_would_work_is_shown_as_a_diff_and_nothing_is_written_but_what_one_asks_for(
    rule_runner: RuleRunner, arguments: tuple[str, ...]
) -> None:
    write(rule_runner, "hard", {"BUILD": HARD, "test_it.py": ""})
    if not arguments:
        result = generate(rule_runner, "hard:matrix")
        assert result.exit_code == 1
        assert "`pants generate-matrix --suggest //hard:matrix`" in result.stdout
        shutil.rmtree(Path(rule_runner.build_root, "hard/matrix"))
    result = generate(rule_runner, "--suggest", *arguments, "hard:matrix", "one:matrix")
    assert result.exit_code == 0, result.stdout
    assert "one:matrix" not in result.stdout
    assert "\n  1.0: no spam\n" in result.stdout
    assert '-    package="httpx"' not in result.stdout
    added = [
        '+    sdists=["ham"],',
        f'+    known_failures={{"==1.0.*": {KNOWN}}},',
    ]
    assert [line for line in result.stdout.splitlines() if line.startswith("+ ")] == added
    assert ("not tried, because building runs code" in result.stdout) is (
        "--build" not in arguments
    )
    assert written(rule_runner, "hard") == written(rule_runner, "one") == {}
    text = Path(rule_runner.build_root, "hard/BUILD").read_text()
    if "--apply" not in arguments:
        assert text == HARD
        return
    assert "Edited. Now run `pants generate-matrix //hard:matrix`." in result.stdout
    assert text == HARD.replace(")\n", "".join(f"{line[1:]}\n" for line in added) + ")\n")
    assert generate(rule_runner, "--suggest", "--build", "hard:matrix").stdout == (
        "No cell is unresolvable: nothing to suggest.\n"
    )


def test_a_stanza_that_no_program_can_edit_is_told_so_with_what_it_would_have_to_say(
    rule_runner: RuleRunner,
) -> None:
    build = f"KNOWN = {{}}\n{HARD[:-2]}    known_failures=KNOWN,\n)\n"
    write(rule_runner, "hard", {"BUILD": build, "test_it.py": ""})
    result = generate(rule_runner, "--suggest", "--apply", "hard:matrix")
    assert result.exit_code == 1
    assert "To be written by hand, because its `known_failures` is not written out" in result.stdout
    assert "  sdists = ['ham']\n" in result.stdout
    assert Path(rule_runner.build_root, "hard/BUILD").read_text() == build


def test_what_is_listed_already_stays_as_it_is_written(rule_runner: RuleRunner) -> None:
    listed = "    known_failures={'==2.*': {'reason': 'a bug'}},\n"  # In a form of its own.
    write(rule_runner, "hard", {"BUILD": f"{HARD[:-2]}{listed})\n", "test_it.py": ""})
    result = generate(rule_runner, "--suggest", "hard:matrix")
    assert result.exit_code == 0, result.stdout
    assert "+    known_failures={'==2.*': {'reason': 'a bug'}, \"==1.0.*\": {" in result.stdout


def test_where_nothing_is_unresolvable_nothing_is_suggested_and_failures_are_told(
    rule_runner: RuleRunner,
) -> None:
    result = generate(rule_runner, "--suggest", "one:matrix")
    assert (result.exit_code, result.stdout) == (
        0,
        "No cell is unresolvable: nothing to suggest.\n",
    )
    result = generate(rule_runner, "--suggest", "::")
    assert (result.exit_code, result.stdout) == (1, "wrong:matrix: FAILED\n  it clashes\n")


@pytest.mark.parametrize(
    "rule, status, told",
    [
        ("h11>=1", 0, '+    requirements={">=2.0": ["h11>=1"]},'),
        (None, 1, "  With that it fails all the same:\n  the floors do not go together\n"),
    ],
)
def test_what_fails_a_suite_with_axes_may_be_a_rule(
    rule_runner: RuleRunner, rule: str | None, status: int, told: str
) -> None:
    rules = f'    requirements={{"*": ["{rule}"]}},\n' if rule else ""
    build = f'python_matrix_tests(\n    name="matrix",\n    package="httpx",\n{rules}    axes=["axis"],\n)\n'
    write(rule_runner, "together", {"BUILD": build, "test_it.py": ""})
    result = generate(rule_runner, "--suggest", "together:matrix")
    assert (result.exit_code, told in result.stdout) == (status, True), result.stdout
    assert "together:matrix: FAILED\n  the floors do not go together\n" in result.stdout


def test_what_a_killed_run_has_set_aside_is_put_back_first(rule_runner: RuleRunner) -> None:
    generate(rule_runner, "one:matrix")
    folder = Path(rule_runner.build_root, "one/matrix")
    room = Path(rule_runner.build_root, ".pants.d/version-matrix/matrix-killed")
    room.mkdir(parents=True)
    (room / "place").write_text("../../one/matrix")
    folder.rename(room / "old")
    result = generate(rule_runner, "--check", "one:matrix")
    assert written(rule_runner, "one") == FILES
    assert not room.exists()
    assert result.exit_code == 0
