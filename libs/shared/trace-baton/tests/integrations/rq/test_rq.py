"""rq: jobs through a real Redis, done by real workers."""

from typing import Any, Dict, Iterator

import pytest
from redis import Redis
from rq import Queue, Retry, SimpleWorker, Worker, get_current_job
from rq.job import Job

import trace_baton
from baton_testing.contexts import CALLER, describe
from baton_testing.queues import QueueContract, fail, fail_once, note
from baton_testing.redis_server import redis_server
from trace_baton.integrations import rq as integration


def nest(label: str) -> None:
    note(label)
    job: Any = get_current_job()
    Queue(connection=job.connection).enqueue(note, f"{label}/inner")


async def describe_async() -> Dict[str, Any]:
    return describe()


TASKS = {"note": note, "nest": nest, "fail": fail, "retry": fail_once}


class TestRq(QueueContract):
    module = integration

    @pytest.fixture(autouse=True)
    def _queue(self) -> Iterator[None]:
        with redis_server() as url:
            self.connection = Redis.from_url(url)
            self.queue = Queue(connection=self.connection)
            yield
            self.connection.close()

    def enqueue(self, task: str, label: str) -> None:
        self.queue.enqueue(TASKS[task], label, retry=Retry(max=1) if task == "retry" else None)

    def work(self) -> None:
        worker = SimpleWorker([self.queue], connection=self.connection)
        worker.work(burst=True, logging_level="CRITICAL")

    def value_of(self, job: Job) -> Any:
        # A method since 1.12, where it was a property.
        value: Any = Job.fetch(job.id, connection=self.connection).return_value
        return value() if callable(value) else value

    def test_a_job_in_a_process_of_its_own(self) -> None:
        with trace_baton.start(CALLER):
            job = self.queue.enqueue(describe)
        worker = Worker([self.queue], connection=self.connection)
        worker.work(burst=True, logging_level="CRITICAL")
        assert self.value_of(job)["trace_id"] == CALLER.trace_id

    def test_a_coroutine(self) -> None:
        with trace_baton.start(CALLER):
            job = self.queue.enqueue(describe_async)
        self.work()
        assert self.value_of(job)["trace_id"] == CALLER.trace_id

    def test_a_queue_that_works_at_once(self) -> None:
        queue = Queue(connection=self.connection, is_async=False)
        with trace_baton.start(CALLER) as context:
            queue.enqueue(note, "task")
            assert trace_baton.current() is context
        (seen,) = self.notes("task")
        assert seen["trace_id"] == CALLER.trace_id
        assert seen["span_id"] != CALLER.span_id

    def test_a_job_that_waits_for_another_keeps_its_creators_trace(self) -> None:
        first = self.queue.enqueue(note, "first")
        with trace_baton.start(CALLER):
            second = self.queue.enqueue(describe, depends_on=first)
        self.work()
        assert self.value_of(second)["trace_id"] == CALLER.trace_id

    def test_a_job_created_by_hand(self) -> None:
        job = Job.create(describe, connection=self.connection)
        with trace_baton.start(CALLER):
            self.queue.enqueue_job(job)
        self.work()
        assert self.value_of(job)["trace_id"] == CALLER.trace_id

    def test_a_meta_for_many_jobs_is_not_changed(self) -> None:
        meta = {"mine": 1}
        jobs = []
        for _ in range(2):
            with trace_baton.start() as context:
                jobs.append((self.queue.enqueue(describe, meta=meta), context.trace_id))
        self.work()
        assert meta == {"mine": 1}
        for job, trace_id in jobs:
            assert job.meta["mine"] == 1
            assert self.value_of(job)["trace_id"] == trace_id

    def test_a_failure_is_the_jobs_own(self) -> None:
        job = self.queue.enqueue(fail, "task")
        self.work()
        assert "TaskError: task" in str(Job.fetch(job.id, connection=self.connection).exc_info)

    @pytest.mark.parametrize("value", [7, "nonsense", {"traceparent": 7}, {"traceparent": "x"}])
    def test_invalid_headers_start_a_trace(self, value: Any) -> None:
        job = self.queue.enqueue(describe, meta={integration.META_KEY: value})
        self.work()
        seen = self.value_of(job)
        assert not seen or seen["parent_id"] is None
