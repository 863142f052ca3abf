"""sqlalchemy: a statement ends in a comment that names the context in which it is executed.

For instance `SELECT 1 /*request_id='order-7',traceparent='00-4bf9...-01'*/`, for the logs and statistics
of the database. The baggage stays out: it is the application's own. A driver that caches prepared
statements by their text prepares anew in each context.

Source: https://google.github.io/sqlcommenter/spec/.
"""

from typing import Any, Tuple
from urllib.parse import quote

from sqlalchemy import event
from sqlalchemy.engine import Engine

from trace_baton.context import TraceContext, current
from trace_baton.guard import Guard
from trace_baton.patching import Undo

_guard = Guard("sqlalchemy")


def install() -> Undo:
    """Listen to all engines, sync and async: connections that are opened from now on comment."""
    event.listen(Engine, "before_cursor_execute", _comment, retval=True)
    return lambda: event.remove(Engine, "before_cursor_execute", _comment)


def _comment(
    connection: Any, cursor: Any, statement: str, parameters: Any, execution: Any, many: bool
) -> Tuple[str, Any]:
    with _guard:
        context = current()
        # "If a comment already exists within a SQL statement, we MUST NOT mutate that statement."
        if context is not None and "/*" not in statement and "--" not in statement:
            comment = _attributes(context)
            if _takes_percent_for_a_parameter(connection, parameters, execution):
                comment = comment.replace("%", "%%")
            body = statement.rstrip()
            end = ";" if body.endswith(";") else ""
            statement = f"{body[: len(body) - len(end)]} /*{comment}*/{end}"
    return statement, parameters


def _attributes(context: TraceContext) -> str:
    # Sorted, and quoted to the last reserved character: nothing can end the comment.
    attributes = f"request_id='{quote(context.request_id, '')}',traceparent='{context.traceparent}'"
    if not context.tracestate:
        return attributes
    return f"{attributes},tracestate='{quote(context.tracestate, '')}'"


def _takes_percent_for_a_parameter(connection: Any, parameters: Any, execution: Any) -> bool:
    if not parameters and execution.execution_options.get("no_parameters"):
        return False
    return connection.dialect.paramstyle in ("format", "pyformat")
