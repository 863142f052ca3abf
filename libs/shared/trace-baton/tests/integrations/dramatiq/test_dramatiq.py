"""dramatiq: messages through its in-memory broker, done by a real worker with threads."""

import asyncio
from contextlib import contextmanager, suppress
from typing import Any, Dict, Iterator, List

import dramatiq
import pytest
from dramatiq import Middleware, Worker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import SkipMessage

import trace_baton
from baton_testing.contexts import CALLER, describe
from baton_testing.loopback import TIMEOUT
from baton_testing.queues import QueueContract, TaskError, fail, fail_once, note
from trace_baton.integrations import dramatiq as integration

# Where it is, actors may be coroutines.
AsyncIO: Any = getattr(dramatiq.middleware, "AsyncIO", None)

WORKERS = 8

broker = StubBroker()
seen: List[Dict[str, Any]] = []


@dramatiq.actor(broker=broker, actor_name="note")
def note_actor(label: str) -> None:
    note(label)


@dramatiq.actor(broker=broker, actor_name="nest")
def nest_actor(label: str) -> None:
    note(label)
    note_actor.send(f"{label}/inner")


fail_actor = dramatiq.actor(broker=broker, actor_name="fail", max_retries=0)(fail)
retry_actor = dramatiq.actor(broker=broker, actor_name="retry", min_backoff=1)(fail_once)


@dramatiq.actor(broker=broker, actor_name="see")
def see_actor(*before: Any) -> int:
    seen.append(describe())
    return len(seen)


ACTORS = {"note": note_actor, "nest": nest_actor, "fail": fail_actor, "retry": retry_actor}


@contextmanager
def middleware(added: Middleware) -> Iterator[None]:
    broker.add_middleware(added)
    yield
    broker.middleware.remove(added)


class TestDramatiq(QueueContract):
    module = integration
    workers = WORKERS

    @pytest.fixture(autouse=True)
    def _empty(self) -> Iterator[None]:
        seen.clear()
        yield
        broker.flush_all()

    def enqueue(self, task: str, label: str) -> None:
        ACTORS[task].send(label)

    def work(self, broker: StubBroker = broker) -> None:
        worker = Worker(broker, worker_timeout=10, worker_threads=WORKERS)
        worker.start()
        # It raises what the actor of a message that has failed for good raised.
        with suppress(TaskError):
            broker.join("default", timeout=TIMEOUT * 1000)
        worker.join()
        worker.stop()

    def test_a_delay_keeps_the_trace(self) -> None:
        with trace_baton.start(CALLER):
            see_actor.send_with_options(delay=1)
        self.work()
        assert [s["trace_id"] for s in seen] == [CALLER.trace_id]

    def test_a_pipeline_stays_in_the_trace(self) -> None:
        with trace_baton.start(CALLER):
            messages = [see_actor.message(), see_actor.message()]
            pipeline: Any = dramatiq.pipeline(messages, broker=broker)
            pipeline.run()
        self.work()
        first, second = seen
        assert first["trace_id"] == second["trace_id"] == CALLER.trace_id
        assert first["span_id"] != second["span_id"]

    def test_a_message_enqueued_twice_is_in_the_trace_of_each_time(self) -> None:
        message = see_actor.message()
        traces = []
        for _ in range(2):
            with trace_baton.start() as context:
                broker.enqueue(message)
                traces.append(context.trace_id)
        assert integration.OPTION not in message.options
        self.work()
        assert sorted(s["trace_id"] for s in seen) == sorted(traces)

    def test_middleware_runs_in_the_context_and_may_skip(self) -> None:
        class Skip(Middleware):
            def before_process_message(self, broker: object, message: object) -> None:
                seen.append(describe())
                raise SkipMessage

            def after_skip_message(self, broker: object, message: object) -> None:
                seen.append(describe())

        with middleware(Skip()):
            with trace_baton.start(CALLER):
                note_actor.send("skipped")
            self.work()
        assert [s["trace_id"] for s in seen] == [CALLER.trace_id] * 2
        assert len({s["span_id"] for s in seen}) == 1

    def test_an_actor_called_here_is_in_the_context_that_is_here(self) -> None:
        with trace_baton.start(CALLER):
            see_actor()
        assert [s["span_id"] for s in seen] == [CALLER.span_id]

    @pytest.mark.parametrize("value", [None, 7, {"traceparent": 7}, {"traceparent": "nonsense"}])
    def test_invalid_headers_start_no_trace_of_others(self, value: Any) -> None:
        see_actor.send_with_options(**{integration.OPTION: value})
        self.work()
        assert [s.get("parent_id") for s in seen] == [None]

    if AsyncIO is not None:

        def test_a_coroutine(self) -> None:
            broker = StubBroker(middleware=[AsyncIO()])

            @dramatiq.actor(broker=broker)
            async def see_async() -> None:
                await asyncio.sleep(0)
                seen.append(describe())

            for _ in range(2):
                with trace_baton.start(CALLER):
                    see_async.send()
            self.work(broker)
            assert [s["trace_id"] for s in seen] == [CALLER.trace_id] * 2
            assert seen[0]["span_id"] != seen[1]["span_id"]
