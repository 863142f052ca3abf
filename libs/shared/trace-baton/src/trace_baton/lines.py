"""Which context a line of the log belongs to: the current one, or that of what went before.

A server writes its most important lines when the request's context is gone: the exception that left
the application, the access line. So an exception keeps the context of the work that it left, and an
asyncio task that of the request it has served.
"""

import asyncio
import weakref
from contextvars import ContextVar
from typing import Any, Callable, Optional, Tuple

from trace_baton.context import TraceContext, attached, current

_ATTRIBUTE = "_trace_baton"
# Looked up once, and not for every request.
_current_task = asyncio.current_task
_weak = weakref.ref


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
    try:
        task = _current_task()
    except RuntimeError:
        return
    if task is not None:
        _serving.set((context, _weak(task)))


def served(context: TraceContext) -> None:
    """Note that a request has ended here, unless it was part of another piece of work."""
    noted = _serving.get()
    if (noted is None or noted[0] is not context) and attached() is None:
        serving(context)


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
    try:
        here = _current_task()
    except RuntimeError:
        return None
    return context if here is not None and task() is here else None
