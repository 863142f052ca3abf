"""loguru: its own logger, with a sink that keeps the lines."""

from typing import Any, Iterator, List

import pytest
from loguru import logger

import trace_baton
from baton_testing.faults import broken
from baton_testing.loggers import log_in_threads
from trace_baton.integrations import loguru as integration

FORMAT = "{extra[trace_id]} {extra[span_id]} {extra[request_id]} {message}"


@pytest.fixture
def lines() -> Iterator[List[str]]:
    kept: List[str] = []
    logger.remove()
    logger.add(lambda message: kept.append(str(message).rstrip("\n")), format=FORMAT, catch=False)
    trace_baton.install("loguru")
    yield kept
    trace_baton.uninstall()
    logger.remove()


def test_a_record_names_its_context(lines: List[str]) -> None:
    logger.info("before")
    with trace_baton.start() as context, trace_baton.bind(request_id="order-7"):
        logger.info("within")
        with trace_baton.start() as inner:
            logger.bind(request_id="own").info("deeper")
    assert lines == [
        "- - - before",
        f"{context.trace_id} {context.span_id} order-7 within",
        f"{context.trace_id} {inner.span_id} own deeper",
    ]


def test_threads_never_mix(lines: List[str]) -> None:
    log_in_threads(logger.info)
    assert len(lines) == 100
    assert all(line.split()[2] == line.split()[3] for line in lines)


def test_the_patcher_that_was_there_stays(lines: List[str]) -> None:
    trace_baton.uninstall("loguru")
    seen: List[str] = []

    def own(record: Any) -> None:
        seen.append(record["message"])

    logger.configure(patcher=own)
    trace_baton.install("loguru")
    logger.info("one")
    trace_baton.uninstall("loguru")
    logger.bind(trace_id="", span_id="", request_id="").info("two")
    assert seen == ["one", "two"]
    assert lines == ["- - - one", "   two"]
    logger.configure(patcher=lambda record: None)


def test_uninstall(lines: List[str]) -> None:
    trace_baton.uninstall("loguru")
    with trace_baton.start(), pytest.raises(KeyError, match="trace_id"):
        logger.info("no such field")


def test_a_patcher_set_later_is_left_alone(lines: List[str]) -> None:
    seen: List[object] = []
    logger.configure(patcher=lambda record: seen.append(record["message"]))
    trace_baton.uninstall("loguru")
    logger.bind(trace_id="", span_id="", request_id="").info("one")
    assert seen == ["one"]
    logger.configure(patcher=lambda record: None)


def test_a_failing_baton_does_not_fail_logging(
    lines: List[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integration, "context_of_line", broken)
    with trace_baton.start():
        logger.info("still here")
    assert lines == ["- - - still here"]
