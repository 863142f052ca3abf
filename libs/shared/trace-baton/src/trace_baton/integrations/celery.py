"""celery: a task continues the trace of whoever sent it.

The context travels in the message's headers, as it does by HTTP, so that other tools that know W3C
Trace Context read it. Each attempt of a task is a span; a retry, a chain and a chord stay in the
trace.
"""

from contextvars import Token
from typing import Any, Dict, Optional
from weakref import WeakKeyDictionary

from celery.signals import (  # type: ignore[import-untyped]
    before_task_publish,
    task_postrun,
    task_prerun,
)

from trace_baton.context import TraceContext, attach, current, detach
from trace_baton.guard import Guard
from trace_baton.patching import Undo
from trace_baton.propagation import extract, inject

_guard = Guard("celery")

# Not kept by the request, which applications pickle, and log as a whole.
_tokens: "WeakKeyDictionary[Any, Token[Optional[TraceContext]]]" = WeakKeyDictionary()


def install() -> Undo:
    """Connect to celery's signals, in the process that sends and in the one that works.

    `_end` stays connected: a task under way while trace-baton is uninstalled has a context to leave, and
    the worker's thread would keep it for good.
    """
    before_task_publish.connect(_carry)
    task_prerun.connect(_begin)
    task_postrun.connect(_end)

    def undo() -> None:
        before_task_publish.disconnect(_carry)
        task_prerun.disconnect(_begin)

    return undo


def _carry(headers: Dict[str, Any], **signal: Any) -> None:
    with _guard:
        inject(headers)


def _begin(task: Any, **signal: Any) -> None:
    with _guard:
        request = task.request
        # A task that is called here and now, by `apply` or `task_always_eager`, was never sent.
        here = current() if request.is_eager else None
        _tokens[request] = attach(here.child() if here else extract(vars(request)))


def _end(task: Any, **signal: Any) -> None:
    with _guard:
        token = _tokens.pop(task.request, None)
        if token is not None:
            detach(token)
