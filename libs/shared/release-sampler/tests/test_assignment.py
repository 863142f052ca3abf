"""On which Pythons the samples are tested."""

from __future__ import annotations

import pytest

from release_sampler.basis.times import parse_time
from sampler_makers import PYTHONS, days_ago, policy, pythons_of, release, run

THREE = policy(pythons=("3.8", "3.9", "3.10"))


def test_oldest_and_newest_that_classifiers_name() -> None:
    old = release("1.0", pythons=("3.6", "3.8", "3.9", "3.10"))
    new = release("2.0", pythons=("3.9", "3.10", "3.11", "3.12", "3.13"))
    assert pythons_of(run([old, new])) == {
        "1.0": ("3.8", "3.10"),
        # 3.11 and 3.12 would be tested by nobody else.
        "2.0": ("3.9", "3.11", "3.12", "3.13"),
    }


def test_without_classifiers_the_pythons_that_existed_at_the_upload() -> None:
    old = release("1.0", pythons=(), uploaded=parse_time("2021-10-04"))
    assert pythons_of(run([old, release("2.0", pythons=("3.9",))]))["1.0"] == ("3.8", "3.9")


def test_without_classifiers_and_upload_time_all_that_are_admitted() -> None:
    old = release("1.0", uploaded=None)
    assert pythons_of(run([old, "2.0"]))["1.0"] == ("3.8", "3.13")


def test_the_newest_stable_is_also_tried_on_the_newest_python_admitted() -> None:
    new = release("2.0", pythons=("3.8", "3.9"))
    assert pythons_of(run([new], rules=THREE)) == {"2.0": ("3.8", "3.9", "3.10")}
    capped = release("2.0", pythons=("3.8",), requires_python=">=3.8,<3.10")
    assert pythons_of(run([capped], rules=THREE)) == {"2.0": ("3.8", "3.9")}


def test_the_floor_is_never_lost_when_python_limits_depend_on_the_version() -> None:
    """Elsewhere the lowest version was lost, and a suite then tested one version only."""
    floor = release("1.0", pythons=("2.7", "3.6"), requires_python=None)
    sampling = run([floor, "2.0"], "thing>=1.0", python={"<2": "<3.10", ">=2": ">=3.9"})
    assert pythons_of(sampling)["1.0"] == ("3.8",)


def test_a_floor_from_before_all_target_pythons_is_tried_on_the_oldest() -> None:
    floor = release("1.0", requires_python=None, uploaded=parse_time("2012-01-01"))
    assert pythons_of(run([floor, "2.0"]))["1.0"] == ("3.8",)


@pytest.mark.parametrize(
    ("requires_python", "expected"),
    [
        (">=3.8.1", ("3.8", "3.9", "3.10")),
        ("<3.8.5", ("3.8",)),
        ("!=3.9.0,!=3.9.1", ("3.8", "3.9", "3.10")),
        ("!=3.9.*", ("3.8", "3.10")),
        (">3.8", ("3.8", "3.9", "3.10")),
        ("~=3.9", ("3.9", "3.10")),
    ],
)
def test_any_patch_counts(requires_python: str, expected: tuple[str, ...]) -> None:
    """Elsewhere `>=3.8.1` was read as excluding Python 3.8."""
    only = release("1.0", requires_python=requires_python, pythons=("3.8", "3.9", "3.10"))
    assert pythons_of(run([only], rules=THREE)) == {"1.0": expected}


def test_all_rules_of_the_suite_that_match_apply_together() -> None:
    python = {"*": ">=3.9", ">=2": ">=3.10", "<2": "<3.12"}
    assert pythons_of(run([release("1.0"), "2.0"], python=python)) == {
        "1.0": ("3.9", "3.11"),
        "2.0": ("3.10", "3.12", "3.13"),
    }


def test_wheels_for_some_pythons_only_limit_the_rest() -> None:
    old = release("1.0", files=("sdist", "wheel-cp38", "wheel-cp39"))
    assert pythons_of(run([old, "2.0"]))["1.0"] == ("3.8", "3.9")
    built = run([old, "2.0"], sdists=frozenset({"thing"}))
    assert pythons_of(built)["1.0"] == ("3.8", "3.13")


def test_an_uncovered_python_goes_to_the_newest_sample_that_knows_it() -> None:
    old = release("1.0", pythons=("3.8", "3.9", "3.10"))
    new = release("2.0", pythons=("3.10", "3.11"), requires_python=">=3.10")
    rules = policy(pythons=("3.8", "3.9", "3.10", "3.11"))
    sampling = run([old, new], rules=rules)
    assert pythons_of(sampling) == {"1.0": ("3.8", "3.9", "3.10"), "2.0": ("3.10", "3.11")}
    assert sampling.uncovered == {}


def test_a_stable_sample_covers_a_python_before_a_prerelease_does() -> None:
    stable = release("1.0", pythons=("3.8", "3.9", "3.10"))
    pre = release("2.0a1", pythons=("3.8", "3.9", "3.10"), uploaded=days_ago(9))
    assert pythons_of(run([stable, pre], rules=THREE)) == {
        "1.0": ("3.8", "3.9", "3.10"),
        "2.0a1": ("3.8", "3.10"),
    }


def test_a_python_that_no_sample_admits_is_named() -> None:
    sampling = run([release("1.0", requires_python=">=3.9")], rules=THREE)
    assert sampling.uncovered == {"3.8": "no sample of thing admits Python 3.8"}


@pytest.mark.parametrize(
    ("files", "remedy"),
    [
        (("sdist", "wheel-cp39"), "; listing thing in sdists would allow it"),
        (("wheel-cp39",), ""),
    ],
)
def test_a_python_without_a_wheel_is_named(files: tuple[str, ...], remedy: str) -> None:
    sampling = run([release("1.0", files=files)], rules=policy(pythons=("3.9", "3.13")))
    assert sampling.uncovered == {"3.13": f"no wheel for Python 3.13{remedy}"}


def test_a_python_that_the_suite_excludes_is_named() -> None:
    sampling = run(["1.0", "2.0"], python={"*": ">=3.9"}, rules=THREE)
    why = "excluded by the suite: its rules on Python leave no sample of thing"
    assert sampling.uncovered == {"3.8": why}


def test_patch_levels_of_targets_do_not_matter() -> None:
    with_patch = run(["1.0", "2.0"], rules=policy(pythons=PYTHONS))
    minors = tuple(python.rpartition(".")[0] for python in PYTHONS)
    assert with_patch == run(["1.0", "2.0"], rules=policy(pythons=minors[::-1]))
