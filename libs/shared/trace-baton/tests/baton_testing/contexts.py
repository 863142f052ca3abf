"""The caller whose trace the tests continue, and what a context looks like from within."""

from typing import Any, Dict

import trace_baton

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
HEADERS = [
    ("traceparent", f"00-{TRACE}-{SPAN}-01"),
    ("tracestate", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
    ("baggage", "userId=alice;private,serverNode=DF%2028"),
    ("x-request-id", "order-7"),
]
"""What the caller sends."""
CALLER = trace_baton.extract(dict(HEADERS))
"""The same, as a context."""


def describe() -> Dict[str, Any]:
    """Return the context that is here, and what a call from it would send."""
    context = trace_baton.current()
    if context is None:
        return {}
    return {
        "trace_id": context.trace_id,
        "span_id": context.span_id,
        "parent_id": context.parent_id,
        "request_id": context.request_id,
        "baggage": dict(context.baggage),
        "outgoing": trace_baton.headers(),
    }


def span_here() -> str:
    """Return the span id of the context that is here, or "none"."""
    context = trace_baton.current()
    return context.span_id if context else "none"
