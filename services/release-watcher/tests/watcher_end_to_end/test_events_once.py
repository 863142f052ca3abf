"""From the index to Slack: every event is told once, whatever happens between."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs
from werkzeug import Response

from release_watcher.chosen.watchlist import Watched
from release_watcher.events import Kind
from release_watcher.recorded.store import Store
from watcher_index import Index, Receiver
from watcher_world import World, count, locked, run_until


def test_the_life_of_a_release(world: World, index: Index, slack: Receiver) -> None:
    index.publish("thing", "1.0", "1.1", yanked={"1.2": "broken"})
    assert world.poll()
    assert slack.keys == []  # The baseline.

    index.publish("thing", "1.0", "1.1", "1.3", yanked={"1.2": "broken"})
    assert world.poll() and world.poll()
    assert slack.keys == ["thing/1.3/released/0"]

    index.publish("thing", "1.0", "1.2", "1.3", yanked={"1.1": "wrong <b>"})
    assert world.poll() and world.poll()
    assert slack.keys[1:] == ["thing/1.1/yanked/1", "thing/1.2/unyanked/1"]

    index.publish("thing", "1.0", "1.2", yanked={"1.1": "wrong <b>"})
    assert world.poll() and world.poll()
    index.publish("thing", "1.0", "1.2", "1.3", yanked={"1.1": "wrong <b>"})
    assert world.poll() and world.poll()
    assert slack.keys[3:] == ["thing/1.3/withdrawn/1", "thing/1.3/restored/2"]
    assert [body["text"] for body in slack.bodies] == [
        ":package: thing 1.3 is released",
        ":warning: thing 1.1 is yanked: wrong &lt;b&gt;",
        ":leftwards_arrow_with_hook: thing 1.2 is no longer yanked",
        ":x: thing 1.3 is gone from the index",
        ":leftwards_arrow_with_hook: thing 1.3 is on the index again",
    ]
    assert all("traceparent" in request.headers for request in slack.requests)


def test_an_answer_that_cannot_be_recorded_stops_no_other_package(
    world: World, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.publish("bad", "1.0")
    index.publish("thing", "1.0")
    record = Store.record_success

    def unless_bad(self: Store, watched: Watched, *arguments: Any, **named: Any) -> Any:
        if watched.name == "bad":
            raise ValueError("odd")
        return record(self, watched, *arguments, **named)

    monkeypatch.setattr(Store, "record_success", unless_bad)
    assert not world.poll(packages=("bad", "thing"))
    bad, thing = world.status(packages=("bad", "thing")).packages
    assert (bad.last_error, thing.failures) == ("bad: unexpected ValueError: odd", 0)
    assert thing.last_success_at is not None


def test_what_nothing_admits_is_remembered_and_not_told(
    world: World, index: Index, slack: Receiver
) -> None:
    index.publish("thing", "1.0")
    world.poll()
    index.publish("thing", "1.0", "0.5", "2.0rc1", "2.0.dev3")
    world.poll()
    # Whoever lowers the floor later does not want to hear of old releases.
    world.poll(packages=("thing",))
    assert slack.keys == []
    assert world.status().recent == ()


def test_a_flag_announces_prereleases(
    world: World, index: Index, slack: Receiver, tmp_path: Path
) -> None:
    file = tmp_path / "flags.json"
    flag = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "on"}
    file.write_text(json.dumps({"flags": {"announce-prereleases": flag}}))
    index.publish("thing", "1.0")
    world.poll(flags_file=file)
    index.publish("thing", "1.0", "2.0rc1")
    world.poll(flags_file=file)
    assert slack.keys == ["thing/2rc1/released/0"]


def test_a_package_that_comes_later_has_a_baseline_of_its_own(
    world: World, index: Index, slack: Receiver
) -> None:
    index.publish("thing", "1.0")
    index.publish("other", "3.0", "3.1")
    world.poll()
    world.poll(packages=("thing>=1", "other"))
    assert slack.keys == []
    index.publish("other", "3.0", "3.1", "3.2")
    world.poll(packages=("thing>=1", "other"))
    assert slack.keys == ["other/3.2/released/0"]


@pytest.mark.usefixtures("impatient")
def test_a_clock_that_was_ahead_puts_nothing_off(
    world: World, index: Index, slack: Receiver
) -> None:
    index.publish("thing", "1.0")
    index.answer_with("other", 500, **{"Retry-After": "0"})
    packages = ("thing>=1", "other")
    world.later(days=365)
    world.poll(packages=packages)
    index.publish("thing", "1.0", "1.1")
    slack.replies = [lambda: Response("gone", 404)]
    world.poll(packages=packages)
    world.later(days=-365)
    index.publish("thing", "1.0", "1.1", "1.2")
    index.publish("other", "1.0")
    assert world.status(packages=packages).stale(world.now, timedelta(days=1)) == ("other", "thing")
    with world.parts(packages=packages):
        assert world.value("oldest_success_age_seconds") is None  # "other" has never been polled.
    with world.parts():
        assert world.value("oldest_success_age_seconds") == 0

    with world.parts(packages=packages) as parts, capture_logs() as logs:
        run_until(
            parts,
            lambda: count(logs, "delivered", channel="slack") == 2 and count(logs, "polled") == 2,
        )
    assert slack.keys == ["thing/1.1/released/0"] * 2 + ["thing/1.2/released/0"]
    assert count(logs, "what was put off for too long", log_level="warning") == 1
    status = world.status(packages=packages)
    assert status.stale(world.now, timedelta(days=1)) == () and status.pending == ()
    assert {event.detected_at for event in status.recent} == {world.now}


def test_a_poll_that_ends_now_is_not_of_the_future(world: World, index: Index) -> None:
    """Written by another thread between a look at the clock and one at the table, it would be."""
    index.publish("thing", "1.0")
    with world.parts() as parts:
        asyncio.run(parts.watcher.run_once())

        def clock() -> datetime:
            with closing(sqlite3.connect(world.settings["database"], timeout=0)) as other:
                with pytest.raises(sqlite3.OperationalError, match="locked"):
                    other.execute("BEGIN IMMEDIATE")
            return world.now

        day = timedelta(days=1)
        assert not parts.store.forget_future(clock, longest_poll=day, longest_delivery=day)


@pytest.mark.usefixtures("impatient")
def test_a_package_that_is_gone_is_told_once_and_so_is_its_return(
    world: World, index: Index, slack: Receiver
) -> None:
    index.publish("thing", "1.0", "1.1")
    world.poll(gone_after=3)

    def answered(*statuses: int) -> list[str]:
        """The events of polls that were answered so, the last one told first."""
        slack.requests.clear()
        for status in statuses:
            index.answer_with("thing", status, **{"Retry-After": "0"})
            assert not world.poll(gone_after=3)
        return slack.keys

    # An index that fails says nothing about the package.
    assert answered(404, 500, 404, 500) == []
    assert answered(404) == ["thing/gone/1"]
    assert slack.bodies[0]["text"] == ":x: thing is gone from the index, with all its releases"
    assert answered(404, 404, 404, 404) == []
    (package,) = world.status().packages
    assert package.gone and world.status().oldest_success() is None

    index.publish("thing", "1.0", "1.1", "1.2")
    assert world.poll(gone_after=3)
    assert slack.keys == ["thing/back/1", "thing/1.2/released/0"]
    assert world.status().recent[-1].version == ""
    # Once more, from the beginning.
    assert answered(404, 404) == []
    assert answered(404) == ["thing/gone/2"]


def test_a_package_that_never_was_there_is_not_gone(
    world: World, index: Index, slack: Receiver
) -> None:
    index.answer_with("thing", 404)
    world.poll(gone_after=1)
    world.poll(gone_after=1)
    assert slack.keys == []
    assert "no such package" in world.status().packages[0].last_error


@pytest.mark.usefixtures("impatient")
class TestFailingIndex:
    @pytest.mark.parametrize(
        "status, body, reason",
        [
            (404, "", "no such package"),
            (403, "", "the index answers 403"),
            (429, "", "the index asks for patience"),
            (500, "", "the index answers 500"),
            (200, "<html>sign in</html>", "the index lists no releases"),
            (200, '{"files": 7}', "no page of the Simple API"),
        ],
        ids=["not found", "forbidden", "too many", "broken", "captive portal", "garbage"],
    )
    def test_is_no_withdrawal(
        self, world: World, index: Index, slack: Receiver, status: int, body: str, reason: str
    ) -> None:
        index.publish("thing", "1.0", "1.1")
        world.poll()
        kind = "application/vnd.pypi.simple.v1+json" if body.startswith("{") else "text/html"
        index.answer_with("thing", status, body, **{"Content-Type": kind})
        assert not world.poll()
        (package,) = world.status().packages
        assert package.failures == 1 and reason in package.last_error
        index.publish("thing", "1.0", "1.1")
        assert world.poll()
        (package,) = world.status().packages
        assert (package.failures, package.last_error, slack.keys) == (0, "", [])

    def test_that_asks_for_patience_gets_it(self, world: World, index: Index) -> None:
        index.answer_with("thing", 429, **{"Retry-After": "7200"})
        assert not world.poll()
        (package,) = world.status().packages
        assert package.next_poll_at == world.now + timedelta(hours=2)

    def test_of_one_package_does_not_keep_the_others_waiting(
        self, world: World, index: Index, slack: Receiver
    ) -> None:
        packages = ("bad", "thing>=1")
        index.publish("thing", "1.0")
        index.answer_with("bad", 500, **{"Retry-After": "0"})
        assert not world.poll(packages=packages, concurrency=1)
        index.publish("thing", "1.0", "1.1")
        assert not world.poll(packages=packages, concurrency=1)
        assert slack.keys == ["thing/1.1/released/0"]
        bad, thing = world.status(packages=packages).packages
        assert (bad.failures, thing.failures) == (2, 0)
        assert bad.next_poll_at is not None and bad.last_attempt_at is not None
        # The second failure in a row: 60 seconds, doubled, give or take five percent.
        assert 114 <= (bad.next_poll_at - bad.last_attempt_at).total_seconds() <= 126


def test_a_command_and_a_webhook_trigger_the_update(
    world: World, index: Index, slack: Receiver, httpserver: HTTPServer, tmp_path: Path
) -> None:
    hook, ran = Receiver(httpserver, "/update"), tmp_path / "ran"
    code = f"import os; open({str(ran)!r}, 'a').write(os.environ['RELEASE_WATCHER_KEY'] + chr(10))"
    triggers = {
        "trigger_webhook_url": hook.url,
        "trigger_command": (sys.executable, "-c", code),
    }
    index.publish("thing", "1.0")
    world.poll(**triggers)
    index.publish("thing", "1.0", "1.1", "1.2")
    slack.replies = [lambda: Response("", 400)]
    # A channel that fails keeps no other one waiting.
    assert not world.poll(**triggers)
    keys = ["thing/1.1/released/0", "thing/1.2/released/0"]
    assert (hook.keys, ran.read_text().splitlines()) == (keys, keys)
    world.later(minutes=1)
    assert world.poll(**triggers)
    assert slack.keys == [*keys, keys[0]]
    assert (hook.keys, ran.read_text().splitlines()) == (keys, keys)


def test_what_has_not_changed_is_not_sent_again(world: World, index: Index) -> None:
    index.publish("thing", "1.0")
    world.poll()
    world.poll()
    assert index.answers == [("thing", 200), ("thing", 304)]


def test_a_shorter_interval_counts_at_once(world: World, index: Index) -> None:
    index.publish("thing", "1.0")
    world.poll()
    with world.parts() as parts:
        due = [
            parts.store.next_polls(names, timedelta(minutes=minutes)).get("thing")
            for names, minutes in ((["thing"], 1), (["thing"], 90), (["other"], 1))
        ]
    (package,) = world.status().packages
    assert due == [world.now + timedelta(minutes=1), package.next_poll_at, None]


def test_old_events_and_packages_are_forgotten(world: World, index: Index) -> None:
    index.publish("thing", "1.0")
    index.publish("other", "3.0")
    world.poll(packages=("thing>=1", "other"))
    index.publish("thing", "1.0", "1.1")
    world.poll()
    world.later(days=89)
    world.poll()
    assert [event.kind for event in world.status().recent] == [Kind.RELEASED]
    assert world.status(packages=("other",)).packages[0].last_success_at is not None
    world.later(days=2)
    world.poll()
    assert world.status().recent == ()
    assert world.status(packages=("other",)).packages[0].last_success_at is None
    # The releases of what is watched stay: they are what the next poll compares with.
    assert world.poll() and world.status().recent == ()


def test_metrics_tell_the_state(world: World, index: Index) -> None:
    packages = ("thing>=1", "other")
    index.publish("thing", "1.0")
    index.publish("other", "1.0")
    world.poll(packages=packages)
    index.publish("thing", "1.0", "1.1")
    index.answer_with("other", 404)
    with world.parts(packages=packages) as parts:
        asyncio.run(parts.watcher.run_once())
        world.later(minutes=5)

        value = world.value
        assert value("polls_total", outcome="success") == 1
        assert value("polls_total", outcome="failure") == 1
        assert value("events_total", kind="released") == 1
        assert value("events_total", kind="yanked") == 0
        assert value("deliveries_total", channel="slack", outcome="success") == 1
        # There from the start: an alarm on its increase would not see the first.
        assert value("deliveries_total", channel="slack", outcome="given-up") == 0
        assert value("packages") == 2
        assert value("failing_packages") == 1
        assert value("pending_deliveries") == 0
        assert value("oldest_success_age_seconds") == 300
        with locked(world.settings["database"]):
            assert value("packages") == 2
        with closing(sqlite3.connect(world.settings["database"])) as database:
            database.execute("DROP TABLE packages")
        assert value("packages") is None
        assert value("polls_total", outcome="success") == 1


def test_what_came_after_a_backup_is_told_again_by_the_same_key(
    world: World, index: Index, slack: Receiver, tmp_path: Path
) -> None:
    """By the commands of the README."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    block = readme.partition("Back it up")[2].split("```sh\n")[1].partition("```")[0]
    backup, *restore = (
        line.replace("python3.12", sys.executable).replace("release-watcher.", "watcher.")
        for line in block.splitlines()
    )
    index.publish("thing", "1.0")
    world.poll()
    index.publish("thing", "1.0", "1.1")
    with world.parts() as parts:
        assert asyncio.run(parts.watcher.run_once())
        subprocess.run(["sh", "-euc", backup], cwd=tmp_path, check=True)
        index.publish("thing", "1.0", "1.1", "1.2")
        assert asyncio.run(parts.watcher.run_once())
    assert slack.keys == ["thing/1.1/released/0", "thing/1.2/released/0"]
    for command in restore:
        subprocess.run(["sh", "-euc", command], cwd=tmp_path, check=True)
    assert world.poll() and world.poll()
    assert slack.keys == ["thing/1.1/released/0", *["thing/1.2/released/0"] * 2]
