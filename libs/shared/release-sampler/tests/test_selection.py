"""Which candidates are chosen: ends, majors, prerelease, between; and what stays from the last time."""

from __future__ import annotations

import pytest

from sampler_makers import chosen, days_ago, policy, release, run


def series(major: int, minors: int) -> list[str]:
    return [f"{major}.{minor}.0" for minor in range(minors)]


@pytest.mark.parametrize(
    ("releases", "samples", "expected"),
    [
        pytest.param(["1.0"], 5, "1.0 lowest", id="one release"),
        pytest.param(["1.0.0", "1.0.1", "1.0.2"], 5, "1.0.0 lowest, 1.0.2 latest", id="one series"),
        pytest.param(
            ["1.0.0", "1.0.1", "1.1.0", "1.1.7", "1.2.0"],
            5,
            "1.0.0 lowest, 1.1.7 between, 1.2.0 latest",
            id="the floor speaks for itself, the newest patch for its series",
        ),
        pytest.param(
            series(0, 9),
            5,
            "0.0.0 lowest, 0.2.0 between, 0.4.0 between, 0.6.0 between, 0.8.0 latest",
            id="zero-major package, evenly",
        ),
        pytest.param(
            series(1, 4),
            3,
            "1.0.0 lowest, 1.2.0 between, 1.3.0 latest",
            id="a tie goes to the newer",
        ),
        pytest.param(
            series(1, 9),
            1,
            "1.0.0 lowest, 1.4.0 between, 1.8.0 latest",
            id="one between wherever there is a gap",
        ),
        pytest.param(
            ["1.0", "1.109", "2.53"],
            3,
            "1.0 lowest, 1.109 major, 2.53 latest",
            id="nothing between where there is no gap",
        ),
        pytest.param(
            [*(f"1.{n}" for n in range(110)), *(f"2.{n}" for n in range(54))],
            3,
            "1.0 lowest, 1.55 between, 1.109 major, 2.53 latest",
            id="field: several majors, and no sample inside a major",
        ),
        pytest.param(
            ["1.0", "2.0", "3.0", "4.0", "5.0", "6.0"],
            2,
            "1.0 lowest, 3.0 between, 4.0 major, 5.0 major, 6.0 latest",
            id="the newest majors only",
        ),
        pytest.param(
            ["1.2.3.4", "1.2.3.10", "1.2.3.9", "1.3.0.1"],
            5,
            "1.2.3.4 lowest, 1.3.0.1 latest",
            id="field: four parts, the floor",
        ),
        pytest.param(
            ["1.0", "1.2.3.4", "1.2.3.10", "1.2.3.9", "1.3.0.1"],
            5,
            "1.0 lowest, 1.2.3.10 between, 1.3.0.1 latest",
            id="field: four-part versions mis-ordered",
        ),
        pytest.param(
            ["2020.1", "2021.4", "1!1.0", "1!1.1", "1!1.2"],
            5,
            "2020.1 lowest, 2021.4 major, 1!1.0 between, 1!1.1 between, 1!1.2 latest",
            id="epochs",
        ),
        pytest.param(
            ["1.0", "1.1+cpu", "1.1", "1.2"],
            5,
            "1.0 lowest, 1.1+cpu between, 1.2 latest",
            id="local versions",
        ),
        pytest.param(
            ["3.6.0", "3.7.4", "3.7.4.post0", "3.8.0"],
            5,
            "3.6.0 lowest, 3.7.4.post0 between, 3.8.0 latest",
            id="field: post-releases dropped",
        ),
    ],
)
def test_choice(releases: list[str], samples: int, expected: str) -> None:
    choice = chosen(run(releases, samples=samples))
    assert ", ".join(f"{version} {tier}" for version, tier in choice.items()) == expected


def test_a_line_still_being_patched_is_kept_when_a_newer_major_exists() -> None:
    """Elsewhere a minor line still being patched fell out as soon as a newer major existed."""
    patched = release("2.32.5", uploaded=days_ago(10))
    choice = chosen(run([*series(1, 9), "2.32.0", patched, *series(3, 9)], samples=3))
    assert choice["2.32.5"] == "major"


def test_verdicts_on_what_was_not_needed() -> None:
    verdicts = run(["1.0.0", "1.0.1", *series(1, 9)[1:]], samples=3).verdicts
    assert verdicts["1.0.1"] == "not needed (its series is sampled by 1.0.0)"
    assert verdicts["1.2.0"] == "not needed (gap of 4 series)"
    assert run(["1.0", "1.1.0", "1.1.1", "1.2"]).verdicts["1.1.0"] == (
        "superseded in its series by 1.1.1"
    )


class TestPrereleases:
    def test_the_newest_above_the_newest_stable_is_sampled_beyond_the_number(self) -> None:
        recent = days_ago(20)
        alpha, beta = release("2.0a1", uploaded=recent), release("2.0b1", uploaded=recent)
        sampling = run([*series(1, 9), alpha, beta], samples=3)
        assert chosen(sampling) == {
            "1.0.0": "lowest",
            "1.4.0": "between",
            "1.8.0": "latest",
            "2.0b1": "prerelease",
        }
        assert sampling.verdicts["2.0a1"] == "superseded in its series by 2.0b1"

    def test_a_stale_alpha_is_not_picked_for_ever(self) -> None:
        stale = release("2.0a1", uploaded=days_ago(181))
        sampling = run(["1.0", stale], previous=["1.0", "2.0a1"])
        assert chosen(sampling) == {"1.0": "lowest"}
        assert sampling.verdicts["2.0a1"] == "not needed (prerelease too old)"

    def test_one_below_the_newest_stable_is_not_needed(self) -> None:
        rc = release("1.1rc1", uploaded=days_ago(20))
        sampling = run(["1.0", rc, "1.2"])
        assert sampling.verdicts["1.1rc1"] == "not needed (prerelease below 1.2)"

    def test_one_of_another_series_than_the_newest_is_not_needed(self) -> None:
        one, two = (release(v, uploaded=days_ago(20)) for v in ("1.1rc1", "1.2a1"))
        assert run(["1.0", one, two]).verdicts["1.1rc1"] == "not needed (prerelease below 1.2a1)"

    def test_one_of_unknown_age_is_not_recent(self) -> None:
        assert "2.0a1" not in chosen(run(["1.0", release("2.0a1", uploaded=None)]))

    def test_one_does_not_supersede_a_stable_release(self) -> None:
        rc = release("1.2.1rc1", uploaded=days_ago(20))
        assert chosen(run(["1.0", "1.2", rc])) == {
            "1.0": "lowest",
            "1.2": "latest",
            "1.2.1rc1": "prerelease",
        }


class TestSticky:
    before = ["1.0.0", "1.3.0", "1.6.0", "1.8.0"]

    def test_interior_samples_stay(self) -> None:
        """Elsewhere interior samples drifted with every release."""
        choice = chosen(run(series(1, 10), samples=4, previous=self.before))
        assert list(choice) == ["1.0.0", "1.3.0", "1.6.0", "1.9.0"]

    def test_a_newer_patch_does_not_replace_an_interior_sample(self) -> None:
        sampling = run([*series(1, 9), "1.3.1", "1.3.2"], samples=4, previous=self.before)
        assert list(chosen(sampling)) == self.before
        assert sampling.verdicts["1.3.2"] == "not needed (its series is sampled by 1.3.0)"
        assert sampling.verdicts["1.3.1"] == "superseded in its series by 1.3.2"

    def test_a_yanked_interior_sample_goes_and_the_others_stay(self) -> None:
        releases = [release(v, yanked=v == "1.3.0") for v in series(1, 9)]
        choice = chosen(run(releases, samples=4, previous=self.before))
        assert list(choice) == ["1.0.0", "1.4.0", "1.6.0", "1.8.0"]

    def test_the_last_latest_is_no_interior_sample(self) -> None:
        assert "1.8.0" not in chosen(run(series(1, 10), samples=4, previous=self.before))

    def test_the_ends_follow_range_and_releases(self) -> None:
        releases = [*series(1, 10), "1.9.1"]
        choice = chosen(run(releases, "thing>=1.1", samples=4, previous=self.before))
        assert choice == {
            "1.1.0": "lowest",
            "1.3.0": "between",
            "1.6.0": "between",
            "1.9.1": "latest",
        }

    def test_samples_that_leave_too_large_a_gap_are_given_up(self) -> None:
        # Afresh the largest gap would be 10, so that 20 is the limit: one of three has to go.
        previous = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.40.0"]
        choice = chosen(run(series(1, 41), samples=5, previous=previous))
        assert list(choice) == ["1.0.0", "1.2.0", "1.3.0", "1.22.0", "1.40.0"]

    def test_one_bad_place_does_not_cost_the_good_one(self) -> None:
        previous = ["1.0.0", "1.1.0", "1.20.0", "1.40.0"]
        choice = chosen(run(series(1, 41), samples=4, previous=previous))
        assert "1.20.0" in choice

    def test_fewer_samples_keep_the_best_placed(self) -> None:
        previous = ["1.0.0", "1.1.0", "1.4.0", "1.8.0"]
        choice = chosen(run(series(1, 9), samples=3, previous=previous))
        assert list(choice) == ["1.0.0", "1.4.0", "1.8.0"]

    def test_a_major_that_is_superseded_does_not_stay_as_interior(self) -> None:
        releases = ["1.0", "1.26.18", "1.26.19", "2.0"]
        choice = chosen(run(releases, previous=["1.0", "1.26.18", "2.0"]))
        assert list(choice) == ["1.0", "1.26.19", "2.0"]

    def test_garbage_among_previous_samples_is_ignored(self) -> None:
        previous = ["../../etc/passwd", "9" * 5000, "7.7"]
        assert chosen(run(["1.0", "2.0"], previous=previous)) == {"1.0": "lowest", "2.0": "latest"}


def test_policy_decides_where_the_suite_is_silent() -> None:
    assert len(chosen(run(series(1, 30), rules=policy(samples=7)))) == 7
    assert len(chosen(run(series(1, 30), samples=4, rules=policy(samples=7)))) == 4
