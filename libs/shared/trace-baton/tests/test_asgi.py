"""The ASGI middleware, driven by hand."""

import asyncio
import inspect
from functools import partial
from typing import Any, Dict, List, Optional, Tuple

import pytest

import trace_baton
from trace_baton import asgi
from trace_baton.guard import Guard
from trace_baton.patching import Installed

TRACE = "12345678901234567890123456789012"
CALLER = (b"traceparent", f"00-{TRACE}-1234567890123456-01".encode())
Seen = List[Optional[trace_baton.TraceContext]]


def call(
    app: asgi.ASGIApp, headers: List[Tuple[bytes, bytes]], kind: str = "http"
) -> List[asgi.Message]:
    sent: List[asgi.Message] = []

    async def receive() -> asgi.Message:
        return {"type": f"{kind}.request"}

    async def send(message: asgi.Message) -> None:
        sent.append(message)

    async def main() -> None:
        await app({"type": kind, "headers": headers}, receive, send)
        assert trace_baton.current() is None

    asyncio.run(main())
    return sent


def responding(seen: Seen, **start: Any) -> asgi.ASGIApp:
    async def app(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        seen.append(trace_baton.current())
        await send({"type": "http.response.start", "status": 200, **start})
        await send({"type": "http.response.body", "body": b""})

    return app


def test_the_request_runs_in_its_context_and_the_response_names_it() -> None:
    seen: Seen = []
    sent = call(asgi.ASGIMiddleware(responding(seen)), [CALLER, (b"x-request-id", b"r-1")])
    (context,) = seen
    assert context is not None and (context.trace_id, context.request_id) == (TRACE, "r-1")
    assert sent[0]["headers"] == [(b"x-request-id", b"r-1")]


def test_the_application_decides_on_its_own_request_id() -> None:
    own = [(b"X-Request-ID", b"own")]
    for headers in (own, iter(own)):
        sent = call(asgi.ASGIMiddleware(responding([], headers=headers)), [])
        assert sent[0]["headers"] == own


def test_the_message_of_the_application_is_not_changed() -> None:
    """It may be a constant, sent again in answer to the next request."""
    start: asgi.Message = {"type": "http.response.start", "status": 200, "headers": []}

    async def app(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        await send(start)

    for request_id in (b"r-1", b"r-2"):
        sent = call(asgi.ASGIMiddleware(app), [(b"x-request-id", request_id)])
        assert sent[0]["headers"] == [(b"x-request-id", request_id)]
    assert start["headers"] == []


def test_headers_that_baton_cannot_read_are_the_servers_business(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi, "_guard", Guard("ASGI"))
    broken = [(b"a", b"1", b"too many")]
    sent = call(asgi.ASGIMiddleware(responding([], headers=broken)), [])
    assert sent[0]["headers"] == broken
    assert "trace-baton's ASGI integration failed" in caplog.text


def test_fields_that_occur_twice() -> None:
    twice = [(b"tracestate", b"a=1"), (b"x-request-id", b"r"), (b"baggage", b"k=v")]
    again = [(b"tracestate", b"b=2"), (b"x-request-id", b"r"), (b"baggage", b"l=w")]
    seen: Seen = []
    call(asgi.ASGIMiddleware(responding(seen)), [CALLER, *twice, *again])
    call(asgi.ASGIMiddleware(responding(seen)), [CALLER, CALLER])
    assert seen[0] is not None and seen[1] is not None
    assert seen[0].tracestate == "a=1,b=2"
    assert seen[0].baggage == {"k": "v", "l": "w"}
    assert seen[0].request_id == TRACE
    assert seen[1].parent_id is None


def test_once_uninstalled_a_wrapper_that_others_hold_passes_through() -> None:
    seen: Seen = []
    app = responding(seen)

    async def call_app(self: object, *args: Any) -> None:
        await app(*args)

    installed = Installed()
    wrapped = partial(asgi.calling(call_app, installed), None)
    call(wrapped, [CALLER])
    installed.active = False
    sent = call(wrapped, [CALLER])
    assert seen[0] is not None and seen[1:] == [None]
    assert "headers" not in sent[0]


def test_servers_see_that_the_middleware_is_async() -> None:
    """uvicorn and asgiref take an application whose `__call__` is not for one of ASGI 2."""
    assert inspect.iscoroutinefunction(asgi.ASGIMiddleware(responding([])).__call__)


def test_a_mounted_application_keeps_the_outer_context() -> None:
    seen: Seen = []
    inner = asgi.ASGIMiddleware(responding(seen))

    async def outer(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        seen.append(trace_baton.current())
        await inner(scope, receive, send)

    sent = call(asgi.ASGIMiddleware(outer), [CALLER])
    assert seen[0] is not None and seen[0] is seen[1]
    assert len(sent[0]["headers"]) == 1


def test_websockets_have_a_context_and_lifespan_has_none() -> None:
    seen: Seen = []

    async def app(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        seen.append(trace_baton.current())

    call(asgi.ASGIMiddleware(app), [CALLER], kind="websocket")
    call(asgi.ASGIMiddleware(app), [CALLER], kind="lifespan")
    assert seen[0] is not None and seen[0].trace_id == TRACE
    assert seen[1] is None


def test_errors_pass_through_and_the_context_ends() -> None:
    async def app(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        raise LookupError("the application's own")

    async def main() -> None:
        scope: Dict[str, Any] = {"type": "http", "headers": []}
        with pytest.raises(LookupError, match="own"):
            await asgi.ASGIMiddleware(app)(scope, None, None)  # type: ignore[arg-type]
        assert trace_baton.current() is None

    asyncio.run(main())


def test_a_failing_baton_does_not_fail_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(headers: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(asgi, "continued", broken)
    seen: Seen = []
    sent = call(asgi.ASGIMiddleware(responding(seen)), [CALLER])
    assert seen == [None]
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
