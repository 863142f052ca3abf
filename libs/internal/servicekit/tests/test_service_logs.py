"""Whoever logs, each line is one JSON object with the same fields."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog

import trace_baton
from example_settings import ExampleSettings
from servicekit import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_structlog_and_logging_write_alike(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(ExampleSettings(), "example")
    with trace_baton.start() as context, trace_baton.bind(request_id="order-7"):
        structlog.get_logger("ours").info("sold", price=4)
        logging.getLogger("theirs").warning("sold %s", "out", extra={"price": 4})
    ours, theirs = lines(capsys)
    ids = {"trace_id": context.trace_id, "request_id": "order-7", "service": "example", "price": 4}
    assert ids.items() <= ours.items() and ids.items() <= theirs.items()
    assert (ours["event"], ours["level"], ours["logger"]) == ("sold", "info", "ours")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("sold out", "warning", "theirs")
    assert datetime.fromisoformat(ours["time"]).utcoffset() == timedelta(0)
    assert set(ours) == set(theirs)


def test_an_exception_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(ExampleSettings(), "example")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger().exception("failed")
    (line,) = lines(capsys)
    assert "Traceback" in line["exception"] and "two\nlines" in line["exception"]


def test_the_level_holds_for_both(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(ExampleSettings(log_level="warning"), "example")
    structlog.get_logger("ours").info("no")
    logging.getLogger("theirs").info("no")
    logs.configure(ExampleSettings(log_level="debug"), "example")
    structlog.get_logger("ours").debug("yes")
    assert [line["event"] for line in lines(capsys)] == ["yes"]


def test_the_console_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(ExampleSettings(log_format="console"), "example")
    logging.getLogger("theirs").warning("sold out")
    assert "sold out" in capsys.readouterr().err
