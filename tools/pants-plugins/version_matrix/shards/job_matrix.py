"""Jobs as a CI service takes them: the job matrix of GitHub Actions, the child pipeline of GitLab. Pure.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
https://docs.gitlab.com/ci/pipelines/downstream_pipelines/#dynamic-child-pipelines
"""

from __future__ import annotations

import json
from typing import Iterator, Mapping, Sequence

from version_matrix.shards.work import Job, Kind

# What the platforms of most policies run on, by system and processor.
RUNNERS = {
    "linux-x86_64": "ubuntu-latest",
    "linux-aarch64": "ubuntu-24.04-arm",
    "macos-arm64": "macos-latest",
}


class NoRunner(ValueError):
    """No machine is known for a platform; the text names the option that tells one."""


def runner(platform: str, given: Mapping[str, str]) -> str:
    """The label of the machine for a platform; raises `NoRunner`."""
    short = "-".join(platform.split("-")[:2])
    found = given.get(platform) or given.get(short) or RUNNERS.get(short)
    if not found:
        raise NoRunner(
            f"no machine is known for {platform}: name its label in [matrix-shards].runners, or the "
            "platforms to be tested in [matrix-shards].platforms"
        )
    return found


def job_matrix(jobs: Sequence[Job], runners: Mapping[str, str]) -> str:
    """`{"include":[...]}` on one line without blanks; an empty list where there is nothing to do.

    Each job has `name`, `platform`, `runner`, `blocking`, `seconds` and `targets`, the addresses of its
    tests with blanks between them. `runners` has the label of each platform.
    """
    include = [
        {
            "name": name,
            "platform": job.kind.platform,
            "runner": runners[job.kind.platform],
            "blocking": job.kind.blocking,
            "seconds": round(job.seconds),
            "targets": _targets(job),
        }
        for name, job in _named(jobs)
    ]
    return json.dumps({"include": include}, separators=(",", ":"))


def pipeline(jobs: Sequence[Job], runners: Mapping[str, str]) -> str:
    """A child pipeline, as JSON, which is YAML; `runners` has the tag of each platform.

    A pipeline without a job is an error there, and so one is always in it.
    """
    made: dict[str, object] = {"nothing": {"script": ["true"]}}
    for name, job in _named(jobs):
        made[name] = {
            "tags": [runners[job.kind.platform]],
            "allow_failure": not job.kind.blocking,
            "variables": {"TARGETS": _targets(job)},
            "script": ['echo "$TARGETS" | xargs ./pants test'],
            "artifacts": {
                "when": "always",
                "paths": ["dist/test/reports"],
                "reports": {"junit": "dist/test/reports/*.xml"},
            },
        }
    return json.dumps(made)


def told(jobs: Sequence[Job], known: int, tests: int) -> str:
    """A line for people: how many jobs, and how even they are."""
    if not jobs:
        return "No test is reached: no job."
    longest = max(job.seconds for job in jobs)
    mean = sum(job.seconds for job in jobs) / len(jobs)
    return (
        f"{len(jobs)} jobs for {tests} tests, of {known} of which is known how long they took: the "
        f"longest takes {longest:.0f} s, the mean is {mean:.0f} s."
    )


def _named(jobs: Sequence[Job]) -> Iterator[tuple[str, Job]]:
    of_kind: dict[Kind, int] = {}
    for job in jobs:
        number = of_kind[job.kind] = of_kind.get(job.kind, 0) + 1
        count = sum(other.kind == job.kind for other in jobs)
        yield _name(job.kind, number, count), job


def _targets(job: Job) -> str:
    return " ".join(sorted(address for unit in job.units for address in unit.addresses))


def _name(kind: Kind, number: int, count: int) -> str:
    short = "-".join(kind.platform.split("-")[:2])
    which = "" if kind.blocking else ", not blocking"
    return f"{short}{which}, {number} of {count}"
