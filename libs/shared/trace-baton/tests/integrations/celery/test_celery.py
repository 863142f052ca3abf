"""celery: tasks through its in-memory transport, done by a real worker with a pool of threads."""

import inspect
import pickle
import threading
from typing import Any, Dict, Iterator, List

import pytest
from celery import Celery, chain  # type: ignore[import-untyped]
from celery.contrib.testing.worker import start_worker  # type: ignore[import-untyped]
from celery.result import AsyncResult  # type: ignore[import-untyped]
from celery.signals import (  # type: ignore[import-untyped]
    task_postrun,
    task_prerun,
    task_received,
)

import trace_baton
from baton_testing.contexts import CALLER, describe
from baton_testing.loopback import TIMEOUT
from baton_testing.queues import QueueContract, TaskDecorator, TaskError, fail, note
from trace_baton.integrations import celery as integration

WORKERS = 8

# celery 4 has no such option, and goes on after ten seconds.
OPTIONS: Dict[str, Any] = (
    {"shutdown_timeout": TIMEOUT}
    if "shutdown_timeout" in inspect.signature(start_worker).parameters
    else {}
)

app = Celery("suite", broker="memory://", backend="cache+memory://")
app.conf.broker_transport_options = {"polling_interval": 0.01}

_gate = threading.Event()


def hold(**signal: Any) -> None:
    """Let the worker begin no task before a test says so."""
    assert _gate.wait(TIMEOUT)


task_received.connect(hold)


class UnderWay:
    """How many tasks have begun and not ended: the result of one is there before it has ended."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()
        task_prerun.connect(self.begin)
        task_postrun.connect(self.end)

    def begin(self, **signal: Any) -> None:
        with self._changed:
            self._count += 1

    def end(self, **signal: Any) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait(self) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._count == 0, TIMEOUT)


under_way = UnderWay()


task: TaskDecorator = app.task


@task(name="note")
def note_task(label: str) -> None:
    note(label)


@task(name="nest")
def nest_task(label: str) -> str:
    note(label)
    inner: str = note_task.delay(f"{label}/inner").id
    return inner


fail_task = task(name="fail")(fail)


@task(name="retry", bind=True)
def retry_task(self: Any, label: str) -> None:
    if note(label) == 1:
        raise self.retry(countdown=0)


@task(name="describe")
def describe_task(*before: Any) -> Any:
    return describe()


@task(name="pickled", bind=True)
def pickled_task(self: Any) -> bool:
    assert trace_baton.current() is not None
    request = pickle.loads(pickle.dumps(vars(self.request)))
    return bool(request["id"] == self.request.id)


@task(name="celery.ping")
def ping() -> None:
    """What the embedded worker of old releases insists on, though it is not asked to ping."""


@pytest.fixture(scope="module", autouse=True)
def _worker() -> Iterator[None]:
    # One for all tests: it takes seconds to stop.
    with start_worker(
        app, pool="threads", concurrency=WORKERS, perform_ping_check=False, **OPTIONS
    ):
        yield


def value_of(result: Any) -> Any:
    return result.get(timeout=TIMEOUT, interval=0.01)


class TestCelery(QueueContract):
    module = integration
    workers = WORKERS

    @pytest.fixture(autouse=True)
    def _sent(self) -> None:
        self.sent: List[Any] = []

    def enqueue(self, task: str, label: str) -> None:
        self.sent.append(app.send_task(task, (label,)))

    def work(self) -> None:
        _gate.set()
        for result in self.sent:
            inner = result.get(timeout=TIMEOUT, interval=0.01, propagate=False)
            if isinstance(inner, str):
                value_of(AsyncResult(inner, app=app))
        under_way.wait()
        self.sent.clear()
        _gate.clear()

    @pytest.fixture
    def open_gate(self) -> Iterator[None]:
        _gate.set()
        yield
        under_way.wait()
        _gate.clear()

    def test_a_failure_is_the_tasks_own(self, open_gate: None) -> None:
        with pytest.raises(TaskError):
            value_of(fail_task.delay("task"))

    def test_the_request_of_a_task_can_be_pickled(self, open_gate: None) -> None:
        with trace_baton.start(CALLER):
            assert value_of(pickled_task.delay())

    def test_a_chain_stays_in_the_trace(self, open_gate: None) -> None:
        with trace_baton.start(CALLER):
            last: Any = chain(describe_task.s(), describe_task.s()).delay()
            first, second = value_of(last.parent), value_of(last)
        assert first["trace_id"] == second["trace_id"] == CALLER.trace_id
        assert first["span_id"] != second["span_id"]

    def test_a_task_called_here_is_a_child(self) -> None:
        with trace_baton.start(CALLER) as context:
            seen = describe_task.apply().get()
            assert trace_baton.current() is context
            assert describe_task()["span_id"] == CALLER.span_id
        assert (seen["trace_id"], seen["parent_id"]) == (CALLER.trace_id, CALLER.span_id)
        assert describe_task.apply().get()["trace_id"] != CALLER.trace_id

    def test_headers_of_the_sender_win(self, open_gate: None) -> None:
        own = "00-11111111111111111111111111111111-2222222222222222-00"
        with trace_baton.start(CALLER):
            seen = value_of(describe_task.apply_async(headers={"traceparent": own}))
        assert (seen["trace_id"], seen["parent_id"]) == ("1" * 32, "2" * 16)
        assert "tracestate" not in seen["outgoing"]

    def test_invalid_headers_start_a_trace(self, open_gate: None) -> None:
        invalid: List[Any] = ["nonsense", 7, None, f"00-{'0' * 32}-2222222222222222-00"]
        for value in invalid:
            seen = value_of(describe_task.apply_async(headers={"traceparent": value}))
            assert seen["parent_id"] is None, value
