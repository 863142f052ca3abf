"""Which releases may be sampled, and the verdicts on those that may not."""

from __future__ import annotations

import pytest

from release_sampler import Release, SamplerError
from sampler_makers import chosen, days_ago, release, run


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (release("0.9"), "outside the specifier"),
        (release("1.5.dev3"), "dev"),
        (release("1.5a1.dev3"), "dev"),
        (release("1.5", yanked=True), "yanked"),
        (release("1.5", yanked="breaks pickles"), "yanked: breaks pickles"),
        (release("1.5", files=("sdist",)), "no installable file (files: sdist)"),
        (release("1.5", files=()), "no installable file (files: none)"),
        (release("1.5", files=("wheel-windows",)), "no installable file (files: wheel-windows)"),
        # pyodbc 4.0.28: a cell on Linux could not be installed.
        (
            release("1.5", files=("sdist", "wheel-macos")),
            "no installable file (files: sdist, wheel-macos)",
        ),
        (release("1.5", requires_python=">=3.99"), "no Python (Requires-Python >=3.99)"),
        (release("1.5", requires_python="<3"), "no Python (Requires-Python <3)"),
        (release("1.5", files=("wheel-cp36",)), "no Python (files: wheel-cp36)"),
        (release("1.5", uploaded=days_ago(1)), "cooling until 2026-11-23T06:00:00Z"),
        (release("1.5", problem="invalid upload-time"), "unreadable (invalid upload-time)"),
        (Release("1.5_x!", problem="not a PEP 440 version"), "unreadable (not a PEP 440 version)"),
    ],
)
def test_a_release_that_may_not_be_sampled_has_a_verdict(other: Release, verdict: str) -> None:
    sampling = run(["1.0", "2.0", other], "thing>=1")
    assert sampling.verdicts[other.version] == verdict
    assert chosen(sampling) == {"1.0": "lowest", "2.0": "latest"}


def test_a_release_that_the_suites_pythons_exclude() -> None:
    sampling = run(["1.0", "2.0"], python={"<2": "<3.8"})
    assert sampling.verdicts == {"1.0": "no Python (excluded by the suite)", "2.0": "lowest"}


def test_every_release_has_a_verdict_in_the_order_of_the_snapshot() -> None:
    versions = ["1.9.1", "1.10", "1.9", "1.10rc1", "2.0.dev1"]
    assert list(run(versions).verdicts) == ["1.9", "1.9.1", "1.10rc1", "1.10", "2.0.dev1"]


@pytest.mark.parametrize(
    ("specifier", "version", "admitted"),
    [
        (">=2.0", "2.0rc1", True),
        ("<2.0", "2.0rc1", False),
        ("==3.7.4", "3.7.4.post0", True),
        ("<=3.7.4", "3.7.4.post0", True),
        (">=2.0rc2", "2.0rc1", False),
        (">=2.0rc1", "2.0rc1", True),
        ("!=2.0rc1", "2.0rc1", False),
        ("!=1.0.post1", "1.0.post1", False),
        ("==1.0.post1", "1.0.post1", True),
        ("==1.0", "1.0+cpu", True),
        ("~=1.4", "1.4.0.3", True),
        (">=1!1.0", "2.0", False),
        ("", "0.1a1", True),
    ],
)
def test_pre_and_post_releases_match_by_their_base_version(
    specifier: str, version: str, admitted: bool
) -> None:
    try:
        sampling = run([version], f"thing{specifier}")
    except SamplerError:
        assert not admitted
        return
    assert admitted and sampling.verdicts[version] == "lowest"


def test_a_floor_is_never_a_prerelease_while_stable_releases_exist() -> None:
    sampling = run(["1.0rc1", "1.0", "2.0"], "thing>=1.0")
    assert chosen(sampling) == {"1.0": "lowest", "2.0": "latest"}
    assert sampling.verdicts["1.0rc1"] == "superseded in its series by 1.0"


def test_a_package_of_prereleases_only_is_sampled_as_if_they_were_stable() -> None:
    sampling = run(["0.38b0", "0.39b0", "0.40b0"])
    assert chosen(sampling) == {"0.38b0": "lowest", "0.39b0": "between", "0.40b0": "latest"}


def test_prereleases_do_not_stand_in_for_a_stable_release_that_is_cooling() -> None:
    """Else a new suite would start with alphas of years ago, for three days."""
    releases = [release("0.1a1"), release("0.2b1"), release("1.0", uploaded=days_ago(1))]
    with pytest.raises(SamplerError, match="1 cooling.*; the first is usable from 2026-11-23T06"):
        run(releases)
    assert chosen(run(releases, as_of=days_ago(-2))) == {"1.0": "lowest"}


def test_prereleases_that_were_samples_stay_until_the_stable_release_has_cooled() -> None:
    releases = [release("0.1a1"), release("0.2b1"), release("1.0", uploaded=days_ago(1))]
    before = {"0.1a1": "lowest", "0.2b1": "latest"}
    assert chosen(run(releases, previous=before)) == before
    assert chosen(run(releases, previous=before, as_of=days_ago(-2))) == {"1.0": "lowest"}


@pytest.mark.parametrize(
    "stable",
    [
        release("1.0", yanked=True),
        release("1.0", files=("sdist",)),
        release("1.0", requires_python="<3"),
        release("0.1"),
    ],
)
def test_prereleases_stand_in_where_no_stable_release_will_do(stable: Release) -> None:
    sampling = run(["1.0a1", "1.1b1", stable], "thing>=1.0")
    assert chosen(sampling) == {"1.0a1": "lowest", "1.1b1": "latest"}


def test_where_all_is_cooling_it_says_when_the_first_is_usable() -> None:
    with pytest.raises(SamplerError, match="the first is usable from 2026-11-22T06:00:00Z;"):
        run([release("1.0", uploaded=days_ago(1)), release("1.1", uploaded=days_ago(2))])


def test_a_post_release_replaces_its_base_even_at_the_ends() -> None:
    """Elsewhere post-releases such as 3.7.4.post0 were dropped."""
    sampling = run(["1.0", "1.0.post1", "1.0.post2", "2.0"])
    assert chosen(sampling) == {"1.0.post2": "lowest", "2.0": "latest"}
    assert sampling.verdicts["1.0"] == "superseded in its series by 1.0.post2"
    assert sampling.verdicts["1.0.post1"] == "superseded in its series by 1.0.post2"


def test_a_base_stays_while_its_post_release_is_cooling_or_yanked() -> None:
    cooling = release("1.0.post1", uploaded=days_ago(1))
    yanked = release("1.0.post2", yanked=True)
    assert "1.0" in chosen(run(["1.0", cooling, yanked, "2.0"]))


def test_a_cooling_release_is_sampled_once_it_has_cooled() -> None:
    newest = release("2.0", uploaded=days_ago(2))
    assert chosen(run(["1.0", newest])) == {"1.0": "lowest"}
    assert chosen(run(["1.0", newest], as_of=days_ago(-1)))["2.0"] == "latest"


def test_a_cooling_release_that_was_sampled_before_stays() -> None:
    newest = release("2.0", uploaded=days_ago(2))
    assert chosen(run(["1.0", newest], previous=["1.0", "2.0"]))["2.0"] == "latest"


def test_without_upload_times_nothing_cools() -> None:
    sampling = run([release("1.0", uploaded=None), release("2.0", uploaded=None)])
    assert chosen(sampling) == {"1.0": "lowest", "2.0": "latest"}


def test_an_sdist_counts_where_the_suite_lists_the_package() -> None:
    old = release("1.0", files=("sdist",))
    assert chosen(run([old, "2.0"], "Thing", sdists=frozenset({"thing"})))["1.0"] == "lowest"
    assert "1.0" not in chosen(run([old, "2.0"], sdists=frozenset({"other"})))


def test_nothing_to_sample_is_an_error_that_says_why() -> None:
    with pytest.raises(SamplerError) as raised:
        run(["1.0", "1.1", release("9.0", yanked="oops")], "thing>=9")
    message = str(raised.value)
    assert "thing: no release matches 'thing>=9'" in message
    assert "2 outside the specifier, 1 yanked" in message and "newest is 9.0" in message


def test_as_of_a_time_nothing_is_there_yet_that_came_later() -> None:
    later = release("2.0", uploaded=days_ago(-2))
    sampling = run(["1.0", later])
    assert chosen(sampling) == {"1.0": "lowest"}
    assert sampling.verdicts["2.0"] == "not there yet (uploaded 2026-11-23T06:00:00Z)"
    assert run(["1.0", later], as_of=days_ago(-6)).verdicts["2.0"] == "latest"
    # What was sampled already stays, though it is newer than that time.
    assert run(["1.0", later], previous=["1.0", "2.0"]).verdicts["2.0"] == "latest"
