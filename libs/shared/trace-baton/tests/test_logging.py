"""logging: the records of the standard library's own loggers."""

import logging
from typing import Iterator, List

import pytest

import trace_baton
from baton_testing.faults import broken
from baton_testing.loggers import log_in_threads
from trace_baton.integrations import logging as integration

logger = logging.getLogger("test")


class Lines(logging.Handler):
    """Keeps what it formats."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(trace_id)s %(span_id)s %(request_id)s %(message)s"))
        self.lines: List[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[List[str]]:
    handler = Lines()
    logger.addHandler(handler)
    trace_baton.install("logging")
    yield handler.lines
    trace_baton.uninstall()
    logger.removeHandler(handler)


def test_a_record_names_its_context(lines: List[str]) -> None:
    logger.warning("before")
    with trace_baton.start() as context, trace_baton.bind(request_id="order-7"):
        logger.warning("within")
        with trace_baton.start() as inner:
            logger.warning("deeper")
    assert lines == [
        "- - - before",
        f"{context.trace_id} {context.span_id} order-7 within",
        f"{context.trace_id} {inner.span_id} order-7 deeper",
    ]


def test_threads_never_mix(lines: List[str]) -> None:
    log_in_threads(logger.warning)
    assert len(lines) == 100
    assert all(line.split()[2] == line.split()[3] for line in lines)


def test_uninstall(lines: List[str]) -> None:
    make_record = logging.Logger.makeRecord
    trace_baton.uninstall("logging")
    assert logging.Logger.makeRecord is not make_record
    record = logger.makeRecord("test", logging.INFO, "f", 1, "message", (), None)
    assert "trace_id" not in vars(record)


def test_the_extra_of_the_application_wins(lines: List[str]) -> None:
    with trace_baton.start() as context:
        logger.warning("mine", extra={"request_id": "own"})
    assert lines == [f"{context.trace_id} {context.span_id} own mine"]


def test_a_failing_baton_does_not_fail_logging(
    lines: List[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integration, "context_of_line", broken)
    logger.warning("still here")
    assert lines == ["- - - still here"]
