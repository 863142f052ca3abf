"""Contexts in and out of headers."""

from typing import Any, Dict, Iterable, List, Mapping, Optional, Protocol, Tuple, Union

from trace_baton import b3, settings
from trace_baton.baggage import EMPTY, Baggage
from trace_baton.context import TraceContext, assemble, attached, of_tracer, parse_request_id
from trace_baton.ids import new_ids, new_span_id
from trace_baton.settings import BAGGAGE, REQUEST_ID, TRACEPARENT, TRACESTATE
from trace_baton.w3c import (
    OWS,
    RANDOM,
    SAMPLED,
    format_traceparent,
    parse_traceparent,
    parse_tracestate,
)

Text = Union[str, bytes]


class Fields(Protocol):
    """Received headers: a mapping, or one of the many classes of headers that are nearly one."""

    def items(self) -> Iterable[Tuple[Text, Text]]: ...


class Carrier(Protocol):
    """The headers of an outgoing request: a dict, or what a client uses for one."""

    def keys(self) -> Iterable[Any]: ...

    def __setitem__(self, name: str, value: str, /) -> None: ...


Headers = Union[Fields, Iterable[Tuple[Text, Text]]]


def extract(headers: Headers) -> TraceContext:
    """Return the context of the work that these headers ask for; no header makes this raise.

    headers: a mapping, or pairs where a field may occur several times; names in any case, text or
    bytes. The result is a new span, caused by the caller's. Without exactly one valid `traceparent`
    it starts a new trace, and `tracestate` is not read.
    """
    received: Any = headers
    pairs = received.items() if hasattr(received, "items") else received
    names = settings.active.received
    found: List[Tuple[str, str]] = []
    for name, value in pairs:
        field = names.get(_text(name).lower())
        if field is not None and isinstance(value, (str, bytes)):
            found.append((field, _text(value)))
    return continued(joined(found))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else ""


def joined(found: Iterable[Tuple[str, str]]) -> Dict[str, str]:
    """Return fields by name, with the values of one that occurs again (RFC 9110, section 5.3).

    Two request ids, or two traceparents, are not valid in this form, and need no other care.
    """
    fields: Dict[str, str] = {}
    again: Dict[str, List[str]] = {}
    for field, value in found:
        if field not in fields:
            fields[field] = value
        elif field in again:
            again[field].append(value)
        else:
            again[field] = [fields[field], value]
    for field, values in again.items():
        fields[field] = ",".join(values)
    return fields


def continued(found: Mapping[str, str]) -> TraceContext:
    """Do what `extract` does, of the fields that were found, by the names of `Settings.received`."""
    if not found:
        return TraceContext.new()
    get = found.get
    request_id = get(REQUEST_ID)
    if request_id is not None:
        request_id = parse_request_id(request_id.strip(OWS))
    members = get(BAGGAGE)
    baggage = EMPTY if members is None else Baggage.parse((members,))
    traceparent = get(TRACEPARENT)
    caller = None if traceparent is None else parse_traceparent(traceparent)
    tracestate = ""
    if caller is not None and TRACESTATE in found:
        tracestate = parse_tracestate((found[TRACESTATE],))
    active = settings.active
    sampled = active.sampled
    if not active.only_w3c and (caller is None or active.formats[0] != "w3c"):
        ids, decision = b3.parse(found)
        sampled = sampled if decision is None else decision
        if ids is not None:
            caller, tracestate = (*ids, SAMPLED if sampled else 0), ""
    if caller is None:
        flags = RANDOM | SAMPLED if sampled else RANDOM
        trace_id, span_id = new_ids()
        return assemble(trace_id, span_id, None, flags, request_id, "", baggage)
    trace_id, parent_id, flags = caller
    return assemble(trace_id, new_span_id(), parent_id, flags, request_id, tracestate, baggage)


def headers(host: Optional[str] = None) -> Dict[str, str]:
    """Return the headers of one outgoing request: names in lower case, values safe to send.

    Each call names a new span, so that the calls of one request can be told apart (section 3.2.2.4,
    parent-id); with a tracer, its span. Outside of any context the call starts a trace of its own.
    What matters most comes first, for carriers that are bounded. A host that `configure` does not
    list gets nothing.
    """
    active = settings.active
    if active.hosts is not None and not active.sends_to(host):
        return {}
    context = None if active.tracer is None else of_tracer()
    if context is None:
        context, span_id = attached() or TraceContext.new(), new_span_id()
    else:
        span_id = context.span_id
    fields: Dict[str, str] = {}
    for each in active.formats:
        if each == "w3c":
            fields[TRACEPARENT] = format_traceparent(context.trace_id, span_id, context.flags)
        else:
            write = b3.single if each == "b3" else b3.several
            fields.update(write(context.trace_id, span_id, context.sampled))
    fields[active.request_id_header] = context.request_id
    if context.tracestate and TRACEPARENT in fields:
        fields[TRACESTATE] = context.tracestate
    baggage = context.baggage.header
    if baggage:
        fields[BAGGAGE] = baggage
    return fields


def inject(carrier: Carrier, host: Optional[str] = None) -> Tuple[str, ...]:
    """Add `headers(host)` to the headers of an outgoing request; return the names of what was added.

    What is there, in any case of its name, stays: a `traceparent` set by hand or by a tracing SDK
    wins, and keeps its own `tracestate`. With a tracer, which may have put members of its own into
    `baggage`, ours come behind them.
    """
    active = settings.active
    present = {_text(name).lower(): name for name in carrier.keys()}
    traced = not active.trace_fields.isdisjoint(present)
    added = []
    for name, value in headers(host).items():
        if name == BAGGAGE and name in present and active.tracer is not None:
            theirs: Any = carrier
            name = present[name]
            value = Baggage.parse((value,)).behind(_text(theirs[name]))
        elif name in present or traced and name in active.trace_fields:
            continue
        else:
            added.append(name)
        carrier[name] = value
    return tuple(added)
