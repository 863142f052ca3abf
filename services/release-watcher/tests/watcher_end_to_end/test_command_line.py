"""What people see: the status, and what is wrong with their settings."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from release_watcher.cli import main
from watcher_index import Index


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RELEASE_WATCHER_PACKAGES", '["thing>=1"]')
    monkeypatch.setenv("RELEASE_WATCHER_DATABASE", str(tmp_path / "watcher.sqlite"))
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_status(index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    index.publish("thing", "1.0")
    assert main(["status"]) == 0
    header, row, watcher = capsys.readouterr().out.splitlines()
    assert watcher == "watcher: not running"
    assert header.split("  ")[0] == "PACKAGE"
    assert row.split() == ["thing", "never", "never", "-", "thing>=1"]

    assert main(["poll-once"]) == 0
    index.publish("thing", "1.0", "1.1")
    assert main(["poll-once"]) == 0
    index.answer_with("thing", 404)
    assert main(["poll-once"]) == 1
    capsys.readouterr()
    assert main(["status"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[-2:] == ["1", "thing>=1"]
    assert lines[3].startswith("failing: thing: no such package on")
    assert lines[4].startswith("event: thing 1.1 is released (")

    assert main(["status", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["packages"][0]["failures"] == 1
    assert (document["pending"], document["given_up"]) == ([], 0)
    assert [event["key"] for event in document["recent"]] == ["thing/1.1/released/0"]


def test_the_check_fails_while_nobody_watches(
    index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    index.publish("thing", "1.0")
    assert main(["poll-once"]) == 0
    assert main(["status"]) == 0
    capsys.readouterr()
    assert main(["status", "--check"]) == 1
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["reason"]) == ("check failed", "no watcher is running")


@pytest.mark.parametrize("command", ["poll-once", "run", "status"])
@pytest.mark.parametrize("page", [1, 2], ids=["start", "middle"])
def test_a_damaged_database_is_one_message(
    index: Index, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, page: int
) -> None:
    index.publish("thing", *(f"1.{minor}" for minor in range(200)))
    assert main(["poll-once"]) == 0
    file = tmp_path / "watcher.sqlite"
    content = file.read_bytes()
    kept = content[: 4096 * (page - 1)]
    file.write_bytes(kept + bytes(len(content) - len(kept)))
    capsys.readouterr()
    assert main([command]) == 1
    (complaint,) = capsys.readouterr().err.splitlines()
    assert complaint.startswith(f"release-watcher: error: {file}: ")


def test_status_of_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELEASE_WATCHER_PACKAGES", "[]")
    assert main(["status"]) == 0
    assert capsys.readouterr().out.startswith("watching nothing; set RELEASE_WATCHER_PACKAGES")


@pytest.mark.parametrize(
    "variable, value, message",
    [
        ("PACKAGES", '["thing>>1"]', "RELEASE_WATCHER_PACKAGES: malformed requirement 'thing>>1'"),
        ("PACKAGES", "[]", "nothing to watch; set RELEASE_WATCHER_PACKAGES="),
        ("POLL_INTERVAL", "often", "RELEASE_WATCHER_POLL_INTERVAL: expected a valid number"),
        ("SLACK_WEBHOOK_URL", "secret", "RELEASE_WATCHER_SLACK_WEBHOOK_URL: expected a URL"),
        ("SLACK_WEBHOOK_URL", "https://", "RELEASE_WATCHER_SLACK_WEBHOOK_URL: expected a URL"),
        ("SLACK_WEBHOOK_URL", "https://a b/", "RELEASE_WATCHER_SLACK_WEBHOOK_URL: expected a URL"),
        ("SLACK_WEBHOOK_URL", "https://a:b/", "RELEASE_WATCHER_SLACK_WEBHOOK_URL: expected a URL"),
        ("SLACK_WEBHOK_URL", "x", "write RELEASE_WATCHER_SLACK_WEBHOOK_URL, or unset it"),
        ("PACKAGES", "thing", 'RELEASE_WATCHER_PACKAGES: expected JSON, such as ["a", "b"]'),
        ("DATABASE", "/no/such/folder/x", "set RELEASE_WATCHER_DATABASE to a file"),
        ("PACKAGES_FILE", "/no/such/file", "/no/such/file: cannot be read"),
    ],
)
def test_bad_settings_are_named(
    variable: str,
    value: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(f"RELEASE_WATCHER_{variable}", value)
    assert main(["poll-once"]) == 1
    complaint = capsys.readouterr().err.splitlines()[-1]
    assert complaint.startswith("release-watcher: error: ") and message in complaint
