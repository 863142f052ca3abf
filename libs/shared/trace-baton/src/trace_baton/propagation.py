"""Contexts in and out of headers."""

from typing import Any, Dict, Iterable, Mapping, Protocol, Tuple, Union

from trace_baton.baggage import EMPTY, Baggage
from trace_baton.context import TraceContext, assemble, current, parse_request_id
from trace_baton.ids import new_span_id, new_trace_id
from trace_baton.w3c import (
    MAX_FIELD,
    OWS,
    RANDOM,
    format_traceparent,
    parse_traceparent,
    parse_tracestate,
)

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
BAGGAGE = "baggage"
REQUEST_ID = "x-request-id"

Text = Union[str, bytes]


class Fields(Protocol):
    """Received headers: a mapping, or one of the many classes of headers that are nearly one."""

    def items(self) -> Iterable[Tuple[Text, Text]]: ...


class Carrier(Protocol):
    """The headers of an outgoing request: a dict, or what a client uses for one."""

    def keys(self) -> Iterable[Any]: ...

    def __setitem__(self, name: str, value: str, /) -> None: ...


Headers = Union[Fields, Iterable[Tuple[Text, Text]]]

FIELDS = frozenset((TRACEPARENT, TRACESTATE, BAGGAGE, REQUEST_ID))
"""The names of the fields that are read."""


def extract(headers: Headers) -> TraceContext:
    """Return the context of the work that these headers ask for; no header makes this raise.

    headers: a mapping, or pairs where a field may occur several times; names in any case, text or
    bytes. The result is a new span, caused by the caller's. Without exactly one valid `traceparent`
    it starts a new trace, and `tracestate` is not read.
    """
    found: Dict[str, str] = {}
    received: Any = headers
    pairs = received.items() if hasattr(received, "items") else received
    for name, value in pairs:
        field = _text(name).lower()
        if field in FIELDS and isinstance(value, (str, bytes)):
            text = _text(value)
            found[field] = joined(found[field], text) if field in found else text
    return continued(found)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else ""


def joined(before: str, value: str) -> str:
    """Return the value of a field that occurs again (RFC 9110, section 5.3, Field order).

    Two request ids, or two traceparents, are not valid in this form, and need no other care.
    """
    return f"{before},{value}" if len(before) <= MAX_FIELD else before


def continued(found: Mapping[str, str]) -> TraceContext:
    """Do what `extract` does, of the fields that were found, by name in lower case."""
    if not found:
        return TraceContext.new()
    request_id = None
    if REQUEST_ID in found:
        request_id = parse_request_id(found[REQUEST_ID].strip(OWS))
    baggage = Baggage.parse((found[BAGGAGE],)) if BAGGAGE in found else EMPTY
    caller = parse_traceparent(found[TRACEPARENT]) if TRACEPARENT in found else None
    if caller is None:
        trace_id, span_id = new_trace_id(), new_span_id()
        return assemble(trace_id, span_id, None, RANDOM, request_id, "", baggage)
    trace_id, parent_id, flags = caller
    tracestate = parse_tracestate((found[TRACESTATE],)) if TRACESTATE in found else ""
    return assemble(trace_id, new_span_id(), parent_id, flags, request_id, tracestate, baggage)


def headers() -> Dict[str, str]:
    """Return the headers of one outgoing request: names in lower case, values safe to send.

    Each call names a new span, so that the calls of one request can be told apart (section 3.2.2.4,
    parent-id). Outside of any context the call starts a trace of its own. What matters most comes
    first, for carriers that are bounded.
    """
    context = current() or TraceContext.new()
    fields = {
        TRACEPARENT: format_traceparent(context.trace_id, new_span_id(), context.flags),
        REQUEST_ID: context.request_id,
    }
    if context.tracestate:
        fields[TRACESTATE] = context.tracestate
    baggage = context.baggage.header
    if baggage:
        fields[BAGGAGE] = baggage
    return fields


def inject(carrier: Carrier) -> None:
    """Add `headers()` to the headers of an outgoing request.

    What is there, in any case of its name, stays: a `traceparent` set by hand or by a tracing SDK
    wins, and keeps its own `tracestate`.
    """
    present = {_text(name).lower() for name in carrier.keys()}
    if TRACEPARENT in present:
        present.add(TRACESTATE)
    for name, value in headers().items():
        if name not in present:
            carrier[name] = value
