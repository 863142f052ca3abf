"""What `configure` sets, for the whole process: names, checks, formats, and who is sent what."""

import logging
import re
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, FrozenSet, Iterable, Optional, Tuple

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
BAGGAGE = "baggage"
REQUEST_ID = "x-request-id"
"""The request id's field by default, and its name inside trace-baton whatever the field is called."""

B3 = "b3"
B3_TRACE_ID = "x-b3-traceid"
B3_SPAN_ID = "x-b3-spanid"
B3_SAMPLED = "x-b3-sampled"
B3_FLAGS = "x-b3-flags"

FORMATS: Dict[str, Tuple[str, ...]] = {
    "w3c": (TRACEPARENT, TRACESTATE),
    "b3": (B3,),
    "b3multi": (B3_TRACE_ID, B3_SPAN_ID, B3_SAMPLED, B3_FLAGS),
}
"""Ways to write down a trace, with the fields that each takes."""

MAX_SQL_COMMENT = 1024

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_log = logging.getLogger("trace_baton")


@dataclass(frozen=True)
class Settings:
    """The arguments of `configure`, and what follows from them. Raises ValueError as it does."""

    request_id_header: str = REQUEST_ID
    is_request_id: Optional[Callable[[str], bool]] = None
    make_request_id: Optional[Callable[[], str]] = None
    formats: Tuple[str, ...] = ("w3c",)
    hosts: Optional[Tuple[str, ...]] = None
    sampled: bool = False
    tracer: Optional[Callable[[], Optional[str]]] = None
    max_sql_comment: int = MAX_SQL_COMMENT

    received: Dict[str, str] = field(init=False)
    """The fields that are read, by their names in lower case, and what they are inside trace-baton."""

    trace_fields: FrozenSet[str] = field(init=False)
    """The fields that say which trace: who sets one has decided on all."""

    only_w3c: bool = field(init=False)
    received_by_asgi: Dict[bytes, str] = field(init=False)
    received_by_wsgi: Tuple[Tuple[str, str], ...] = field(init=False)
    answered_by_asgi: bytes = field(init=False)

    def __post_init__(self) -> None:
        name = self.request_id_header.lower()
        if not _NAME.fullmatch(name):
            raise ValueError(f"request_id_header {name!r} is no name of a header field")
        unknown = [each for each in self.formats if each not in FORMATS]
        if unknown or not self.formats:
            raise ValueError(f"formats {self.formats!r}: expected some of {', '.join(FORMATS)}")
        if self.max_sql_comment < 0:
            raise ValueError(f"max_sql_comment {self.max_sql_comment!r} is less than 0")
        for host in self.hosts or ():
            # Of colons a host has none or, as an IPv6 address, several; one stands before a port.
            if not re.fullmatch(r"(\*\.)?[^*/\s]+", host) or host.count(":") == 1 or "]:" in host:
                raise ValueError(f"hosts: {host!r} is neither a host nor `*.` and a domain")
        received = {each: each for fmt in self.formats for each in FORMATS[fmt]}
        received[BAGGAGE] = BAGGAGE
        if name in received:
            raise ValueError(f"request_id_header {name!r} is a field of something else")
        received[name] = REQUEST_ID
        put: Callable[[str, Any], None] = lambda key, value: object.__setattr__(self, key, value)
        put("request_id_header", name)
        put("only_w3c", self.formats == ("w3c",))
        put("received", received)
        put("trace_fields", frozenset(received) - {BAGGAGE, name})
        put("received_by_asgi", {field.encode(): own for field, own in received.items()})
        put(
            "received_by_wsgi",
            tuple(
                (own, "HTTP_" + field.upper().replace("-", "_")) for field, own in received.items()
            ),
        )
        put("answered_by_asgi", name.encode())

    def sends_to(self, host: Optional[str]) -> bool:
        """Return whether a host, without port, gets ids and baggage; None stands for any."""
        if self.hosts is None or host is None:
            return True
        host = _plain(host)
        return any(
            host.endswith(allowed[1:]) if allowed[0] == "*" else host == allowed
            for allowed in self.hosts
        )


def _plain(host: str) -> str:
    return host.lower().strip("[]").rstrip(".")


active = Settings()
"""What holds now. To be read as `settings.active`, every time."""


def configure(
    *,
    request_id_header: str = REQUEST_ID,
    is_request_id: Optional[Callable[[str], bool]] = None,
    make_request_id: Optional[Callable[[], str]] = None,
    formats: Iterable[str] = ("w3c",),
    hosts: Optional[Iterable[str]] = None,
    sampled: bool = False,
    tracer: Optional[Callable[[], Optional[str]]] = None,
    max_sql_comment: int = MAX_SQL_COMMENT,
) -> None:
    """Set how trace-baton works in this process. What is not given gets its default.

    request_id_header: the name of the request id's field.
    is_request_id: says which ids of callers are taken; in place of the rule that it is 1 to 128 letters,
        digits and `._~:/+=@-`. Only up to 512 visible ASCII characters come to be asked about.
    make_request_id: makes the id of a request that brings none; else it is the trace id.
    formats: what traces are read from, the first that is there, and written in: "w3c"
        (`traceparent`), "b3" (one field), "b3multi" (`x-b3-...`).
    hosts: those that clients send ids and baggage to, for instance "api.example.org" or
        "*.example.org"; None is all.
    sampled: the flag of traces that start here.
    tracer: returns the `traceparent` of the span that a tracing SDK records now, or None: where there
        is one it is the span of the current context as well.
    max_sql_comment: bytes.

    Raises ValueError if one of these is not valid. Faults of the functions are logged once.
    """
    global active
    if isinstance(hosts, str):
        raise ValueError(f"hosts {hosts!r} is one string: expected several, such as [{hosts!r}]")
    active = Settings(
        request_id_header,
        _guarded("is_request_id", is_request_id),
        _guarded("make_request_id", make_request_id),
        tuple(formats),
        None if hosts is None else tuple(map(_plain, hosts)),
        sampled,
        _guarded("tracer", tracer),
        max_sql_comment,
    )


def _guarded(name: str, function: Optional[Callable[..., Any]]) -> Optional[Callable[..., Any]]:
    """Return a function that returns None where the application's own raises an exception."""
    if function is None:
        return None
    given: Callable[..., Any] = function
    reported = False

    def call(*args: Any) -> Any:
        nonlocal reported
        try:
            return given(*args)
        except Exception as error:
            if not reported:
                # Set first: logging may come back here.
                reported = True
                _log.error("the %s of trace_baton.configure failed", name, exc_info=error)
            return None

    return call
