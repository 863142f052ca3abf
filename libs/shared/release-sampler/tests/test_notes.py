"""What a sampling tells beside the samples."""

from __future__ import annotations

import pytest

from sampler_makers import chosen, policy, run


@pytest.mark.parametrize(
    ("admitted", "meaning"),
    [
        (">3.7", "admits 3.7.1 and later; write >=3.8 to leave 3.7 out"),
        ("<=3.12", "admits 3.12.0 alone of 3.12; write <3.13 for all of it"),
        ("==3.9", "admits 3.9.0 alone; write ==3.9.* for all of 3.9"),
        ("!=3.9", "leaves out 3.9.0 alone; write !=3.9.* for all of 3.9"),
    ],
)
def test_a_limit_on_python_that_surprises_is_told_with_the_spelling_meant(
    admitted: str, meaning: str
) -> None:
    assert run(["1.0"], python={"*": admitted}).notes == (
        f"python: by PEP 440 {admitted} {meaning}",
    )
    (note,) = run(["1.0"], python={">=1": f">=3.8,{admitted}"}).notes
    assert note == f"python['>=1']: by PEP 440 {admitted} {meaning}"


@pytest.mark.parametrize("admitted", [">=3.8", "<3.12", "~=3.8", "==3.9.*", ">3.7.2", "<=3.12.4"])
def test_other_limits_mean_what_they_say(admitted: str) -> None:
    assert run(["1.0"], python={"*": admitted}).notes == ()


def test_fewer_samples_than_are_kept_are_told() -> None:
    releases = ["1.0", "2.0", "3.0", "4.0"]
    assert run(releases, samples=4).notes == ()
    assert run(releases, samples=2).notes == (
        "samples=2, but 4 are kept in any case: 1.0 lowest, 2.0 major, 3.0 major, 4.0 latest; "
        "a lower max_majors (now 3) keeps fewer",
    )
    assert run(releases, samples=2, max_majors=1).notes == (
        "samples=2, but 3 are kept in any case: 1.0 lowest, 3.0 between, 4.0 latest",
    )


def test_a_suite_may_have_majors_of_its_own() -> None:
    releases = ["1.0", "1.1", "2.0", "3.0", "4.0"]
    assert run(releases, samples=1, max_majors=1).verdicts == {
        "1.0": "lowest",
        "1.1": "not needed (beyond the newest major, gap of 2 series)",
        "2.0": "between",
        "3.0": "not needed (beyond the newest major, gap of 2 series)",
        "4.0": "latest",
    }
    two = run([*releases, "4.1"], rules=policy(samples=3, max_majors=2))
    assert chosen(two) == {"1.0": "lowest", "2.0": "between", "3.0": "major", "4.1": "latest"}
    assert two.verdicts["1.1"] == "not needed (beyond the 2 newest majors, gap of 2 series)"
    assert two.verdicts["4.0"] == "not needed (gap of 2 series)"
