"""sqlalchemy: a statement ends in a comment that names the context in which it is executed.

For instance `SELECT 1 /*request_id='order-7',traceparent='00-4bf9...-01'*/`, for the logs and statistics
of the database. The baggage stays out: it is the application's own. A driver that caches prepared
statements by their text prepares anew in each context.

Source: https://google.github.io/sqlcommenter/spec/.
"""

from typing import Any, List, Tuple
from urllib.parse import quote

from sqlalchemy import event
from sqlalchemy.engine import Engine

from trace_baton import settings
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
            percent = (
                "%%" if _takes_percent_for_a_parameter(connection, parameters, execution) else "%"
            )
            comment = _comment_of(context, percent, settings.active.max_sql_comment)
            body = statement.rstrip()
            end = ";" if body.endswith(";") else ""
            statement = f"{body[: len(body) - len(end)]}{comment}{end}"
    return statement, parameters


def _comment_of(context: TraceContext, percent: str, limit: int) -> str:
    """Return the comment, with the blank before it, in at most so many bytes.

    What has no room is left out, whole; `traceparent` has the first right to it, then the request id.
    """
    values = {
        "traceparent": context.traceparent,
        "request_id": context.request_id,
        "tracestate": context.tracestate,
    }
    attributes: List[str] = []
    room = limit - len(" /**/")
    for name, value in values.items():
        # Quoted to the last reserved character: nothing can end the comment, and all is ASCII.
        attribute = f"{name}='{quote(value, '').replace('%', percent)}'"
        if value and len(attribute) <= room:
            attributes.append(attribute)
            room -= len(attribute) + 1
    # "Sort" is what the specification asks for.
    return f" /*{','.join(sorted(attributes))}*/" if attributes else ""


def _takes_percent_for_a_parameter(connection: Any, parameters: Any, execution: Any) -> bool:
    if not parameters and execution.execution_options.get("no_parameters"):
        return False
    return connection.dialect.paramstyle in ("format", "pyformat")
