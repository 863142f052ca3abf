from __future__ import annotations

import json

import pytest

from version_matrix.shards.job_matrix import NoRunner, job_matrix, pipeline, runner, told
from version_matrix.shards.work import Job, Kind, Unit

LINUX, MAC = "linux-x86_64-glibc2.28", "macos-arm64-14.0"
RUNNERS = {LINUX: "ubuntu-24.04", MAC: "macos-14"}
JOBS = (
    Job(Kind(LINUX, True), (Unit(("b",), 1.4, "b"), Unit(("a", "c"), 2, "a"))),
    Job(Kind(LINUX, True), (Unit(("d",), 3, "d"),)),
    Job(Kind(MAC, False), (Unit(("d",), 3, "d"),)),
)


def test_a_job_matrix() -> None:
    text = job_matrix(JOBS, RUNNERS)
    assert "\n" not in text
    first, *rest = json.loads(text)["include"]
    assert first == {
        "name": "linux-x86_64, 1 of 2",
        "platform": LINUX,
        "runner": "ubuntu-24.04",
        "blocking": True,
        "seconds": 3,
        "targets": "a b c",
    }
    assert [job["name"] for job in rest] == [
        "linux-x86_64, 2 of 2",
        "macos-arm64, not blocking, 1 of 1",
    ]


def test_nothing_to_do_is_an_empty_list_that_a_workflow_can_compare_with() -> None:
    assert job_matrix((), RUNNERS) == '{"include":[]}'
    assert told((), 0, 0) == "No test is reached: no job."


def test_a_child_pipeline_has_at_least_one_job() -> None:
    assert list(json.loads(pipeline((), RUNNERS))) == ["nothing"]
    made = json.loads(pipeline(JOBS, RUNNERS))
    assert len(made) == 4
    mac = made["macos-arm64, not blocking, 1 of 1"]
    assert (mac["tags"], mac["allow_failure"]) == (["macos-14"], True)
    assert mac["variables"] == {"TARGETS": "d"}


def test_how_even_they_are_is_told() -> None:
    assert told(JOBS, 3, 4) == (
        "3 jobs for 4 tests, of 3 of which is known how long they took: the longest takes 3 s, the "
        "mean is 3 s."
    )


@pytest.mark.parametrize(
    ("platform", "given", "found"),
    [
        (LINUX, {}, "ubuntu-latest"),
        (LINUX, {"linux-x86_64": "large"}, "large"),
        (LINUX, {"linux-x86_64": "large", LINUX: "old"}, "old"),
    ],
)
def test_which_machine(platform: str, given: "dict[str, str]", found: str) -> None:
    assert runner(platform, given) == found


def test_a_platform_without_a_machine_is_an_error_that_names_the_option() -> None:
    with pytest.raises(NoRunner, match=r"no machine is known for linux-s390x-glibc2.28: .*runners"):
        runner("linux-s390x-glibc2.28", {})
