"""The context of the work in hand: a value, and where it is kept."""

import re
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Callable, Optional

from trace_baton import settings
from trace_baton.baggage import EMPTY, Baggage
from trace_baton.ids import new_ids, new_span_id
from trace_baton.w3c import (
    KNOWN_FLAGS,
    RANDOM,
    SAMPLED,
    format_traceparent,
    parse_traceparent,
    parse_tracestate,
)

_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}")
_is_request_id = re.compile(r"[0-9A-Za-z._~:/+=@-]{1,128}").fullmatch
# What may travel in a header and stand in a log, whatever else the application's own rule says.
_SAFE = re.compile(r"[!-~]{1,512}")


@dataclass(frozen=True)
class TraceContext:
    """One piece of work (a request, a task) in a trace. What exists is valid and safe in a header.

    trace_id: 32 lowercase hex digits, of the whole trace.
    span_id: 16 lowercase hex digits, of this piece of work.
    parent_id: the span that caused it; None where the trace starts.
    flags: `SAMPLED` and `RANDOM` (level 2), as bits.
    request_id: 1 to 128 letters, digits and `._~:/+=@-`, or what `configure` says; the trace id unless a
        caller chose one.
    tracestate: the header's value; "" if there is none.
    baggage: the application's own values.

    Raises ValueError if a field is not valid.
    """

    trace_id: str
    span_id: str
    parent_id: Optional[str] = None
    flags: int = 0
    request_id: str = ""
    tracestate: str = ""
    baggage: Baggage = EMPTY

    def __post_init__(self) -> None:
        if not self.request_id:
            object.__setattr__(self, "request_id", make_request_id(self.trace_id))
        if self.flags & ~KNOWN_FLAGS:
            raise ValueError(f"flags {self.flags!r} are not SAMPLED, RANDOM or both")
        if parse_traceparent(self.traceparent) is None:
            raise ValueError(f"not a valid traceparent: {self.traceparent!r}")
        if self.parent_id is not None and not _SPAN_ID.fullmatch(self.parent_id):
            raise ValueError(f"parent_id {self.parent_id!r} is not 16 lowercase hex digits")
        if parse_request_id(self.request_id) is None:
            rule = "1 to 128 letters, digits and ._~:/+=@-"
            if settings.active.is_request_id is not None:
                rule = "what the is_request_id of trace_baton.configure takes"
            raise ValueError(f"request_id {self.request_id!r} is not {rule}")
        if self.tracestate and parse_tracestate((self.tracestate,)) != self.tracestate:
            raise ValueError(f"not a valid tracestate: {self.tracestate!r}")

    @staticmethod
    def new(*, sampled: Optional[bool] = None) -> "TraceContext":
        """Start a trace; None stands for what `configure` says.

        That is not sampled unless asked for: the flag says that somebody records it, and trace-baton
        does not (section 3.2.2.5.1, Sampled flag).
        """
        if sampled is None:
            sampled = settings.active.sampled
        flags = RANDOM | SAMPLED if sampled else RANDOM
        trace_id, span_id = new_ids()
        return assemble(trace_id, span_id, flags=flags)

    def child(self) -> "TraceContext":
        """Return a new span of the same trace, caused by this one."""
        fields = {**vars(self), "span_id": new_span_id(), "parent_id": self.span_id}
        return assemble(**fields)

    @property
    def sampled(self) -> bool:
        """Whether the caller may have recorded this trace."""
        return bool(self.flags & SAMPLED)

    @property
    def traceparent(self) -> str:
        """The `traceparent` header's value that names this span."""
        return format_traceparent(self.trace_id, self.span_id, self.flags)


# Looked up once, and not for every request.
_new = object.__new__


def assemble(
    trace_id: str,
    span_id: str,
    parent_id: Optional[str] = None,
    flags: int = 0,
    request_id: Optional[str] = None,
    tracestate: str = "",
    baggage: Baggage = EMPTY,
) -> TraceContext:
    """Make a context of parts that are known to be valid, in a tenth of the constructor's time.

    For trace-baton itself, which does so for every request.
    """
    context = _new(TraceContext)
    fields = context.__dict__
    fields["trace_id"] = trace_id
    fields["span_id"] = span_id
    fields["parent_id"] = parent_id
    fields["flags"] = flags
    fields["request_id"] = request_id or make_request_id(trace_id)
    fields["tracestate"] = tracestate
    fields["baggage"] = baggage
    return context


def parse_request_id(value: str) -> Optional[str]:
    """Return the request id, or None if it is not one that is safe in headers and logs."""
    accepts = settings.active.is_request_id
    if accepts is None:
        return value if _is_request_id(value) else None
    return value if _SAFE.fullmatch(value) and accepts(value) else None


def make_request_id(trace_id: str) -> str:
    """Return the id of a request that brings none: the trace id, or what the application makes."""
    make = settings.active.make_request_id
    if make is None:
        return trace_id
    made = make()
    return made if isinstance(made, str) and parse_request_id(made) else trace_id


_current: ContextVar[Optional[TraceContext]] = ContextVar("trace_baton", default=None)


def current() -> Optional[TraceContext]:
    """Return the context of this task or thread, or None outside of any.

    With a tracer (see `configure`), its span is the one that the context names.
    """
    if settings.active.tracer is None:
        return _current.get()
    return of_tracer() or _current.get()


def of_tracer() -> Optional[TraceContext]:
    """Return the current context in the span of the application's tracer; None if it has none now."""
    tracer = settings.active.tracer
    traceparent = tracer() if tracer is not None else None
    span = parse_traceparent(traceparent) if isinstance(traceparent, str) else None
    if span is None:
        return None
    trace_id, span_id, flags = span
    around = _current.get()
    if around is None:
        return assemble(trace_id, span_id, None, flags)
    same = around.trace_id == trace_id
    return assemble(
        trace_id,
        span_id,
        around.parent_id if same else None,
        flags,
        around.request_id,
        around.tracestate if same else "",
        around.baggage,
    )


attached: Callable[[], Optional[TraceContext]] = _current.get
"""Return what was attached last, whatever a tracer says."""

attach: "Callable[[Optional[TraceContext]], Token[Optional[TraceContext]]]" = _current.set
"""Make a context the current one, until `detach` is called with the token returned.

None stands for the outside of any. For integrations, whose beginning and end lie in different
functions; elsewhere use `start`. As `attached`, no function of ours: every request calls it.
"""


def detach(token: "Token[Optional[TraceContext]]") -> None:
    """Make current what was so before `attach`. Never raises."""
    try:
        _current.reset(token)
    except (ValueError, RuntimeError):
        # Begun in another task, for instance by a generator that was closed elsewhere, or ended
        # before: there is nothing to restore here.
        pass
