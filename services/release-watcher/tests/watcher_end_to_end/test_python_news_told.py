"""People hear of a Python that packages come to support; nothing is started for it."""

from __future__ import annotations

import sys
from pathlib import Path

from watcher_index import Index, Receiver
from watcher_world import World

TWO = ("other", "thing>=1")


def test_it_is_told_by_what_the_newest_releases_claim(
    world: World, index: Index, slack: Receiver, tmp_path: Path
) -> None:
    code = f"open({str(tmp_path / 'ran')!r}, 'a')"
    settings = {
        "packages": TWO,
        "target_pythons": ("3.13.0", "3.14"),
        "trigger_command": (sys.executable, "-c", code),
    }
    index.publish("thing", "1.0", "1.1")
    index.publish("other", "3.0")
    index.claim("thing", "1.1", "3.13", "3.14")
    index.claim("other", "3.0", "3.14")
    assert world.poll(**settings) and slack.keys == []
    # Nobody asks again for what is known.
    assert world.poll(**settings)
    assert sorted(index.asked) == [("other", "3.0"), ("thing", "1.1")]

    index.publish("thing", "1.0", "1.1", "1.2")
    index.claim("thing", "1.2", "3.14", "3.15")
    assert world.poll(**settings)
    assert slack.keys == ["thing/1.2/released/0", "python/3.15/claimed/half"]
    assert slack.bodies[1] == {
        "text": (
            said := ":snake: Python 3.15 is not tested on: 1 of 2 packages claim to support it"
        ),
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": said}}],
    }
    (tmp_path / "ran").unlink()
    # Once, also when other events are long forgotten.
    world.later(days=100)
    assert world.poll(**settings)
    assert len(slack.keys) == 2 and not (tmp_path / "ran").exists()


def test_claims_that_cannot_be_read_fail_no_poll_and_are_asked_for_again(
    world: World, index: Index, slack: Receiver
) -> None:
    index.publish("thing", "1.0")
    index.fail_metadata("thing", "1.0")
    assert world.poll(target_pythons=("3.14",))
    index.claim("thing", "1.0", "3.15")
    assert world.poll(target_pythons=("3.14",))
    assert slack.keys == ["python/3.15/claimed/all"]


def test_nobody_asks_where_nothing_says_what_is_tested_on(
    world: World, index: Index, slack: Receiver
) -> None:
    index.publish("thing", "1.0")
    index.claim("thing", "1.0", "3.15")
    assert world.poll() and (index.asked, slack.keys) == ([], [])
