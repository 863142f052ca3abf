from __future__ import annotations

import json
from pathlib import Path
from typing import Mapping

import pytest
from pants.backend.python.target_types import PythonRequirementTarget, PythonSourceTarget
from pants.engine.addresses import Address
from pants.engine.rules import QueryRule, collect_rules, rule
from pants.testutil.rule_runner import RuleRunner
from pants.util.frozendict import FrozenDict

from version_matrix.generate import closure, suite_update
from version_matrix.generate.requests import (
    ClosureRequest,
    LockRequest,
    LockResult,
    MaybeClosure,
    OlderPins,
    OlderPinsRequest,
    SamplingRequest,
    SamplingResult,
    SuiteUpdate,
    SuiteUpdateRequest,
)
from version_matrix.stanza import samples_file, target_generation
from version_matrix.stanza.suite import project_name
from version_matrix.stanza.targets import (
    MatrixCellTarget,
    MatrixTestFileTarget,
    MatrixTestsTarget,
    suite_of,
)

FOLDER = "lib/tests/httpx"
MATRIX = Address(FOLDER, target_name="matrix")
NOW = "2026-11-21T00:00:00Z"
SNAPSHOT = '{"version": "1.0"}\n{"version": "2.0", "uploaded": "2026-12-01T00:00:00Z"}\n'


@rule
async def sample_without_an_index(request: SamplingRequest) -> SamplingResult:
    """Stands for release-sampler: two samples, or what a suite asks for by its package."""
    if request.suite.project == "absent":
        return SamplingResult(error="absent is not on the index")
    versions = {"newer": ["1.0", "3.0"]}.get(request.suite.project or "", ["1.0", "2.0"])
    document = {
        "as_of": request.previous.sampling["as_of"] if request.previous else request.as_of,
        "samples": [
            {"version": version, "tier": "latest", "pythons": ["3.9", "3.12"]}
            for version in versions
        ],
        "verdicts": {"2.0": "yanked"},
    }
    return SamplingResult(json.dumps(document), snapshot=SNAPSHOT, notes=("sampled",))


@rule
async def lock_without_a_resolver(request: LockRequest) -> LockResult:
    """Stands for uv: pins what is asked for, or fails on `clash`; on `when` it tells the dates."""
    if "when" in request.inputs.requirements:
        dates = f"as of {request.as_of}, cooled by {request.cooled_by}, but for {request.exempt}"
        return LockResult(error=f"{request.sample} {dates}")
    if "down" in request.inputs.requirements:
        return LockResult(error="the index answers 500")
    if any("clash" in line for line in request.inputs.requirements):
        return LockResult(
            error="you require clash<1, and pytest>=7 needs clash>=2",
            clash=True,
            derivation="Because it is so,\nit is so.",
        )
    pythons = [level.rpartition(".")[0] for level in request.inputs.pythons]
    if "wheelless-on-3.9" in request.inputs.requirements and "3.9" in pythons:
        return LockResult(error="wheelless-on-3.9 has no wheel", clash=True)
    if "forks" in request.inputs.requirements and len(pythons) > 1:
        return LockResult(error="a Python without a cell has no solution", clash=True)
    lines = [
        line if "==" in line else f"{project_name(line)}==1" for line in request.inputs.requirements
    ]
    floors = [f"{project_name(line)}==0" for line in request.inputs.lowest]
    return LockResult(body="".join(f"{line}\n" for line in (*lines, *floors)))


@rule
async def look_without_an_index(request: OlderPinsRequest) -> OlderPins:
    """Stands for release-sampler: says which locks it was asked about."""
    return OlderPins((f"asked about {', '.join(lock.version for lock in request.locks)}",))


@pytest.fixture
def rule_runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[
            *closure.rules(),
            *suite_update.rules(),
            *target_generation.rules(),
            *collect_rules(globals()),
            QueryRule(MaybeClosure, [ClosureRequest]),
            QueryRule(SuiteUpdate, [SuiteUpdateRequest]),
        ],
        target_types=[
            MatrixTestsTarget,
            MatrixTestFileTarget,
            MatrixCellTarget,
            PythonRequirementTarget,
            PythonSourceTarget,
        ],
    )
    runner.set_options(
        ["--version-matrix-target-pythons=['3.8.18', '3.9.18', '3.12.1']"], env_inherit={"PATH"}
    )
    runner.write_files(
        {
            "3rdparty/BUILD": (
                "python_requirement(name='anyio', requirements=['anyio>=3,<5'])\n"
                "python_requirement(name='httpx', requirements=['httpx>=99'])\n"
            ),
            "lib/src/BUILD": (
                "python_source(name='lib', source='lib.py', dependencies=['3rdparty:anyio'])"
            ),
            "lib/src/lib.py": "",
            f"{FOLDER}/test_httpx.py": "",
        }
    )
    stanza(runner)
    return runner


def stanza(rule_runner: RuleRunner, package: str = "httpx>=0.16", **fields: object) -> None:
    values = {
        "name": "matrix",
        "dependencies": ["lib/src:lib", "3rdparty:httpx"],
        **({"package": package} if package else {}),
        **fields,
    }
    arguments = ", ".join(f"{name}={value!r}" for name, value in values.items())
    rule_runner.write_files({f"{FOLDER}/BUILD": f"python_matrix_tests({arguments})\n"})


def update(
    rule_runner: RuleRunner,
    mode: str = "poll",
    *,
    upgrade: bool = False,
    as_of: str = NOW,
    asked: bool = False,
    recovered: Mapping[str, bytes] | None = None,
) -> SuiteUpdate:
    found = rule_runner.request(MaybeClosure, [ClosureRequest(MATRIX)])
    assert found.closure is not None, found.error
    folder = Path(rule_runner.build_root, FOLDER, "matrix")
    request = SuiteUpdateRequest(
        suite=suite_of(rule_runner.get_target(MATRIX)),
        closure=found.closure,
        files=FrozenDict({path.name: path.read_bytes() for path in folder.glob("*")}),
        mode=mode,
        as_of=as_of,
        asked=asked,
        upgrade=upgrade,
        recovered=FrozenDict(recovered or {}),
    )
    return rule_runner.request(SuiteUpdate, [request])


def write(rule_runner: RuleRunner, updated: SuiteUpdate) -> None:
    assert updated.errors == ()
    rule_runner.write_files(
        {f"{FOLDER}/matrix/{name}": content for name, content in updated.files.items()}
    )


@pytest.fixture
def generated(rule_runner: RuleRunner) -> RuleRunner:
    """A suite that was generated."""
    write(rule_runner, update(rule_runner))
    return rule_runner


FILES = ("1.0.lock", "2.0.lock", "releases.jsonl", "samples.json")


def test_a_suite_is_generated_whole(rule_runner: RuleRunner) -> None:
    updated = update(rule_runner)
    assert updated.errors == ()
    assert tuple(sorted(updated.files)) == updated.stale == FILES
    assert (updated.samples, updated.cells) == (2, 4)
    assert updated.changes == (
        "added 1.0 (latest) on Python 3.9, 3.12",
        "added 2.0 (latest) on Python 3.9, 3.12",
    )
    assert updated.notes == ("sampled", "asked about 1.0, 2.0")
    samples = samples_file.parse(updated.files["samples.json"].decode())
    for sample in samples.samples:
        assert sample.lock == samples_file.digest(updated.files[f"{sample.version}.lock"])
    assert samples.snapshot == samples_file.digest(updated.files["releases.jsonl"])


def test_a_lock_requires_the_sample_the_policy_and_the_closure(rule_runner: RuleRunner) -> None:
    lock = update(rule_runner).files["2.0.lock"].decode()
    required = [line for line in lock.splitlines() if line.startswith("# requires: ")]
    # The range of the package itself, in the closure, is no word on a sample.
    assert required == [
        "# requires: httpx==2.0",
        "# requires: anyio<5,>=3",
        "# requires: pytest>=7",
    ]
    assert "# pythons: 3.9, 3.12\n" in lock


@pytest.mark.parametrize("mode", ["poll", "offline", "check"])
def test_a_second_run_changes_nothing(generated: RuleRunner, mode: str) -> None:
    again = update(generated, mode, as_of="2027-11-21T00:00:00Z")
    assert (again.errors, again.stale, again.changes) == ((), (), ())
    # The index is not asked about the pins of locks that stay.
    assert again.notes == ("sampled",)


@pytest.mark.parametrize("mode", ["offline", "check"])
@pytest.mark.parametrize(
    "edit, offline, check",
    [
        (
            {"1.0.lock": "httpx==1.0\nevil==1\n"},
            "1.0.lock cannot be made without the index: it requires",
            "1.0.lock is not current: it requires",
        ),
        ({"1.0.lock": None}, "1.0.lock cannot be made", "1.0.lock is not current: it was missing"),
        (
            {"samples.json": None},
            "1.0.lock cannot be made",
            "samples.json is missing or unreadable",
        ),
        ({"samples.json": "{"}, "1.0.lock cannot be made", "samples.json is missing or unreadable"),
        ({"releases.jsonl": None}, None, "releases.jsonl is missing or unreadable"),
        ({"releases.jsonl": "{ }\n"}, None, "releases.jsonl is not as generated"),
    ],
)
def test_what_was_edited_by_hand_is_found_and_named(
    generated: RuleRunner,
    mode: str,
    edit: dict[str, str | None],
    offline: str | None,
    check: str,
) -> None:
    for name, content in edit.items():
        path = Path(generated.build_root, FOLDER, "matrix", name)
        if content is None:
            path.unlink()
        else:
            generated.write_files({f"{FOLDER}/matrix/{name}": content})
    updated = update(generated, mode)
    expected = check if mode == "check" else offline
    if expected is None:
        # Only the snapshot has to be written again.
        assert (updated.errors, updated.stale) == ((), ("releases.jsonl",))
        return
    told = updated.outdated if mode == "check" else updated.errors
    assert f"{FOLDER}/matrix/{expected}" in told[0]
    assert not updated.files


def test_a_file_too_many_is_stale(generated: RuleRunner) -> None:
    generated.write_files({f"{FOLDER}/matrix/0.9.lock": ""})
    for mode in ("check", "poll"):
        updated = update(generated, mode)
        assert (updated.errors, updated.stale) == ((), ("0.9.lock",))
        assert updated.changes == ("removed 0.9.lock",)
        assert "0.9.lock" not in updated.files


def test_a_stanza_that_changed_is_found_without_an_index(generated: RuleRunner) -> None:
    stanza(generated, requirements={"<2": ["h11<1"]})
    assert update(generated, "check").outdated == (
        f"{FOLDER}/matrix/1.0.lock is not current: it requires h11<1",
    )
    updated = update(generated)
    assert updated.stale == ("1.0.lock", "samples.json")
    assert updated.changes == ("locked 1.0 anew, because it requires h11<1: h11 none -> 1",)


def test_a_lock_that_is_made_anew_says_why(generated: RuleRunner) -> None:
    folder = Path(generated.build_root, FOLDER, "matrix")
    (folder / "1.0.lock").unlink()
    with (folder / "2.0.lock").open("a") as file:
        file.write("extra==1\n")
    updated = update(generated)
    assert updated.stale == ("1.0.lock", "2.0.lock")
    assert updated.changes == (
        "locked 1.0 anew, because it was missing",
        "locked 2.0 anew, because it was edited: extra 1 -> none",
    )


def test_pins_have_cooled_and_a_sample_of_the_record_may_be_newer_than_the_time_asked_for(
    rule_runner: RuleRunner,
) -> None:
    stanza(rule_runner, requirements={"*": ["when"]})
    # When 1.0 was uploaded is not known: for its file no time is asked.
    assert [error.partition("): ")[2] for error in update(rule_runner).errors] == [
        f"{FOLDER}:matrix#1.0 as of {NOW}, cooled by 2026-11-18T00:00:00Z, but for ('httpx',)",
        f"{FOLDER}:matrix#2.0 as of 2026-12-04T00:00:00Z, cooled by 2026-11-18T00:00:00Z, but for ()",
    ]


@pytest.mark.parametrize("asked, cooled_by", [(False, "None"), (True, NOW)])
def test_without_a_cool_down_no_time_of_upload_is_needed_unless_a_time_is_asked_for(
    rule_runner: RuleRunner, asked: bool, cooled_by: str
) -> None:
    rule_runner.set_options(
        [
            "--version-matrix-target-pythons=['3.9.18', '3.12.1']",
            "--version-matrix-cooldown-days=0",
            "--version-matrix-cooldown-exempt=['In_House']",
        ],
        env_inherit={"PATH"},
    )
    stanza(rule_runner, requirements={"*": ["when"]})
    error, *_ = update(rule_runner, asked=asked).errors
    assert f"cooled by {cooled_by}, but for ('in-house', 'httpx')" in error


def test_an_upgrade_locks_every_sample_anew(generated: RuleRunner) -> None:
    # The stand-in resolves as before, so that nothing has changed.
    assert update(generated, upgrade=True).stale == ()


def test_samples_that_go_are_told_with_their_verdict(generated: RuleRunner) -> None:
    stanza(generated, package="newer")
    updated = update(generated)
    assert updated.changes[:2] == (
        "added 3.0 (latest) on Python 3.9, 3.12",
        "removed 2.0: yanked",
    )
    assert "2.0.lock" in updated.stale
    assert "2.0.lock" not in updated.files


def test_files_that_a_merge_left_unreadable_are_taken_from_its_base(generated: RuleRunner) -> None:
    path = f"{FOLDER}/matrix/samples.json"
    base = Path(generated.build_root, path).read_bytes()
    generated.write_files({path: "<<<<<<< HEAD\n=======\n>>>>>>> feature\n"})
    updated = update(generated, as_of="2027-01-01T00:00:00Z", recovered={"samples.json": base})
    assert (updated.errors, updated.stale) == ((), ("samples.json",))
    assert updated.files["samples.json"] == base


# ------------------------------------------------------------------------------------------
# What fails
# ------------------------------------------------------------------------------------------


def test_a_package_that_cannot_be_sampled_is_an_error_of_its_suite(generated: RuleRunner) -> None:
    stanza(generated, package="absent")
    updated = update(generated)
    assert updated.errors == ("absent is not on the index",)
    assert not updated.files


def test_a_sample_that_cannot_be_locked_is_recorded_and_blocks_no_other(
    rule_runner: RuleRunner,
) -> None:
    stanza(rule_runner, requirements={"<2": ["clash<1"], "*": ["h11"]})
    updated = update(rule_runner)
    assert updated.errors == ()
    assert updated.unresolvable == (
        f"{FOLDER}:matrix#1.0 is unresolvable: you require clash<1, and pytest>=7 needs clash>=2\n"
        f"  clash<1: rule '<2' of {FOLDER}/BUILD, line 1\n"
        "  pytest>=7: [version-matrix].base_requirements\n"
        f"  A rule of {FOLDER}/BUILD wins over what is said elsewhere, for instance "
        '`requirements={"==1.0": ["pytest<VERSION"]}`.',
    )
    assert sorted(updated.files) == ["2.0.lock", "releases.jsonl", "samples.json"]
    first, second = samples_file.parse(updated.files["samples.json"].decode()).samples
    assert {u.python for u in first.unresolvable} == {"3.9", "3.12"} and first.lock == ""
    assert first.unresolvable[0].derivation == "Because it is so,\nit is so."
    assert second.unresolvable == () and second.lock
    assert [(each.version, each.python) for each in updated.unlocked] == [
        ("1.0", "3.9"),
        ("1.0", "3.12"),
    ]


def test_where_no_sample_can_be_locked_that_is_recorded(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, requirements={"*": ["clash<1"]})
    updated = update(rule_runner)
    (told,) = updated.unresolvable
    assert told.startswith(f"{FOLDER}:matrix#1.0, 2.0 is unresolvable: ")
    assert sorted(updated.files) == ["releases.jsonl", "samples.json"]
    write(rule_runner, updated)
    assert update(rule_runner, "check").is_current
    again = update(rule_runner)
    assert (again.stale, again.unresolvable) == ((), updated.unresolvable)
    # Asked again, so that it can be mended.
    assert again.unlocked == updated.unlocked


def test_a_python_that_cannot_be_locked_blocks_no_other(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, requirements={"<2": ["wheelless-on-3.9"]})
    updated = update(rule_runner)
    assert updated.unresolvable == (
        f"{FOLDER}:matrix#1.0 on Python 3.9 is unresolvable: wheelless-on-3.9 has no wheel",
    )
    assert tuple(sorted(updated.files)) == FILES
    assert "# pythons: 3.12\n" in updated.files["1.0.lock"].decode()
    write(rule_runner, updated)
    # What is recorded is what a check expects, and an index that says the same changes nothing.
    assert update(rule_runner, "check").is_current
    again = update(rule_runner)
    assert (again.stale, again.unresolvable) == ((), updated.unresolvable)


def test_the_same_cause_of_several_samples_is_told_once(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, requirements={"*": ["wheelless-on-3.9"]})
    (told,) = update(rule_runner).unresolvable
    assert told.startswith(f"{FOLDER}:matrix#1.0, 2.0 on Python 3.9 is unresolvable: ")


def test_pythons_that_cannot_share_a_lock_have_their_own(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, requirements={"<2": ["forks"]})
    updated = update(rule_runner)
    assert (updated.errors, updated.unresolvable) == ((), ())
    assert [name for name in sorted(updated.files) if name.startswith("1.0")] == [
        "1.0-py3.12.lock",
        "1.0-py3.9.lock",
    ]
    write(rule_runner, updated)
    assert update(rule_runner, "check").is_current
    sample = samples_file.parse(updated.files["samples.json"].decode()).samples[0]
    assert sample.lock_file("3.9") == "1.0-py3.9.lock"


def test_other_requirements_are_asked_for_anew(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, requirements={"<2": ["wheelless-on-3.9"]})
    write(rule_runner, update(rule_runner))
    stanza(rule_runner, requirements={"<2": ["h11"]})
    amiss, *_ = update(rule_runner, "check").outdated
    assert "1.0.lock is not current" in amiss
    updated = update(rule_runner)
    assert updated.unresolvable == ()
    assert "# pythons: 3.9, 3.12\n" in updated.files["1.0.lock"].decode()


def test_a_known_failure_that_cannot_be_locked_is_no_news(rule_runner: RuleRunner) -> None:
    stanza(
        rule_runner,
        requirements={"<2": ["wheelless-on-3.9"]},
        known_failures={"<2": {"reason": "no wheel for it", "python": "==3.9.*"}},
    )
    updated = update(rule_runner)
    assert updated.unresolvable == () and tuple(sorted(updated.files)) == FILES
    sample = samples_file.parse(updated.files["samples.json"].decode()).samples[0]
    assert sample.why_unresolvable("3.9") == "wheelless-on-3.9 has no wheel"
    assert updated.unlocked == ()


def test_a_known_failure_that_turns_out_to_be_unresolvable_is_told_with_both_reasons(
    rule_runner: RuleRunner,
) -> None:
    """The list says why a test fails; that there is no environment for it is something else."""
    known = {"<2": "the pool leaks, issue 7"}
    stanza(rule_runner, known_failures=known)
    write(rule_runner, update(rule_runner))
    stanza(rule_runner, requirements={"<2": ["wheelless-on-3.9"]}, known_failures=known)
    updated = update(rule_runner)
    assert (
        "1.0 on Python 3.9 is unresolvable, and a known failure because of 'the pool leaks, issue 7'; "
        "see whether that speaks of this: wheelless-on-3.9 has no wheel"
    ) in updated.notes
    write(rule_runner, updated)
    assert not any("unresolvable" in note for note in update(rule_runner).notes)
    # What was suggested for it speaks of it.
    known = {"<2": "unresolvable: it has no wheel"}
    stanza(rule_runner, requirements={"<2": ["wheelless-on-3.9", "h11"]}, known_failures=known)
    assert not any("unresolvable" in note for note in update(rule_runner).notes)


def test_an_index_that_fails_is_told_once_and_without_rules(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, requirements={"*": ["down"]})
    assert update(rule_runner).errors == (
        f"{FOLDER}:matrix could not be locked (samples 1.0, 2.0): the index answers 500",
    )


def error_of_closure(rule_runner: RuleRunner) -> str:
    return rule_runner.request(MaybeClosure, [ClosureRequest(MATRIX)]).error


def test_a_dependency_that_is_not_there_is_an_error_of_its_suite(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, dependencies=["lib/src:absent"])
    error = error_of_closure(rule_runner)
    assert error.startswith("ResolveError: ")
    assert "lib/src:absent" in error


def test_a_listed_failure_that_covers_no_cell_is_a_note(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, known_failures={"==1.*": "why", "==0.1": "why"})
    assert update(rule_runner).notes[-1:] == (
        "known_failures['==0.1'] covers no cell: leave it out if it never will",
    )


def test_a_suite_without_tests_is_an_error(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, sources=["nothing_*.py"])
    assert error_of_closure(rule_runner) == f"{FOLDER}:matrix matches no test file"


@pytest.mark.parametrize(
    "option, told",
    [
        ("target-pythons=['3.12']", "target_pythons has '3.12': expected one of 3.6, 3.7"),
        ("target-pythons=['3.8.18']", "Python 3.9, 3.12 is not among"),
        ("target-pythons=['3.12.1', '3.12.4']", "target_pythons has two of one minor version"),
        ("cooldown-exempt=['lib>1']", "cooldown_exempt: 'lib>1' is more than the name"),
        ("base-requirements=['py test']", "base_requirements: 'py test' is not a requirement"),
    ],
)
def test_a_policy_that_cannot_be_is_an_error(
    rule_runner: RuleRunner, option: str, told: str
) -> None:
    rule_runner.set_options([f"--version-matrix-{option}"], env_inherit={"PATH"})
    package = "httpx" if "not among" in told else ""
    stanza(rule_runner, package=package)
    error, *_ = update(rule_runner).errors
    assert told in error


# ------------------------------------------------------------------------------------------
# A library's own requirements
# ------------------------------------------------------------------------------------------


def test_own_requirements_are_held_at_their_floors_and_at_their_newest(
    rule_runner: RuleRunner,
) -> None:
    stanza(rule_runner, package="", python=">=3.9", dependencies=["lib/src:lib"])
    updated = update(rule_runner)
    assert updated.errors == ()
    assert sorted(updated.files) == ["highest.lock", "lowest.lock", "samples.json"]
    assert updated.changes == (
        "added lowest (lowest) on Python 3.9, 3.12",
        "added highest (highest) on Python 3.9, 3.12",
    )
    assert "# requires: anyio<5,>=3 at its lowest\n" in updated.files["lowest.lock"].decode()
    assert "# requires: anyio<5,>=3\n" in updated.files["highest.lock"].decode()
    write(rule_runner, updated)
    assert update(rule_runner, "check").stale == ()


def test_any_patch_of_a_python_is_admitted(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, package="", python=">=3.9,<=3.12", dependencies=["lib/src:lib"])
    assert update(rule_runner).changes[0] == "added lowest (lowest) on Python 3.9, 3.12"


def test_a_library_that_no_python_runs_is_an_error(rule_runner: RuleRunner) -> None:
    stanza(rule_runner, package="", python=">=4")
    (error,) = update(rule_runner).errors
    assert error == "no Python of [version-matrix].target_pythons is admitted by `python`"
