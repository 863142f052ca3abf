"""The WSGI middleware, on the reference implementation of PEP 3333 with its validator."""

import contextvars
import gc
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple
from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import pytest

import trace_baton
from baton_testing.faults import break_baton
from trace_baton import wsgi
from trace_baton.guard import Guard

TRACE = "12345678901234567890123456789012"
CALLER = f"00-{TRACE}-1234567890123456-01"
Headers = List[Tuple[str, str]]


def call(app: wsgi.WSGIApp, **environ: Any) -> Tuple[Headers, Iterable[bytes]]:
    variables: Dict[str, Any] = {"HTTP_TRACEPARENT": CALLER, **environ}
    setup_testing_defaults(variables)
    started: List[Headers] = []
    body = wsgi.WSGIMiddleware(app)(
        variables, lambda status, headers, *rest: started.append(headers)
    )
    assert trace_baton.current() is None
    return started[0] if started else [], body


class Stream:
    """A body that notes in which trace each of its parts, and its end, is made."""

    def __init__(self) -> None:
        self.traces: List[Optional[str]] = []

    def _note(self) -> None:
        context = trace_baton.current()
        self.traces.append(context.trace_id if context else None)

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(3):
            self._note()
            yield b"."

    def close(self) -> None:
        self._note()


def test_the_request_runs_in_its_context_and_the_response_names_it() -> None:
    seen: List[Optional[trace_baton.TraceContext]] = []

    def app(environ: wsgi.Environ, start_response: wsgi.StartResponse) -> Iterable[bytes]:
        seen.append(trace_baton.current())
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    headers, body = call(validator(app), HTTP_X_REQUEST_ID="r-1", QUERY_STRING="")
    assert list(body) == [b"ok"]
    body.close()  # type: ignore[attr-defined]
    assert seen[0] is not None and seen[0].trace_id == TRACE
    assert headers[1:] == [("x-request-id", "r-1")]


def test_streaming_runs_in_the_context_between_others() -> None:
    stream = Stream()
    _, body = call(lambda environ, start_response: stream)
    with trace_baton.start() as other:
        for part in body:
            assert part == b"."
            assert trace_baton.current() is other
        body.close()  # type: ignore[attr-defined]
    assert stream.traces == [TRACE] * 4


def bound() -> Iterator[bytes]:
    """A body that changes what it carries between its parts."""
    for tenant in ("one", "two"):
        with trace_baton.bind(baggage={"tenant": tenant}):
            for _ in range(2):
                context = trace_baton.current()
                yield (context.baggage["tenant"] if context else "-").encode()


def taking(step: Any) -> Any:
    return step()


def in_a_thread_each(step: Any) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(step).result()


@pytest.mark.parametrize("take", [taking, in_a_thread_each])
def test_what_a_body_binds_around_a_part_stays_until_its_block_ends(take: Any) -> None:
    _, body = call(lambda environ, start_response: bound())
    parts = iter(body)
    taken = []
    for _ in range(4):
        taken.append(take(lambda: next(parts)))
        assert trace_baton.current() is None
    assert taken == [b"one", b"one", b"two", b"two"]
    assert next(parts, None) is None


@pytest.mark.parametrize("close", [True, False])
def test_a_body_that_the_server_drops_leaves_nothing_behind(close: bool) -> None:
    _, body = call(lambda environ, start_response: bound())
    assert next(iter(body)) == b"one"
    if close:
        body.close()  # type: ignore[attr-defined]
    with trace_baton.start() as mine:
        del body
        gc.collect()
        assert trace_baton.current() is mine
    assert trace_baton.current() is None


def test_variables_of_the_application_live_as_long_as_its_body() -> None:
    variable: "contextvars.ContextVar[str]" = contextvars.ContextVar("variable", default="-")

    def app(environ: wsgi.Environ, start_response: wsgi.StartResponse) -> Iterator[bytes]:
        token = variable.set(environ["PATH_INFO"])

        def parts() -> Iterator[bytes]:
            yield variable.get().encode()
            variable.reset(token)
            yield variable.get().encode()

        return parts()

    _, body = call(app, PATH_INFO="/mine")
    assert variable.get() == "-"
    assert list(body) == [b"/mine", b"-"]


def test_what_a_server_sends_by_itself_is_left_to_it() -> None:
    def answering(body: Any) -> Any:
        return lambda environ, start_response: body

    for finished in ([b"a"], (b"a",), FileWrapper(io.BytesIO(b"a"))):
        environ = {"wsgi.file_wrapper": FileWrapper}
        _, body = call(answering(finished), **environ)
        assert body is finished


def test_a_file_wrapper_that_is_a_function_is_no_error() -> None:
    _, body = call(lambda environ, start_response: iter([b"a"]), **{"wsgi.file_wrapper": iter})
    assert list(body) == [b"a"]


def test_a_nested_application_keeps_the_outer_context() -> None:
    seen: List[Optional[trace_baton.TraceContext]] = []

    def inner(environ: wsgi.Environ, start_response: wsgi.StartResponse) -> Iterable[bytes]:
        seen.append(trace_baton.current())
        start_response("200 OK", [("X-Request-ID", "own")])
        return []

    headers, _ = call(wsgi.WSGIMiddleware(inner))
    assert seen[0] is not None and seen[0].trace_id == TRACE
    assert headers == [("X-Request-ID", "own")]


def test_errors_pass_through_and_the_context_ends() -> None:
    def app(environ: wsgi.Environ, start_response: wsgi.StartResponse) -> Iterable[bytes]:
        raise LookupError("the application's own")

    with pytest.raises(LookupError, match="own"):
        call(app)
    assert trace_baton.current() is None


def test_an_error_is_started_by_position_or_by_name() -> None:
    started: List[Tuple[Any, ...]] = []

    def start_response(status: str, headers: Headers, exc_info: Any = None) -> None:
        started.append((status, exc_info))

    def app(environ: wsgi.Environ, start_response: wsgi.StartResponse) -> Iterable[bytes]:
        start_response("500 Oops", [])
        start_response("500 Oops", [], "error")
        start_response("500 Oops", [], exc_info="error")
        return []

    wsgi.WSGIMiddleware(app)({}, start_response)
    assert started == [("500 Oops", None), ("500 Oops", "error"), ("500 Oops", "error")]


@pytest.mark.parametrize("fault", ["attaching", "detaching"])
def test_a_body_is_sent_when_baton_loses_the_context(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Stream()
    _, body = call(lambda environ, start_response: stream)
    context = contextvars.copy_context()
    with monkeypatch.context() as patch:
        break_baton(patch, fault)
        assert context.run(lambda: b"".join(body)) == b"..."
        context.run(body.close)  # type: ignore[attr-defined]
    assert len(stream.traces) == 4


def test_a_body_that_cannot_be_told_from_a_file_is_sent() -> None:
    class Odd(type):
        def __instancecheck__(cls, instance: object) -> bool:
            raise RuntimeError

    wrapper = Odd("Wrapper", (), {})
    body = iter([b"a"])
    assert call(lambda environ, start_response: body, **{"wsgi.file_wrapper": wrapper})[1] is body


def test_two_traceparents_joined_by_the_server_start_a_new_trace() -> None:
    seen: List[Optional[trace_baton.TraceContext]] = []

    def app(environ: wsgi.Environ, start_response: wsgi.StartResponse) -> Iterable[bytes]:
        seen.append(trace_baton.current())
        return []

    call(app, HTTP_TRACEPARENT=f"{CALLER},{CALLER}")
    assert seen[0] is not None and seen[0].parent_id is None


def test_headers_that_baton_cannot_read_are_the_servers_business(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wsgi, "_guard", Guard("WSGI"))
    broken: Any = [("a", "1", "too many")]

    def app(environ: wsgi.Environ, start_response: wsgi.StartResponse) -> Iterable[bytes]:
        start_response("200 OK", broken)
        return []

    headers, _ = call(app)
    assert headers == broken
    assert "trace-baton's WSGI integration failed" in caplog.text


def test_a_failing_baton_does_not_fail_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(headers: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(wsgi, "continued", broken)
    stream = Stream()
    _, body = call(lambda environ, start_response: stream)
    assert b"".join(body) == b"..."
    assert stream.traces == [None] * 3
