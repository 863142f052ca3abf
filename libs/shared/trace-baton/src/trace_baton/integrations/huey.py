"""huey: a task continues the trace of whoever enqueued it.

Each attempt at a task is a span; a retry, a delay and a pipeline stay in the trace.

huey's messages have no headers, and a keyword argument more would break a consumer that does not
have trace-baton. So the context travels as an attribute of the keyword arguments: as an `OrderedDict`
they can have one, pickle keeps it, and whoever does not look for it never sees it. A serializer
other than pickle loses the context, not the task.
"""

from collections import OrderedDict
from typing import Any, Callable

from huey.api import Huey  # type: ignore[import-untyped]

from trace_baton.guard import Guard
from trace_baton.patching import Undo, replace
from trace_baton.propagation import extract, headers

ATTRIBUTE = "trace_baton"
"""Where the keyword arguments of a task hold the headers of its context."""

_guard = Guard("huey")


def install() -> Undo:
    """Wrap the public `Huey.enqueue` and `Huey.execute`, in producers and consumers."""
    undo_enqueue = replace(Huey, "enqueue", _carrying)
    undo_execute = replace(Huey, "execute", _executing)

    def undo() -> None:
        undo_enqueue()
        undo_execute()

    return undo


def _carrying(enqueue: Callable[..., Any]) -> Callable[..., Any]:
    def enqueue_carrying(huey: Huey, task: Any, *args: Any, **kwargs: Any) -> Any:
        # Groups and chords have none; huey enqueues their tasks one by one.
        before = getattr(task, "kwargs", None)
        with _guard:
            # A task that comes back, for a retry or after its delay, has its headers already.
            if isinstance(before, dict) and not hasattr(before, ATTRIBUTE):
                carrier = OrderedDict(before)
                setattr(carrier, ATTRIBUTE, headers())
                task.kwargs = carrier
        try:
            return enqueue(huey, task, *args, **kwargs)
        finally:
            # A periodic task is one object, enqueued again and again.
            if before is not None:
                task.kwargs = before

    return enqueue_carrying


def _executing(execute: Callable[..., Any]) -> Callable[..., Any]:
    def execute_in_context(huey: Huey, task: Any, *args: Any, **kwargs: Any) -> Any:
        context = None
        with _guard:
            context = extract(getattr(task.kwargs, ATTRIBUTE, {}))
        with _guard.attached(context):
            return execute(huey, task, *args, **kwargs)

    return execute_in_context
