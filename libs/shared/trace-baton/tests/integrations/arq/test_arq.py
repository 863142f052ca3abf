"""arq: jobs through a real Redis, done by real workers."""

import asyncio
import json
from typing import Any, Callable, Dict, Iterator, List, Optional
from urllib.parse import urlsplit

import pytest
from arq import Retry, create_pool, cron, func
from arq.connections import RedisSettings
from arq.worker import Worker

import trace_baton
from baton_testing.contexts import CALLER, describe
from baton_testing.loopback import TIMEOUT
from baton_testing.queues import QueueContract, fail, note
from baton_testing.redis_server import redis_server
from trace_baton.integrations import arq as integration

seen: List[Dict[str, Any]] = []


async def note_job(ctx: Dict[str, Any], label: str) -> None:
    await asyncio.sleep(0)
    note(label)


async def nest_job(ctx: Dict[str, Any], label: str) -> None:
    note(label)
    await ctx["redis"].enqueue_job("note", f"{label}/inner")


async def fail_job(ctx: Dict[str, Any], label: str) -> None:
    fail(label)


async def retry_job(ctx: Dict[str, Any], label: str) -> None:
    if note(label) == 1:
        raise Retry()


async def see_job(ctx: Dict[str, Any], **arguments: Any) -> None:
    seen.append({**describe(), "arguments": arguments})


FUNCTIONS: List[Any] = [
    func(note_job, name="note"),
    func(nest_job, name="nest"),
    func(fail_job, name="fail"),
    func(retry_job, name="retry"),
    func(see_job, name="see"),
]


class TestArq(QueueContract):
    module = integration

    @pytest.fixture(autouse=True)
    def _redis(self) -> Iterator[None]:
        seen.clear()
        with redis_server() as url:
            parts = urlsplit(url)
            self.settings = RedisSettings(
                host=str(parts.hostname), port=parts.port or 0, conn_timeout=TIMEOUT
            )
            yield

    def enqueue(
        self,
        task: str,
        *labels: str,
        serializer: Optional[Callable[[Dict[str, Any]], bytes]] = None,
        **arguments: Any,
    ) -> None:
        async def main() -> None:
            pool = await create_pool(self.settings, job_serializer=serializer)
            await pool.enqueue_job(task, *labels, **arguments)
            # Closed by another name since redis-py 5.
            await getattr(pool, "aclose", pool.close)()

        asyncio.run(main())

    def work(self, **options: Any) -> None:
        async def main() -> None:
            worker = Worker(
                **{"functions": FUNCTIONS, **options},
                redis_settings=self.settings,
                burst=True,
                poll_delay=0.01,
                handle_signals=False,
            )
            await worker.async_run()
            await worker.close()

        asyncio.run(main())

    def test_hooks_run_in_the_context(self) -> None:
        async def hook(ctx: Dict[str, Any]) -> None:
            await see_job(ctx)

        with trace_baton.start(CALLER):
            self.enqueue("note", "task")
        self.work(on_job_start=hook, on_job_end=hook)
        assert [s["trace_id"] for s in seen] == [CALLER.trace_id] * 2
        (done,) = self.notes("task")
        assert {s["span_id"] for s in seen} == {done["span_id"]}

    def test_the_arguments_are_the_callers(self) -> None:
        self.enqueue("see", a=1, b="2")
        self.work()
        assert [s["arguments"] for s in seen] == [{"a": 1, "b": "2"}]

    def test_each_run_of_a_cron_job_is_a_trace(self) -> None:
        self.work(cron_jobs=[cron(see_job, name="see", run_at_startup=True)])
        # Once at start-up; once more where the clock comes to a full minute meanwhile.
        assert len({s["trace_id"] for s in seen}) == len(seen) > 0
        assert all(s["trace_id"] == s["request_id"] for s in seen)

    def test_other_serializers_carry_it(self) -> None:
        def serialize(job: Dict[str, Any]) -> bytes:
            return json.dumps(job, default=str).encode()

        with trace_baton.start(CALLER):
            self.enqueue("see", serializer=serialize, a=1)
        self.work(job_serializer=serialize, job_deserializer=json.loads)
        assert [s["trace_id"] for s in seen] == [CALLER.trace_id]
        assert [s["arguments"] for s in seen] == [{"a": 1}]

    @pytest.mark.parametrize("value", [7, "nonsense", {"traceparent": 7}, {"traceparent": "x"}])
    def test_invalid_headers_start_no_trace_of_others(self, value: Any) -> None:
        def serialize(job: Dict[str, Any]) -> bytes:
            return json.dumps({**job, integration.KEY: value}, default=str).encode()

        self.enqueue("see", serializer=serialize)
        self.work(job_serializer=serialize, job_deserializer=json.loads)
        assert [s.get("parent_id") for s in seen] == [None]
