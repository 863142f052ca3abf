"""The context: what it is, and that tasks and threads keep their own."""

import asyncio
import contextvars
import re
import threading
from typing import Any, AsyncIterator, Dict, Iterator, List, Optional

import pytest

import trace_baton
from trace_baton import TraceContext, bind, current, start
from trace_baton.context import attach, detach

CONTEXT = TraceContext(trace_id="a" * 32, span_id="b" * 16)


def test_a_new_trace_is_random_and_not_sampled() -> None:
    first, second = TraceContext.new(), TraceContext.new()
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-02", first.traceparent)
    assert first.parent_id is None
    assert first.request_id == first.trace_id
    assert not first.sampled
    assert TraceContext.new(sampled=True).traceparent.endswith("-03")
    assert len({first.trace_id, second.trace_id, first.span_id, second.span_id}) == 4


def test_a_child_shares_all_but_its_span() -> None:
    parent = TraceContext(
        "a" * 32, "b" * 16, "c" * 16, 1, "req-1", "x=1", trace_baton.Baggage({"k": "v"})
    )
    child = parent.child()
    assert child.span_id != parent.span_id
    assert child == TraceContext(
        "a" * 32, child.span_id, parent.span_id, 1, "req-1", "x=1", trace_baton.Baggage({"k": "v"})
    )


@pytest.mark.parametrize(
    "field",
    [
        {"trace_id": "0" * 32},
        {"trace_id": "A" * 32},
        {"trace_id": "a" * 31},
        {"span_id": "0" * 16},
        {"span_id": "b" * 16 + "\n"},
        {"parent_id": "b" * 15 + "\n"},
        {"parent_id": "0" * 16},
        {"flags": 4},
        {"flags": 1000},
        {"flags": -1},
        {"request_id": "a\r\nset-cookie: b"},
        {"request_id": "a" * 129},
        {"tracestate": "a=1\r\nb: c"},
        {"tracestate": "a=1,a=2"},
    ],
)
def test_an_invalid_context_cannot_be_made(field: Dict[str, Any]) -> None:
    with pytest.raises(
        ValueError, match=re.escape(next(iter(field)).split("_")[0]) + "|traceparent"
    ):
        TraceContext(**{"trace_id": "a" * 32, "span_id": "b" * 16, **field})


def test_start_nests_and_restores() -> None:
    assert current() is None
    with start() as outer:
        assert current() is outer
        with start() as inner:
            assert current() is inner
            assert (inner.trace_id, inner.parent_id) == (outer.trace_id, outer.span_id)
        assert current() is outer
        with pytest.raises(KeyError):
            with start(CONTEXT):
                assert current() is CONTEXT
                raise KeyError
        assert current() is outer
    assert current() is None


def test_start_keeps_or_sets_the_sampled_flag() -> None:
    with start(sampled=True) as outer:
        assert outer.sampled
        with start() as inner:
            assert inner.sampled
        with start(sampled=False) as dropped:
            assert not dropped.sampled
            assert dropped.flags == 2


def test_bind_changes_the_context_for_a_while() -> None:
    with start() as outer:
        with bind(request_id="order-7", baggage={"tenant": "acme", "plan": "free"}) as bound:
            assert current() is bound
            assert bound.span_id == outer.span_id
            with bind(baggage={"plan": None}) as inner:
                assert inner.baggage == {"tenant": "acme"}
                assert inner.request_id == "order-7"
            assert bound.baggage == {"tenant": "acme", "plan": "free"}
        assert current() is outer


def test_bind_outside_of_any_context_starts_a_trace() -> None:
    with bind(baggage={"a": "1"}) as bound:
        assert bound.baggage == {"a": "1"}
        assert bound.parent_id is None
    assert current() is None


def test_bind_refuses_what_is_not_safe() -> None:
    with start() as outer:
        with pytest.raises(ValueError, match="request_id"):
            with bind(request_id="a\nb"):
                raise AssertionError("not reached")
        assert current() is outer


def test_start_decorates_a_function() -> None:
    @start()
    def job() -> Optional[TraceContext]:
        return current()

    first, second = job(), job()
    assert first is not None and second is not None
    assert first.trace_id != second.trace_id


def test_start_decorates_a_coroutine_function() -> None:
    @start()
    async def job() -> Optional[TraceContext]:
        await asyncio.sleep(0)
        return current()

    async def main() -> List[Optional[TraceContext]]:
        with start() as outer:
            seen = await asyncio.gather(*(job() for _ in range(10)))
            assert current() is outer
            assert {context and context.trace_id for context in seen} == {outer.trace_id}
        return seen

    assert len({context and context.span_id for context in asyncio.run(main())}) == 10


def test_bind_decorates_as_well() -> None:
    @bind(request_id="order-7")
    async def job() -> Optional[TraceContext]:
        return current()

    context = asyncio.run(job())
    assert context is not None and context.request_id == "order-7"


def test_a_generator_is_not_decorated_and_the_error_says_what_to_do() -> None:
    with pytest.raises(TypeError, match="generator function .*parts.*use a `with` block inside it"):

        @start()
        def parts() -> Iterator[int]:
            yield 1

    with pytest.raises(TypeError, match="generator function .*parts_async.*inside it"):

        @start()
        async def parts_async() -> AsyncIterator[int]:
            yield 1


def test_a_block_is_entered_once() -> None:
    block = start()
    with block:
        with pytest.raises(RuntimeError, match="entered before"):
            with block:
                raise AssertionError("not reached")
    with pytest.raises(RuntimeError, match="entered before"):
        with block:
            raise AssertionError("not reached")
    assert current() is None


def test_tasks_never_mix() -> None:
    async def work(number: int) -> None:
        with start(), bind(baggage={"number": str(number)}) as mine:
            for _ in range(5):
                await asyncio.sleep(0)
                assert current() is mine
                assert mine.baggage["number"] == str(number)

    async def main() -> None:
        await asyncio.gather(*(work(number) for number in range(100)))
        assert current() is None

    asyncio.run(main())


def test_threads_never_mix() -> None:
    seen: List[object] = []

    def work() -> None:
        seen.append(current())
        with start() as mine:
            seen.append(current() is mine)

    with start():
        threads = [threading.Thread(target=work) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert seen.count(None) == 20 and seen.count(True) == 20


def test_detach_in_another_context_changes_nothing_there() -> None:
    token = contextvars.copy_context().run(attach, CONTEXT)
    with start() as mine:
        detach(token)
        assert current() is mine


def test_detach_again_changes_nothing() -> None:
    token = attach(CONTEXT)
    detach(token)
    with start() as mine:
        detach(token)
        assert current() is mine
