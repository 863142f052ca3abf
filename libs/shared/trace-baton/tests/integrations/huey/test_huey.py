"""huey: tasks through its in-memory storage, done as its workers do, and by a real consumer."""

import pickle
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, Iterator

import pytest
from huey import MemoryHuey, crontab  # type: ignore[import-untyped]
from huey.exceptions import TaskException  # type: ignore[import-untyped]
from huey.serializer import Serializer, SignedSerializer  # type: ignore[import-untyped]

import trace_baton
from baton_testing.contexts import CALLER, describe
from baton_testing.loopback import TIMEOUT
from baton_testing.queues import QueueContract, TaskDecorator, fail, fail_once, note
from trace_baton.integrations import huey as integration

WORKERS = 8

huey = MemoryHuey("suite", immediate=False)


task: TaskDecorator = huey.task


@task(name="note")
def note_task(label: str) -> None:
    note(label)


@task(name="nest")
def nest_task(label: str) -> None:
    note(label)
    note_task(f"{label}/inner")


fail_task = task(name="fail")(fail)
retry_task = task(name="retry", retries=1)(fail_once)


@task(name="describe", context=True)
def describe_task(*before: Any, **arguments: Any) -> Dict[str, Any]:
    del arguments["task"]
    return {**describe(), "arguments": arguments}


def tick() -> None:
    note("tick")


tick_task = huey.periodic_task(crontab(), name="tick")(tick)


TASKS = {"note": note_task, "nest": nest_task, "fail": fail_task, "retry": retry_task}


class TestHuey(QueueContract):
    module = integration
    workers = WORKERS

    @pytest.fixture(autouse=True)
    def _empty(self) -> Iterator[None]:
        yield
        huey.flush()

    def enqueue(self, task: str, label: str) -> None:
        TASKS[task](label)

    def work(self) -> None:
        def drain(worker: int) -> None:
            for task in iter(huey.dequeue, None):
                huey.execute(task)

        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(drain, range(WORKERS)))

    def test_a_consumer(self) -> None:
        consumer = huey.create_consumer(workers=2, periodic=False, initial_delay=0.01)
        with trace_baton.start(CALLER):
            result = describe_task()
        consumer.start()
        try:
            seen = result.get(blocking=True, timeout=TIMEOUT, backoff=1, max_delay=0.01)
        finally:
            consumer.stop(graceful=True)
        assert seen["trace_id"] == CALLER.trace_id

    def test_the_arguments_are_the_callers(self) -> None:
        result = describe_task(a=1, b="2")
        self.work()
        assert result.get()["arguments"] == {"a": 1, "b": "2"}
        assert not hasattr(result.task.kwargs, integration.ATTRIBUTE)

    def test_immediate_mode(self) -> None:
        huey.immediate = True
        try:
            with trace_baton.start(CALLER) as context:
                seen = describe_task().get()
                assert trace_baton.current() is context
        finally:
            huey.immediate = False
        assert seen["trace_id"] == CALLER.trace_id
        assert seen["span_id"] != CALLER.span_id

    def test_a_pipeline_stays_in_the_trace(self) -> None:
        with trace_baton.start(CALLER):
            results = huey.enqueue(describe_task.s().then(describe_task))
        self.work()
        first, second = results.get()
        assert first["trace_id"] == second["trace_id"] == CALLER.trace_id
        assert first["span_id"] != second["span_id"]

    def test_a_delay_keeps_the_trace(self) -> None:
        with trace_baton.start(CALLER):
            result = describe_task.schedule(delay=3600)
        self.work()
        (task,) = huey.scheduled()
        huey.storage.flush_schedule()
        task.eta = None
        huey.enqueue(task)
        self.work()
        assert result.get()["trace_id"] == CALLER.trace_id

    def test_a_periodic_task_starts_a_trace_each_time(self) -> None:
        task = tick_task.s()
        contexts = []
        for _ in range(2):
            huey.enqueue(task)
            contexts.append(task.kwargs)
            self.work()
        assert contexts == [{}, {}]
        first, second = self.notes("tick")
        assert first["trace_id"] != second["trace_id"]

    def test_a_failure_is_the_tasks_own(self) -> None:
        result = fail_task("task")
        self.work()
        with pytest.raises(TaskException, match="TaskError"):
            result.get()

    @pytest.mark.parametrize(
        "serializer", [Serializer(compression=True), SignedSerializer(secret="secret")]
    )
    def test_other_forms_of_pickle_carry_it(
        self, serializer: Serializer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(huey, "serializer", serializer)
        with trace_baton.start(CALLER):
            result = describe_task()
        self.work()
        assert result.get()["trace_id"] == CALLER.trace_id

    def test_a_serializer_that_loses_it_loses_no_task(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Plain(Serializer):  # type: ignore[misc]
            def _serialize(self, data: Any) -> bytes:
                if hasattr(data, "kwargs"):
                    data = data._replace(kwargs=dict(data.kwargs))
                return pickle.dumps(data)

        monkeypatch.setattr(huey, "serializer", Plain())
        with trace_baton.start(CALLER):
            result = describe_task(a=1)
        self.work()
        seen = result.get()
        assert seen["arguments"] == {"a": 1}
        assert seen["trace_id"] != CALLER.trace_id

    def test_invalid_headers_start_no_trace_of_others(self) -> None:
        task = describe_task.s()
        task.kwargs = OrderedDict()
        setattr(task.kwargs, integration.ATTRIBUTE, {"traceparent": "nonsense"})
        result = huey.enqueue(task)
        self.work()
        assert result.get()["parent_id"] is None
