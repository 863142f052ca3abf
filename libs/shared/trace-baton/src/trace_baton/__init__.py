"""Carries W3C trace context, baggage and a request id through web frameworks, clients, queues and logs.

    import trace_baton

    trace_baton.install("starlette", "httpx", "logging")

`current()` is the context of the work in hand. `start()` begins a piece of work, `bind()` changes
what it carries, `extract()` and `inject()` move it through headers where no integration does,
`carry()` takes it into a thread.
"""

from trace_baton.baggage import Baggage
from trace_baton.blocks import bind, carry, start
from trace_baton.context import TraceContext, current
from trace_baton.propagation import extract, headers, inject
from trace_baton.registry import UnknownIntegration, available, install, uninstall
from trace_baton.settings import configure

__all__ = (
    "Baggage",
    "TraceContext",
    "UnknownIntegration",
    "available",
    "bind",
    "carry",
    "configure",
    "current",
    "extract",
    "headers",
    "inject",
    "install",
    "start",
    "uninstall",
)
