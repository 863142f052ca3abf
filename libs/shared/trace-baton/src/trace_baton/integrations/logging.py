"""logging: every record has `trace_id`, `span_id` and `request_id`; "-" outside of any context.

Use them in a format as `%(trace_id)s`.
"""

import logging
from typing import Any, Callable

from trace_baton.context import current
from trace_baton.guard import Guard
from trace_baton.patching import Undo, replace

NONE = "-"

_guard = Guard("logging")


def install() -> Undo:
    """Wrap the public `Logger.makeRecord`.

    Not the factory of records, which is simpler: `makeRecord` refuses an `extra` with a name that
    the factory has set, so an application that logs a `request_id` of its own would fail.
    """
    return replace(logging.Logger, "makeRecord", _naming_the_context)


def _naming_the_context(
    make_record: Callable[..., logging.LogRecord],
) -> Callable[..., logging.LogRecord]:
    def make_record_in_context(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make_record(*args, **kwargs)
        context = None
        with _guard:
            context = current()
        fields = vars(record)
        fields.setdefault("trace_id", context.trace_id if context else NONE)
        fields.setdefault("span_id", context.span_id if context else NONE)
        fields.setdefault("request_id", context.request_id if context else NONE)
        return record

    return make_record_in_context
