"""Pieces of work: `with` blocks and decorators, in tasks, threads and generators."""

import asyncio
import contextlib
import gc
import inspect
import multiprocessing
import pickle
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, AsyncIterator, Callable, Generator, Iterator, List, Optional, Tuple

import pytest

import trace_baton
from trace_baton import TraceContext, bind, carry, current, start

CONTEXT = TraceContext(trace_id="a" * 32, span_id="b" * 16)


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


def tenants() -> Iterator[Tuple[str, str]]:
    """A generator of which every part tells in which context it was made."""
    for tenant in ("one", "two"):
        yield seen()
        with bind(baggage={"tenant": tenant}):
            yield seen()
            yield seen()
        yield seen()


async def tenants_async() -> AsyncIterator[Tuple[str, str]]:
    for tenant in ("one", "two"):
        yield seen()
        with bind(baggage={"tenant": tenant}):
            yield seen()
            await asyncio.sleep(0)
            yield seen()
        yield seen()


def seen() -> Tuple[str, str]:
    context = current()
    if context is None:
        return "-", "-"
    return context.request_id, context.baggage.get("tenant", "-")


EXPECTED = [("r", tenant) for tenant in ("-", "one", "one", "-", "-", "two", "two", "-")]


def in_this_thread(step: Callable[[], Any]) -> Any:
    return step()


def in_a_thread_each(step: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(step).result()


@pytest.mark.parametrize("run", [in_this_thread, in_a_thread_each])
def test_a_decorated_generator_is_in_its_context_whoever_takes_its_parts(
    run: Callable[[Callable[[], Any]], Any],
) -> None:
    parts = bind(request_id="r")(tenants)()
    taken = []
    with start(CONTEXT):
        for _ in EXPECTED:
            taken.append(run(lambda: next(parts)))
            assert current() is CONTEXT
    assert taken == EXPECTED
    assert next(parts, None) is None and current() is None


def test_a_decorated_async_generator_is_in_its_context() -> None:
    async def main() -> List[Tuple[str, str]]:
        taken = []
        with start(CONTEXT):
            async for part in bind(request_id="r")(tenants_async)():
                taken.append(part)
                assert current() is CONTEXT
        return taken

    assert asyncio.run(main()) == EXPECTED


def test_a_decorated_generator_stays_what_it_is() -> None:
    """Frameworks look at a function to learn how to run it."""

    @start(CONTEXT)
    def echo() -> Generator[Any, Any, str]:
        received: List[Any] = []
        for _ in range(2):
            try:
                received.append((yield current()))
            except LookupError as error:
                received.append(error.args[0])
        return f"{received}"

    @start(CONTEXT)
    async def echo_async() -> Any:
        received: List[Any] = []
        for _ in range(2):
            try:
                received.append((yield current()))
            except LookupError as error:
                received.append(error.args[0])
        yield f"{received}"

    assert inspect.isgeneratorfunction(echo) and inspect.isasyncgenfunction(echo_async)
    parts = echo()
    assert next(parts) is CONTEXT and parts.send("sent") is CONTEXT
    with pytest.raises(StopIteration, match="'sent', 'thrown'"):
        parts.throw(LookupError("thrown"))

    async def main() -> Any:
        parts = echo_async()
        assert await parts.asend(None) is CONTEXT and await parts.asend("sent") is CONTEXT
        return await parts.athrow(LookupError("thrown"))

    assert asyncio.run(main()) == "['sent', 'thrown']"


def test_a_decorated_generator_is_closed_in_its_context() -> None:
    closed: List[object] = []

    @start(CONTEXT)
    def parts() -> Iterator[int]:
        try:
            yield 1
        finally:
            closed.append(current())

    @start(CONTEXT)
    async def parts_async() -> Any:
        try:
            yield 1
        finally:
            closed.append(current())

    async def main() -> None:
        opened = parts_async()
        await opened.asend(None)
        await opened.aclose()

    first: Any = parts()
    next(first)
    first.close()
    asyncio.run(main())
    assert closed == [CONTEXT, CONTEXT] and current() is None


def test_a_decorated_generator_can_be_a_context_manager() -> None:
    @contextlib.contextmanager
    @start(CONTEXT)
    def resource() -> Iterator[Optional[TraceContext]]:
        yield current()

    with resource() as inside:
        assert inside is CONTEXT and current() is None


def dropped(times: int) -> Iterator[None]:
    for _ in range(times):
        with start(), bind(request_id="left-behind"):
            yield


def test_a_dropped_generator_leaves_nothing_behind() -> None:
    for _ in range(3):
        parts = dropped(2)
        with start():
            next(parts)
        del parts
        gc.collect()
        assert current() is None


def test_a_dropped_generator_does_not_touch_the_work_of_somebody_else() -> None:
    holder: List[Any] = []
    with start():
        parts = dropped(2)
        next(parts)
        # A cycle, so that it ends when the garbage is collected and not when it is let go.
        holder.extend((parts, holder))
        del parts
    with start(CONTEXT), bind(request_id="mine") as mine:
        holder.clear()
        gc.collect()
        assert current() is mine
    assert current() is None


def test_what_is_carried_into_threads() -> None:
    with start(CONTEXT), bind(request_id="r"):
        work = carry(seen)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: work(), range(50))) == [("r", "-")] * 50
        assert pool.submit(seen).result() == ("-", "-")
    result: List[object] = []
    with start(CONTEXT):
        thread = threading.Thread(target=carry(lambda: result.append(current())))
    thread.start()
    thread.join()
    assert result == [CONTEXT]
    assert carry(current)() is None


def test_what_is_carried_into_an_executor_of_a_loop() -> None:
    async def main() -> Tuple[str, str]:
        with bind(request_id="r"):
            work = carry(seen)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, work)

    assert asyncio.run(main()) == ("r", "-")


def test_coroutines_and_generators_are_carried_too() -> None:
    async def work() -> Tuple[str, str]:
        await asyncio.sleep(0)
        return seen()

    with bind(request_id="r"):
        carried, parts = carry(work), carry(tenants)
    assert asyncio.run(carried()) == ("r", "-")
    assert list(parts()) == EXPECTED


def test_what_is_carried_into_a_process() -> None:
    context = TraceContext("a" * 32, "b" * 16, baggage=trace_baton.Baggage({"tenant": "acme"}))
    with start(context), bind(request_id="r"):
        work = carry(seen)
    assert pickle.loads(pickle.dumps(work))() == ("r", "acme")
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        assert pool.submit(work).result() == ("r", "acme")
