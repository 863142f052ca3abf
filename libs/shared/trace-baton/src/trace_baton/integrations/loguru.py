"""loguru: the `extra` of every record has `trace_id`, `span_id` and `request_id`; "-" outside.

Use them in a format as `{extra[trace_id]}`.
"""

from typing import Any, Callable, Dict, Optional

from loguru import logger

from trace_baton.guard import Guard
from trace_baton.lines import context_of_line
from trace_baton.patching import Undo

NONE = "-"

_guard = Guard("loguru")


def add_context(record: Dict[str, Any]) -> None:
    """Add the context's ids to a record; what `logger.bind` has set by these names stays."""
    context = None
    with _guard:
        exception = record["exception"]
        context = context_of_line(exception.value if exception else None)
    extra = record["extra"]
    extra.setdefault("trace_id", context.trace_id if context else NONE)
    extra.setdefault("span_id", context.span_id if context else NONE)
    extra.setdefault("request_id", context.request_id if context else NONE)


def install() -> Undo:
    """Add `add_context` to the patcher that is configured now; call this after `logger.configure`.

    loguru has one patcher and does not tell which: to keep yours, this reads it from the logger's
    core.
    """
    before: Optional[Callable[[Any], None]] = _patcher()

    def patch(record: Any) -> None:
        if before is not None:
            before(record)
        add_context(record)

    logger.configure(patcher=patch)

    def undo() -> None:
        # Another patcher, configured later, has replaced this one.
        if _patcher() is patch:
            # `configure` takes None for "as it is".
            logger.configure(patcher=before or _nothing)

    return undo


def _patcher() -> Optional[Callable[[Any], None]]:
    core = getattr(logger, "_core", None)
    patcher: Optional[Callable[[Any], None]] = getattr(core, "patcher", None)
    return patcher


def _nothing(record: Any) -> None:
    pass
