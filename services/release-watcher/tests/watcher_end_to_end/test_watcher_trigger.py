"""The commands of the README that start the update: of the package that has news, and of no other."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import datetime, timezone
from pathlib import Path

import pytest

from release_watcher.events import Event, Kind
from release_watcher.told.channel import DeliveryFailed
from release_watcher.told.command import CommandChannel

README = (Path(__file__).parents[2] / "README.md").read_text()
START, BOTH = re.findall(r"^export RELEASE_WATCHER_TRIGGER_COMMAND='(.*)'$", README, re.M)
NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
EVENT = Event("thing-x/1.1/released/0", "thing-x", "1.1", Kind.RELEASED, ("thing-x>=1",), NOW)

_PROGRAM = """\
#!/bin/sh
echo "$(basename "$0") $*" >>{log}
case "$2:$1" in *:prepare) exit {status} ;; esac
"""


@pytest.fixture
def trigger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs that note how they are called; the file that they note it in."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    install(tmp_path)
    return tmp_path / "log"


def install(folder: Path, status: int = 0) -> None:
    for name in ("gh", "git", "matrix-updates"):
        program = folder / "bin" / name
        program.write_text(_PROGRAM.format(log=folder / "log", status=status))
        program.chmod(0o755)


def run(command: str, folder: Path) -> list[str]:
    words = json.loads(command.replace("CLONE", str(folder)))
    asyncio.run(CommandChannel(words, 600, folder / "lock").send(EVENT))
    return (folder / "log").read_text().splitlines()


def test_it_starts_the_workflow_for_the_package(trigger: Path) -> None:
    assert run(START, trigger.parent) == [
        "gh workflow run update.yml --repo OWNER/REPOSITORY --ref main -f only=thing-x"
    ]


@pytest.mark.parametrize("status", [0, 3])
def test_or_prepares_and_publishes_it(trigger: Path, status: int) -> None:
    """Also where a part of it failed: exit code 3."""
    install(trigger.parent, status)
    fetched, prepared, published = run(BOTH, trigger.parent)
    assert fetched == "git fetch --quiet origin main:main"
    options, _, output = prepared.rpartition(" ")
    assert options == "matrix-updates prepare --base main --only thing-x --output"
    assert published == f"matrix-updates publish --base main {output}"
    assert not Path(output).parent.exists()


def test_what_cannot_be_prepared_is_not_published_and_tried_again(trigger: Path) -> None:
    install(trigger.parent, 1)
    with pytest.raises(DeliveryFailed, match="ends with exit code 1"):
        run(BOTH, trigger.parent)
    assert "publish" not in trigger.read_text()
