"""structlog: every event has `trace_id`, `span_id` and `request_id` while there is a context."""

import sys
from typing import Any, MutableMapping

import structlog

from trace_baton.guard import Guard
from trace_baton.lines import context_of_line
from trace_baton.patching import Undo

_guard = Guard("structlog")


def add_context(
    logger: Any, method_name: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Add the context's ids to an event; what the event has by these names stays.

    A processor, to put into the configuration by hand; or let `install` do so.
    """
    with _guard:
        context = context_of_line(_exception(event_dict.get("exc_info")))
        if context is not None:
            event_dict.setdefault("trace_id", context.trace_id)
            event_dict.setdefault("span_id", context.span_id)
            event_dict.setdefault("request_id", context.request_id)
    return event_dict


def _exception(given: object) -> object:
    """Return the exception that an event tells of; structlog takes it in three forms."""
    if isinstance(given, tuple):
        return given[1]
    return sys.exc_info()[1] if given is True else given


def install() -> Undo:
    """Put `add_context` before the processors that are configured now; call this afterwards.

    Loggers that are in use get it too.
    """
    processors = structlog.get_config()["processors"]
    if not isinstance(processors, list):
        processors = list(processors)
        structlog.configure(processors=processors)
    if add_context in processors:
        return lambda: None
    # In place, because bound loggers share the list, and some are cached for good.
    processors.insert(0, add_context)

    def undo() -> None:
        if add_context in processors:
            processors.remove(add_context)

    return undo
