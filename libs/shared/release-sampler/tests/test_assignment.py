"""On which Pythons the samples are tested."""

from __future__ import annotations

from dataclasses import replace

import pytest

from release_sampler import SamplerError, Sampling
from release_sampler.basis.model import DEFAULT_BREADTH, Breadth, FileGroup, Refusal
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


def trials_of(sampling: Sampling) -> dict[str, tuple[str, ...]]:
    return {sample.version: sample.trials for sample in sampling.samples if sample.trials}


class TestBreadth:
    """On how many of its Pythons a sample is tested, by tier."""

    RELEASES = [
        release(version, pythons=("3.8", "3.9", "3.10", "3.11", "3.12", "3.13"))
        for version in ("1.0", "1.1", "1.2")
    ]

    @pytest.mark.parametrize(
        ("breadth", "expected"),
        [
            (
                {},
                {"1.0": "3.8 3.13", "1.1": "3.8 3.13", "1.2": "3.8 3.12 3.13"},
            ),
            (
                {"*": "ends"},
                {"1.0": "3.8 3.13", "1.1": "3.8 3.13", "1.2": "3.8 3.13"},
            ),
            (
                {"*": "ends-and-second", "between": "ends", "lowest": "all"},
                {"1.0": "3.8 3.9 3.10 3.11 3.12 3.13", "1.1": "3.8 3.13", "1.2": "3.8 3.12 3.13"},
            ),
        ],
    )
    def test_by_tier(self, breadth: dict[str, str], expected: dict[str, str]) -> None:
        told = {tier: Breadth(value) for tier, value in breadth.items()}
        rules = policy(breadth=told or DEFAULT_BREADTH)
        # A release that covers all Pythons, so that nothing is added for want of another.
        covering = release("0.1a1", pythons=())
        found = pythons_of(run([covering, *self.RELEASES], rules=rules))
        kept = {version: set(pythons.split()) for version, pythons in expected.items()}
        for version, pythons in kept.items():
            assert pythons <= set(found[version])
            assert set(found[version]) - pythons <= (
                {"3.9", "3.10", "3.11", "3.12"} if version == "1.2" else set()
            )

    def test_the_newest_stable_counts_as_latest_even_if_it_is_the_lowest(self) -> None:
        rules = policy(pythons=("3.9", "3.10", "3.11", "3.12"))
        only = release("1.0", pythons=("3.9", "3.10", "3.11", "3.12"))
        told = run([only], rules=rules).python_verdicts["1.0"]
        assert told["3.11"] == "the second newest that it supports"
        assert told["3.10"] == "covered by no other sample"

    def test_an_unknown_tier_is_refused(self) -> None:
        with pytest.raises(
            SamplerError, match="unknown tier 'newest': expected one of lowest, lat"
        ):
            policy(breadth={"newest": Breadth.ALL})


class TestTrials:
    """A Python that a release admits but does not claim."""

    def test_the_newest_python_of_the_newest_stable(self) -> None:
        new = release("2.0", pythons=("3.8", "3.9"))
        assert trials_of(run([new], rules=THREE)) == {"2.0": ("3.10",)}

    def test_a_python_that_no_sample_claims(self) -> None:
        old = release("1.0", pythons=("3.8",))
        new = release("2.0", pythons=("3.10",), requires_python=">=3.8")
        assert trials_of(run([old, new], rules=THREE)) == {"2.0": ("3.9",)}
        assert run([old, new], rules=THREE).python_verdicts["2.0"] == {
            "3.8": "not named by its classifiers (3.10)",
            "3.9": "trial (covered by no other sample)",
            "3.10": "the only one that it supports",
        }

    def test_a_floor_older_than_all_pythons(self) -> None:
        floor = release("1.0", requires_python=None, uploaded=parse_time("2012-01-01"))
        sampling = run([floor, "2.0"], rules=THREE)
        assert trials_of(sampling) == {"1.0": ("3.8",)}
        assert sampling.python_verdicts["1.0"]["3.8"] == "trial (the oldest that it admits)"
        assert sampling.python_verdicts["1.0"]["3.9"].startswith("newer than the release")

    def test_what_existed_at_the_upload_is_claimed_where_nothing_is_said(self) -> None:
        assert trials_of(run(["1.0", "2.0"], rules=THREE)) == {}


def test_every_python_has_a_verdict_for_every_sample() -> None:
    rules = policy(pythons=("3.8", "3.9", "3.10", "3.11", "3.12", "3.13"))
    old = release(
        "1.0",
        requires_python=">=3.9",
        pythons=("3.9", "3.10", "3.11"),
        files=("sdist", "wheel-cp39", "wheel-cp310", "wheel-cp311", "wheel-cp312"),
    )
    new = release("2.0", pythons=("3.8", "3.9", "3.10", "3.11", "3.12", "3.13"))
    sampling = run([old, new], python={"*": ">=3.8", "<2": "<3.12"}, rules=rules)
    assert sampling.python_verdicts["1.0"] == {
        "3.8": "Requires-Python >=3.9",
        "3.9": "the oldest that it supports",
        "3.10": "not needed (between 3.9 and 3.11)",
        "3.11": "the newest that it supports",
        "3.12": "excluded by the suite (<3.12)",
        "3.13": "no wheel for Python 3.13; listing thing in sdists would allow it",
    }
    assert sampling.python_verdicts["2.0"]["3.10"] == "covered by no other sample"


class TestBuilds:
    """Free-threaded builds and PyPy are tried where nothing else covers them."""

    RULES = policy(pythons=("3.12.1", "3.13.0", "3.13.2t", "3.14.2", "3.14.2t", "pypy3.11.13"))

    def test_the_newest_sample_that_admits_one_is_tried(self) -> None:
        named = ("3.12", "3.13", "3.14")
        old, new = release("1.0", pythons=named), release("2.0", pythons=named)
        sampling = run([old, new], rules=self.RULES)
        assert pythons_of(sampling) == {
            "1.0": ("3.12", "3.14"),
            "2.0": ("pypy3.11", "3.12", "3.13t", "3.13", "3.14t", "3.14"),
        }
        assert trials_of(sampling) == {"2.0": ("pypy3.11", "3.13t", "3.14t")}
        verdicts = sampling.python_verdicts
        assert verdicts["1.0"]["3.14t"] == "not needed (another sample covers it)"

    def test_only_files_of_the_build_count(self) -> None:
        files = ("wheel-abi3-cp312", "wheel-cp313t", "wheel-pp311")
        only = replace(release("1.0"), groups=(FileGroup(files, ("any",), ">=3.8"),))
        sampling = run([only], rules=self.RULES)
        assert pythons_of(sampling) == {"1.0": ("pypy3.11", "3.12", "3.13t", "3.13", "3.14")}
        assert sampling.uncovered == {
            "3.14t": "no wheel for Python 3.14t; listing thing in sdists would allow it"
        }

    def test_a_release_for_builds_only_is_tried_on_the_oldest(self) -> None:
        only = replace(release("1.0"), groups=(FileGroup(("wheel-pp311",), ("any",), ">=3.8"),))
        sampling = run([only], rules=self.RULES)
        assert pythons_of(sampling) == {"1.0": ("pypy3.11",)}


class TestRefusals:
    """What cannot be locked is kept, with the reason, and blocks nothing."""

    def test_one_python(self) -> None:
        refusal = Refusal((("thing", "1.0"),), "3.8", "foo has no wheel for 3.8")
        sampling = run(["1.0", "2.0"], rules=THREE, refusals=[refusal])
        assert sampling.refusals == (refusal,)
        assert [sample.unresolvable for sample in sampling.samples] == [
            (("3.8", "foo has no wheel for 3.8"),),
            (),
        ]
        assert pythons_of(sampling) == pythons_of(run(["1.0", "2.0"], rules=THREE))

    def test_all_pythons(self) -> None:
        refusal = Refusal((("thing", "1.0"),), None, "foo wants thing>=2")
        first, _ = run(["1.0", "2.0"], rules=THREE, refusals=[refusal]).samples
        assert first.unresolvable == tuple((minor, "foo wants thing>=2") for minor in first.pythons)

    @pytest.mark.parametrize(
        ("releases", "python"),
        [((("thing", "9.0"),), None), ((("other", "1.0"),), None), ((("thing", "1.0"),), "3.13")],
    )
    def test_what_concerns_no_sample_is_forgotten(
        self, releases: tuple[tuple[str, str], ...], python: str | None
    ) -> None:
        refusal = Refusal(releases, python, "why")
        assert run(["1.0"], rules=THREE, refusals=[refusal]) == run(["1.0"], rules=THREE)
