"""logging: every record has `trace_id`, `span_id` and `request_id`; "-" outside of any context.

Use them in a format as `%(trace_id)s`.
"""

import logging
from typing import Any, Callable

from trace_baton.guard import Guard
from trace_baton.lines import context_of_line
from trace_baton.patching import Undo, replace

NONE = "-"

_guard = Guard("logging")


def install() -> Undo:
    """Wrap the public `Logger.makeRecord`.

    Not the factory of records, which is simpler: `makeRecord` refuses an `extra` with a name that
    the factory has set, so an application that logs a `request_id` of its own would fail.
    """
    return replace(logging.Logger, "makeRecord", _naming_the_context)


class ContextFilter(logging.Filter):
    """Gives every record that passes a handler, or a logger, the fields; it keeps none back.

    Without `install`, where handlers are named one by one; in `logging.config.dictConfig`:
    `"filters": {"context": {"()": "trace_baton.integrations.logging.ContextFilter"}}`.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        add_context(record)
        return True


def add_context(record: logging.LogRecord) -> None:
    """Add the context's ids to a record; fields that it has by these names stay."""
    context = None
    with _guard:
        context = context_of_line(record.exc_info[1] if record.exc_info else None)
    fields = vars(record)
    fields.setdefault("trace_id", context.trace_id if context else NONE)
    fields.setdefault("span_id", context.span_id if context else NONE)
    fields.setdefault("request_id", context.request_id if context else NONE)


def _naming_the_context(
    make_record: Callable[..., logging.LogRecord],
) -> Callable[..., logging.LogRecord]:
    def make_record_in_context(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make_record(*args, **kwargs)
        add_context(record)
        return record

    return make_record_in_context
