"""Works through suites, several at a time, each finished as soon as it can be.

A goal that awaits many things learns of none before the last of them is there. So the goal starts
lanes and says what is to be done with a finished suite: it is written, and told of. Each lane takes
a suite, brings it up to date, finishes it and takes the next: a slow suite holds up its own lane and
no other, and a kill loses what is in work and nothing else.

What is written meanwhile makes nothing of it run anew: all that a lane is given was read before.
"""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.generate.requests import Lane, LaneResult
from version_matrix.progress.requests import Step


@rule(desc="Work through suites", level=LogLevel.DEBUG)
async def work_through(lane: Lane) -> LaneResult:
    updates = []
    for request in lane.work.taken():
        update = await engine.suite_update(request)
        updates.append(lane.work.finish(update))
        await engine.count([Step("suite", request.suite.address, done=1)])
    return LaneResult(tuple(updates))


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
