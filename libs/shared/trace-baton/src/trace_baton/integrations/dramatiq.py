"""dramatiq: a message continues the trace of whoever enqueued it.

The context travels in the message's options, under the key "trace_baton". Each attempt at a message is a
span; a retry, a delay and a pipeline stay in the trace.
"""

import functools
from contextvars import ContextVar
from typing import Any, Callable, Dict, Optional

from dramatiq import Broker

from trace_baton.context import attach, detach
from trace_baton.guard import Guard
from trace_baton.patching import Undo, replace
from trace_baton.propagation import extract, headers

OPTION = "trace_baton"
"""Where the options of a message hold the headers of its context."""

_guard = Guard("dramatiq")
_sending: "ContextVar[Optional[Dict[str, str]]]" = ContextVar("trace_baton.dramatiq", default=None)


def install() -> Undo:
    """Wrap `emit_before` and `emit_after`, by which every broker calls its middleware.

    So the context surrounds all middleware, and a broker made before `install` is covered as well.
    """
    _wrap_the_end()
    return replace(Broker, "emit_before", _before)


@functools.lru_cache(maxsize=None)
def _wrap_the_end() -> None:
    """Wrap `emit_after`, once and for good.

    A message under way while trace-baton is uninstalled has a context to leave, and the worker's thread
    would keep it.
    """
    replace(Broker, "emit_after", _after)


def _before(emit: Callable[..., None]) -> Callable[..., None]:
    def emit_before(broker: Broker, signal: str, *args: Any, **kwargs: Any) -> None:
        with _guard:
            if signal == "enqueue":
                _carry(args[0])
            elif signal == "process_message":
                _begin(args[0])
        emit(broker, signal, *args, **kwargs)

    return emit_before


def _after(emit: Callable[..., None]) -> Callable[..., None]:
    def emit_after(broker: Broker, signal: str, *args: Any, **kwargs: Any) -> None:
        try:
            emit(broker, signal, *args, **kwargs)
        finally:
            with _guard:
                if signal == "enqueue":
                    _let_go(args[0])
                elif signal in ("process_message", "skip_message"):
                    _end(args[0])

    return emit_after


def _carry(message: Any) -> None:
    # A message that comes back, for a retry or after its delay, has its headers already.
    if OPTION not in message.options:
        carried = headers()
        message.options[OPTION] = carried
        _sending.set(carried)


def _let_go(message: Any) -> None:
    # The application may enqueue this very message again, in another context.
    if message.options.get(OPTION) is _sending.get():
        message.options.pop(OPTION, None)
    _sending.set(None)


def _begin(message: Any) -> None:
    message.baton_token = attach(extract(message.options.get(OPTION, {})))


def _end(message: Any) -> None:
    token = vars(message).pop("baton_token", None)
    if token is not None:
        detach(token)
