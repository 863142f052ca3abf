"""Pieces of work: `with` blocks and decorators that run in a context."""

import functools
import inspect
from contextvars import Token, copy_context
from dataclasses import dataclass, replace
from types import TracebackType
from typing import (
    Any,
    AsyncGenerator,
    Callable,
    ContextManager,
    Generator,
    Mapping,
    Optional,
    Type,
    TypeVar,
    cast,
)

from trace_baton.context import TraceContext, attach, attached, current, detach
from trace_baton.lines import left
from trace_baton.w3c import SAMPLED

_F = TypeVar("_F", bound=Callable[..., Any])


class Block(ContextManager[TraceContext]):
    """What `start` and `bind` return: a `with` block, once, or a decorator, for any number of calls."""

    def __init__(self, make: Callable[[], TraceContext]) -> None:
        self._make = make
        self._context: Optional[TraceContext] = None
        self._token: "Optional[Token[Optional[TraceContext]]]" = None

    def __enter__(self) -> TraceContext:
        if self._token is not None:
            raise RuntimeError(
                "this `with` block of trace-baton's has been entered before; make a new one"
            )
        self._context = self._make()
        self._token = attach(self._context)
        return self._context

    def __exit__(
        self,
        kind: Optional[Type[BaseException]] = None,
        error: Optional[BaseException] = None,
        traceback: Optional[TracebackType] = None,
    ) -> None:
        if self._token is None or self._context is None:
            return
        if isinstance(error, GeneratorExit):
            # A generator that nobody reads any longer ends wherever it is found out, maybe in the
            # midst of somebody else's work.
            if attached() is not self._context:
                return
        elif error is not None:
            left(error, self._context)
        detach(self._token)

    def __call__(self, function: _F) -> _F:
        """Return a function of the same kind, each of whose calls runs in a block of its own.

        Functions, coroutine functions and generator functions, sync or async. A generator is in the
        block while it works, whoever takes its parts and wherever, and not in between.
        """
        if inspect.isasyncgenfunction(function):

            @functools.wraps(function)
            async def run_async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
                generator = function(*args, **kwargs)
                context = self._make()
                step = generator.asend(None)
                while True:
                    work = _Part(context)
                    try:
                        with work:
                            part = await step
                    except StopAsyncIteration:
                        return
                    # Its `with` blocks may be half done.
                    context = work.last
                    try:
                        step = generator.asend((yield part))
                    except GeneratorExit:
                        with _Part(context):
                            await generator.aclose()
                        raise
                    except BaseException as error:  # noqa: B036 - the generator's, to raise or not
                        step = generator.athrow(error)

            return cast(_F, run_async_generator)
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def run_generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
                return (yield from _stepwise(function(*args, **kwargs), self._make()))

            return cast(_F, run_generator)
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def run_async(*args: Any, **kwargs: Any) -> Any:
                with Block(self._make):
                    return await function(*args, **kwargs)

            return cast(_F, run_async)

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            with Block(self._make):
                return function(*args, **kwargs)

        return cast(_F, run)


class _Part(ContextManager[None]):
    """A part of an async generator's work, begun in a context and left in maybe another, `last`."""

    def __init__(self, context: TraceContext) -> None:
        self.last = context

    def __enter__(self) -> None:
        self._token = attach(self.last)

    def __exit__(self, kind: object, error: Optional[BaseException], traceback: object) -> None:
        self.last = attached() or self.last
        detach(self._token)
        if error is not None and not isinstance(error, (StopAsyncIteration, GeneratorExit)):
            left(error, self.last)


def _stepwise(
    generator: Generator[Any, Any, Any], context: TraceContext
) -> Generator[Any, Any, Any]:
    # Not the variables of whoever takes a part: that may be another thread each time.
    variables = copy_context()
    variables.run(attach, context)
    step: Callable[[], Any] = functools.partial(generator.send, None)
    while True:
        try:
            part = variables.run(step)
        except StopIteration as stop:
            return stop.value
        except BaseException as error:
            left(error, context)
            raise
        try:
            step = functools.partial(generator.send, (yield part))
        except GeneratorExit:
            variables.run(generator.close)
            raise
        except BaseException as error:  # noqa: B036 - the generator's, to raise or not
            step = functools.partial(generator.throw, error)


def start(context: Optional[TraceContext] = None, *, sampled: Optional[bool] = None) -> Block:
    """Work in `context` (often what `extract` returned) within a `with` block, which yields it.

    Without one, in a child of the current context, or in a new trace if there is none. `sampled`
    sets the flag; None keeps the caller's decision. Decorates functions, coroutine functions and
    generator functions of both kinds.
    """

    def make() -> TraceContext:
        started = context
        if started is None:
            around = current()
            started = TraceContext.new() if around is None else around.child()
        if sampled is None:
            return started
        flags = started.flags | SAMPLED if sampled else started.flags & ~SAMPLED
        return replace(started, flags=flags)

    return Block(make)


def bind(
    *, request_id: Optional[str] = None, baggage: Optional[Mapping[str, Optional[str]]] = None
) -> Block:
    """Change the current context within a `with` block, which yields it. Outside of any, start a trace.

    request_id: replaces the request id. baggage: values to set; None removes one. Decorates as
    `start` does. Entering raises ValueError or TypeError if a name or value is not valid.
    """

    def make() -> TraceContext:
        context = current() or TraceContext.new()
        if request_id is not None:
            context = replace(context, request_id=request_id)
        if baggage is not None:
            context = replace(context, baggage=context.baggage.updated(baggage))
        return context

    return Block(make)


def carry(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that does the same in the context of here and now, wherever it is called.

    For a thread, or an executor of threads or processes, whose work knows no context:
    `pool.submit(carry(work), 1)`. It may be called many times, at once as well. Takes what `start`
    decorates; with a function that can be pickled, the result can.
    """
    return Carried(function, current())


@dataclass(frozen=True)
class Carried:
    """What `carry` returns."""

    function: Callable[..., Any]
    context: Optional[TraceContext]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.context is None:
            return self.function(*args, **kwargs)
        return start(self.context)(self.function)(*args, **kwargs)
