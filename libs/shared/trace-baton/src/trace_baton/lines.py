"""Which context a line of the log belongs to: the current one, or that of what went before.

A server writes its most important lines when the request's context is gone: the exception that left
the application, the access line. So an exception keeps the context of the work that it left, and an
asyncio task that of the request it has served.
"""

import asyncio
import weakref
from contextvars import ContextVar
from typing import Any, Callable, Optional, Tuple

from trace_baton.context import TraceContext, current

_ATTRIBUTE = "_trace_baton"


class _Left:
    """What an exception holds. Copied or pickled, with the exception, it is nothing."""

    __slots__ = ("context",)

    def __init__(self, context: TraceContext) -> None:
        self.context = context

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(None), ()


def left(error: BaseException, context: TraceContext) -> None:
    """Note that an exception left the work of a context. Never raises."""
    try:
        setattr(error, _ATTRIBUTE, _Left(context))
    except Exception:
        # It takes no attributes: its line goes without.
        pass


# The task is kept beside, because what a server starts while it serves inherits the variable.
_serving: "ContextVar[Optional[Tuple[TraceContext, Callable[[], object]]]]" = ContextVar(
    "trace_baton.serving", default=None
)


def serving(context: TraceContext) -> None:
    """Note that this asyncio task serves a request, outside of its context; elsewhere do nothing."""
    task = _task()
    if task is not None:
        _serving.set((context, weakref.ref(task)))


def _task() -> Optional[object]:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def context_of_line(error: object = None) -> Optional[TraceContext]:
    """Return the context that a line belongs to, which may tell of an exception."""
    context = current()
    if context is not None:
        return context
    noted = getattr(error, _ATTRIBUTE, None)
    if isinstance(noted, _Left):
        return noted.context
    served = _serving.get()
    if served is None:
        return None
    context, task = served
    here = _task()
    return context if here is not None and task() is here else None
