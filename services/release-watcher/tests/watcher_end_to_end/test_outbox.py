"""What waits to be delivered: tried again, given up, kept, and recorded whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from werkzeug import Response

from release_watcher.recorded.store import Store
from watcher_index import Index, Receiver
from watcher_world import World, count, locked, run_until


def unavailable() -> Response:
    return Response("no", 503)


@pytest.mark.usefixtures("impatient")
def test_a_delivery_that_fails_is_tried_again_later(
    world: World, index: Index, slack: Receiver
) -> None:
    index.publish("thing", "1.0")
    world.poll()
    index.publish("thing", "1.0", "1.1")
    slack.replies = [unavailable] * 3
    assert not world.poll()
    (pending,) = world.status().pending
    assert (pending.channel, pending.attempts) == ("slack", 1)
    assert pending.last_error == "localhost answers 503"
    assert len(slack.keys) == 3  # Within the one attempt.

    assert world.poll()
    assert len(slack.keys) == 3  # Not yet due.
    world.later(seconds=31)
    assert world.poll() and world.poll()
    assert slack.keys == ["thing/1.1/released/0"] * 4
    assert world.status().pending == ()


def test_each_delivery_is_tried_once_however_soon_it_is_due_again(
    tmp_path: Path, index: Index, slack: Receiver
) -> None:
    """`poll-once` ends, whatever a receiver says."""

    class Hasty(World):
        """A second has passed whenever somebody looks at the clock."""

        @property
        def now(self) -> datetime:
            self._now += timedelta(seconds=1)
            return self._now

        @now.setter
        def now(self, moment: datetime) -> None:
            self._now = moment

    soon = {"delivery_retry": 0.001, "delivery_backoff_max": 0.001}
    world = Hasty(tmp_path, slack_webhook_url=slack.url, **soon)
    index.publish("thing", "1.0")
    assert world.poll()
    index.publish("thing", "1.0", "1.1", "1.2")
    slack.replies = [lambda: Response("gone", 404)] * 1000
    assert not world.poll()
    assert slack.keys == ["thing/1.1/released/0", "thing/1.2/released/0"]
    assert not world.poll() and len(slack.keys) == 4


@pytest.mark.usefixtures("impatient")
def test_a_delivery_is_given_up_at_its_deadline(
    world: World, index: Index, slack: Receiver
) -> None:
    index.publish("thing", "1.0")
    world.poll()
    index.publish("thing", "1.0", "1.1")
    slack.replies = [unavailable] * 100
    world.poll()
    for _ in range(3):
        world.later(days=1, seconds=1)
        world.poll()
    asked = len(slack.keys)
    world.later(days=1)
    assert world.poll()
    assert (len(slack.keys), world.status().given_up, world.status().pending) == (asked, 1, ())


def test_what_waits_for_a_channel_that_is_not_configured_is_kept(
    world: World, index: Index, slack: Receiver
) -> None:
    index.publish("thing", "1.0")
    world.poll()
    index.publish("thing", "1.0", "1.1")
    slack.replies = [lambda: Response("gone", 404)]
    assert not world.poll()
    assert len(slack.keys) == 1  # 404 is not tried again at once.
    with capture_logs() as logs:
        assert world.poll(slack_webhook_url=None)
    assert count(logs, "deliveries wait", channel="slack", deliveries=1) == 1
    world.later(seconds=31)
    assert world.poll()
    assert slack.keys == ["thing/1.1/released/0"] * 2


def test_what_waits_for_a_channel_that_is_not_configured_is_given_up_at_its_deadline(
    world: World, index: Index, slack: Receiver
) -> None:
    index.publish("thing", "1.0")
    world.poll()
    index.publish("thing", "1.0", "1.1")
    slack.replies = [lambda: Response("gone", 404)]
    world.poll()
    world.later(days=3, seconds=1)
    with capture_logs() as logs:
        assert world.poll(slack_webhook_url=None)
    assert count(logs, "delivery given up", key="thing/1.1/released/0", channel="slack") == 1
    assert world.value("deliveries_total", channel="slack", outcome="given-up") == 1
    assert (world.status().pending, world.status().given_up) == ((), 1)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written fails soon, and is tried again at once."""
    monkeypatch.setattr("release_watcher.recorded.database._PATIENCE", 1.0)
    monkeypatch.setattr("release_watcher.watcher._LONGEST_SLEEP", 0.01)


@pytest.mark.usefixtures("hurried")
def test_what_was_delivered_and_cannot_be_recorded_is_not_sent_again(
    world: World, index: Index, slack: Receiver
) -> None:
    index.publish("thing", "1.0")
    world.poll()
    world.later(hours=2)
    index.publish("thing", "1.0", "1.1")
    with world.parts(delivery_retry=1e-6) as parts, ExitStack() as held, capture_logs() as logs:
        unlock: list[Callable[[], None]] = []

        def lock_and_accept() -> Response:
            unlock.append(held.enter_context(locked(world.settings["database"])))
            return Response("ok")

        def recovered() -> bool:
            if unlock and count(logs, "a loop failed") > 5:
                unlock.pop()()
            return count(logs, "delivered", channel="slack") == 1

        slack.replies = [lock_and_accept]
        run_until(parts, recovered)
    assert slack.keys == ["thing/1.1/released/0"]
    assert world.status().pending == ()


def test_what_was_delivered_is_recorded_even_if_we_are_cut_off(
    world: World, index: Index, slack: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.publish("thing", "1.0")
    world.poll()
    world.later(hours=2)
    index.publish("thing", "1.0", "1.1")
    record, full = Store.record_delivery, True

    def record_with_room(*arguments: Any, **named: Any) -> None:
        if full:
            raise OSError("no space left")
        record(*arguments, **named)

    monkeypatch.setattr(Store, "record_delivery", record_with_room)
    with world.parts() as parts, capture_logs() as logs:

        async def run() -> None:
            nonlocal full
            work = asyncio.create_task(parts.watcher.run(asyncio.Event()))
            async with asyncio.timeout(600):
                # Of both channels, the log and Slack.
                while count(logs, "a loop failed") < 2:
                    await asyncio.sleep(0.01)
            full = False
            work.cancel()
            await asyncio.wait({work})

        asyncio.run(run())
    assert slack.keys == ["thing/1.1/released/0"]
    assert world.status().pending == ()


@pytest.mark.usefixtures("hurried")
def test_what_cannot_be_written_down_is_not_sent(
    world: World, index: Index, slack: Receiver
) -> None:
    index.publish("thing", "1.0")
    world.poll()
    index.publish("thing", "1.0", "1.1")
    slack.replies = [lambda: Response("gone", 404)]
    world.poll()
    world.later(seconds=31)
    with world.parts() as parts, locked(world.settings["database"]), capture_logs() as logs:
        run_until(parts, lambda: count(logs, "a loop failed") > 5)
    assert len(slack.keys) == 1
    world.poll()
    assert slack.keys == ["thing/1.1/released/0"] * 2
