"""structlog: its own pipeline, on a list that keeps the events."""

import asyncio
from typing import Any, Iterator, List, MutableMapping

import pytest
import structlog

import trace_baton
from baton_testing.faults import broken
from trace_baton.integrations import structlog as integration

Event = MutableMapping[str, Any]


class Events(List[Event]):
    """The last processor: keeps events and drops them."""

    def __call__(self, logger: object, method_name: str, event: Event) -> Event:
        self.append(dict(event))
        raise structlog.DropEvent


@pytest.fixture
def events() -> Iterator[Events]:
    structlog.reset_defaults()
    kept = Events()
    structlog.configure(processors=[kept])
    yield kept
    trace_baton.uninstall()
    structlog.reset_defaults()


def test_an_event_names_its_context(events: Events) -> None:
    trace_baton.install("structlog")
    log = structlog.get_logger()
    log.info("before")
    with trace_baton.start() as context, trace_baton.bind(request_id="order-7"):
        log.info("within", user="alice")
        with trace_baton.start() as inner:
            log.info("deeper", request_id="own")
    ids = {"trace_id": context.trace_id, "span_id": context.span_id, "request_id": "order-7"}
    assert events == [
        {"event": "before"},
        {"event": "within", "user": "alice", **ids},
        {"event": "deeper", **ids, "span_id": inner.span_id, "request_id": "own"},
    ]


def test_a_logger_that_is_cached_gets_it_too(events: Events) -> None:
    structlog.configure(cache_logger_on_first_use=True)
    log = structlog.get_logger()
    log.info("cached")
    trace_baton.install("structlog")
    with trace_baton.start() as context:
        log.info("installed")
    trace_baton.uninstall("structlog")
    with trace_baton.start():
        log.info("uninstalled")
    assert [event.get("trace_id") for event in events] == [None, context.trace_id, None]


def test_processors_may_be_a_tuple_and_hold_ours_already(events: Events) -> None:
    structlog.configure(processors=(events,))
    trace_baton.install("structlog")
    trace_baton.install("structlog")
    assert structlog.get_config()["processors"] == [integration.add_context, events]
    trace_baton.uninstall()
    assert structlog.get_config()["processors"] == [events]
    structlog.configure(processors=[integration.add_context, events])
    trace_baton.install("structlog")
    trace_baton.uninstall("structlog")
    assert structlog.get_config()["processors"] == [integration.add_context, events]


def test_tasks_never_mix(events: Events) -> None:
    trace_baton.install("structlog")

    async def work(number: int) -> None:
        with trace_baton.start(), trace_baton.bind(request_id=f"request-{number}"):
            await asyncio.sleep(0)
            structlog.get_logger().info(f"request-{number}")

    async def main() -> None:
        await asyncio.gather(*map(work, range(100)))

    asyncio.run(main())
    assert len(events) == 100
    assert all(event["event"] == event["request_id"] for event in events)


def test_a_failing_baton_does_not_fail_logging(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integration, "context_of_line", broken)
    trace_baton.install("structlog")
    structlog.get_logger().info("still here")
    assert events == [{"event": "still here"}]
