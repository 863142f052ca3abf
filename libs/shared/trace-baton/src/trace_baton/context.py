"""The context of the work in hand: a value, and where it is kept."""

import functools
import inspect
import re
from contextvars import ContextVar, Token
from dataclasses import dataclass, replace
from typing import Any, Callable, ContextManager, Mapping, Optional, TypeVar, cast

from trace_baton.baggage import EMPTY, Baggage
from trace_baton.ids import new_span_id, new_trace_id
from trace_baton.w3c import (
    KNOWN_FLAGS,
    RANDOM,
    SAMPLED,
    format_traceparent,
    parse_traceparent,
    parse_tracestate,
)

_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}")
_REQUEST_ID = re.compile(r"[0-9A-Za-z._~:/+=@-]{1,128}")


@dataclass(frozen=True)
class TraceContext:
    """One piece of work (a request, a task) in a trace. What exists is valid and safe in a header.

    trace_id: 32 lowercase hex digits, of the whole trace.
    span_id: 16 lowercase hex digits, of this piece of work.
    parent_id: the span that caused it; None where the trace starts.
    flags: `SAMPLED` and `RANDOM` (level 2), as bits.
    request_id: 1 to 128 letters, digits and `._~:/+=@-`; the trace id unless a caller chose one.
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
            object.__setattr__(self, "request_id", self.trace_id)
        if self.flags & ~KNOWN_FLAGS:
            raise ValueError(f"flags {self.flags!r} are not SAMPLED, RANDOM or both")
        if parse_traceparent(self.traceparent) is None:
            raise ValueError(f"not a valid traceparent: {self.traceparent!r}")
        if self.parent_id is not None and not _SPAN_ID.fullmatch(self.parent_id):
            raise ValueError(f"parent_id {self.parent_id!r} is not 16 lowercase hex digits")
        if parse_request_id(self.request_id) is None:
            raise ValueError(
                f"request_id {self.request_id!r} is not 1 to 128 letters, digits and ._~:/+=@-"
            )
        if self.tracestate and parse_tracestate((self.tracestate,)) != self.tracestate:
            raise ValueError(f"not a valid tracestate: {self.tracestate!r}")

    @staticmethod
    def new(*, sampled: bool = False) -> "TraceContext":
        """Start a trace.

        It is not sampled unless asked for: the flag says that somebody records it, and trace-baton does
        not (section 3.2.2.5.1, Sampled flag).
        """
        flags = RANDOM | SAMPLED if sampled else RANDOM
        return assemble(new_trace_id(), new_span_id(), flags=flags)

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
    fields["request_id"] = request_id or trace_id
    fields["tracestate"] = tracestate
    fields["baggage"] = baggage
    return context


def parse_request_id(value: str) -> Optional[str]:
    """Return the request id, or None if it is not one that is safe in headers and logs."""
    return value if _REQUEST_ID.fullmatch(value) else None


_current: ContextVar[Optional[TraceContext]] = ContextVar("trace_baton", default=None)


def current() -> Optional[TraceContext]:
    """Return the context of this task or thread, or None outside of any."""
    return _current.get()


def attach(context: TraceContext) -> "Token[Optional[TraceContext]]":
    """Make `context` the current one, until `detach` is called with the token returned.

    For integrations, whose beginning and end lie in different functions; elsewhere use `start`.
    """
    return _current.set(context)


def detach(token: "Token[Optional[TraceContext]]") -> None:
    """Make current what was so before `attach`. Never raises."""
    try:
        _current.reset(token)
    except (ValueError, RuntimeError):
        # Begun in another task, for instance by a generator that was closed elsewhere, or ended
        # before: there is nothing to restore here.
        pass


_F = TypeVar("_F", bound=Callable[..., Any])


class Block(ContextManager[TraceContext]):
    """What `start` and `bind` return: a `with` block, once, or a decorator, for any number of calls."""

    def __init__(self, make: Callable[[], TraceContext]) -> None:
        self._make = make
        self._token: "Optional[Token[Optional[TraceContext]]]" = None

    def __enter__(self) -> TraceContext:
        if self._token is not None:
            raise RuntimeError(
                "this `with` block of trace-baton's has been entered before; make a new one"
            )
        context = self._make()
        self._token = attach(context)
        return context

    def __exit__(self, *error: object) -> None:
        if self._token is not None:
            detach(self._token)

    def __call__(self, function: _F) -> _F:
        """Return a function, or a coroutine function, each of whose calls runs in a block of its own.

        Raises TypeError for a generator function, whose call returns before its work begins.
        """
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            name = getattr(function, "__qualname__", function)
            raise TypeError(
                f"trace-baton cannot decorate the generator function {name}: use a `with` block inside it"
            )
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def run_async(*args: Any, **kwargs: Any) -> Any:
                with Block(self._make):
                    return await function(*args, **kwargs)

            return cast(_F, run_async)

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            with Block(self._make):
                return function(*args, **kwargs)

        return cast(_F, run)


def start(context: Optional[TraceContext] = None, *, sampled: Optional[bool] = None) -> Block:
    """Work in `context` (often what `extract` returned) within a `with` block, which yields it.

    Without one, in a child of the current context, or in a new trace if there is none. `sampled`
    sets the flag; None keeps the caller's decision. Decorates functions and coroutine functions.
    """

    def make() -> TraceContext:
        started = context
        if started is None:
            around = current()
            started = TraceContext.new() if around is None else around.child()
        if sampled is None:
            return started
        flags = started.flags | SAMPLED if sampled else started.flags & ~SAMPLED
        return replace(started, flags=flags)

    return Block(make)


def bind(
    *, request_id: Optional[str] = None, baggage: Optional[Mapping[str, Optional[str]]] = None
) -> Block:
    """Change the current context within a `with` block, which yields it. Outside of any, start a trace.

    request_id: replaces the request id. baggage: values to set; None removes one. Decorates as
    `start` does. Entering raises ValueError or TypeError if a name or value is not valid.
    """

    def make() -> TraceContext:
        context = current() or TraceContext.new()
        if request_id is not None:
            context = replace(context, request_id=request_id)
        if baggage is not None:
            context = replace(context, baggage=context.baggage.updated(baggage))
        return context

    return Block(make)
