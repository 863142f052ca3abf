"""Flags come from a file, and change with it; without one, defaults."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
from openfeature import api
from openfeature.event import EventDetails, ProviderEvent

from example_settings import ExampleSettings
from servicekit.flags import flags
from servicekit.settings import SettingsError


@pytest.fixture(autouse=True)
def no_providers() -> Iterator[None]:
    yield
    api.shutdown()


def write(file: Path, enabled: bool) -> None:
    flag = {"state": "ENABLED", "variants": {"on": True, "off": False}}
    flag["defaultVariant"] = "on" if enabled else "off"
    replace(file, json.dumps({"flags": {"announce": flag}}))


def replace(file: Path, text: str) -> None:
    """As editors and config maps do: a new file of a later time."""
    new = file.with_suffix(".new")
    new.write_text(text)
    later = (file.stat().st_mtime if file.exists() else time.time()) + 1
    os.utime(new, (later, later))
    new.replace(file)


def test_without_a_file_the_caller_decides() -> None:
    client = flags(ExampleSettings())
    assert client.get_boolean_value("announce", True) is True
    assert client.get_boolean_value("announce", False) is False


def test_a_changed_file_counts_and_a_broken_one_does_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "flags.json"
    write(file, enabled=True)
    client = flags(ExampleSettings(flags_file=file))
    assert client.get_boolean_value("announce", False) is True

    happened: Queue[EventDetails] = Queue()
    client.add_handler(ProviderEvent.PROVIDER_ERROR, happened.put)

    def broken() -> None:
        """Until the provider has looked twice."""
        replace(file, '{"flags": {')
        for _ in range(2):
            while happened.get(timeout=600).error_code is None:
                pass

    broken()
    assert client.get_boolean_value("announce", False) is True

    client.add_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, happened.put)
    write(file, enabled=False)
    while happened.get(timeout=600).flags_changed != ["announce"]:
        pass
    assert client.get_boolean_value("announce", True) is False
    # The log has a line for each time, and not for each look.
    broken()
    assert [line.levelname for line in caplog.records] == ["ERROR"] * 2


@pytest.mark.parametrize(
    "text, reason",
    [
        (None, "No such file"),
        ("{", "Expecting property name"),
        ('{"flags": []}', "must be a dictionary"),
        ('{"flags": {"announce": {"state": "ON"}}}', "'variants'"),
    ],
    ids=["missing", "torn", "no table", "bad flag"],
)
def test_a_broken_file_is_refused_at_the_start(
    tmp_path: Path, text: str | None, reason: str
) -> None:
    file = tmp_path / "flags.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingsError, match=f"EXAMPLE_FLAGS_FILE: .*flags.json.*{reason}"):
        flags(ExampleSettings(flags_file=file))
