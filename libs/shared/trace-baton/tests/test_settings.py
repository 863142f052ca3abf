"""What `configure` changes."""

import asyncio
import logging
from typing import Any, Dict, Iterator, List

import pytest

import trace_baton
from trace_baton import asgi, settings, wsgi
from trace_baton.context import TraceContext

TRACE = "463ac35c9f6413ad48485a3953bb6124"
SPAN = "a2fb4a1d1a96d312"
CONTEXT = TraceContext(TRACE, SPAN, flags=1)


@pytest.fixture(autouse=True)
def default_settings() -> Iterator[None]:
    yield
    trace_baton.configure()
    assert settings.active == settings.Settings()


def answer_of_asgi(headers: Dict[str, str], kind: str = "http") -> List[Any]:
    """Return the headers of an answer by an ASGI application."""
    sent: List[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        start = {"http": "http.response.start", "websocket": "websocket.accept"}[kind]
        await send({"type": start, "status": 200})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(asgi.ASGIMiddleware(app)(scope, None, send))  # type: ignore[arg-type]
    return [(name.decode(), value.decode()) for name, value in sent[0].get("headers", ())]


def answer_of_wsgi(headers: Dict[str, str]) -> List[Any]:
    answered: List[Any] = []

    def app(environ: Any, start_response: Any) -> List[bytes]:
        start_response("200 OK", [])
        return []

    environ = {f"HTTP_{n.upper().replace('-', '_')}": value for n, value in headers.items()}
    wsgi.WSGIMiddleware(app)(environ, lambda status, fields: answered.extend(fields))
    return answered


@pytest.mark.parametrize("answer", [answer_of_asgi, answer_of_wsgi])
def test_the_name_of_the_request_ids_field(answer: Any) -> None:
    trace_baton.configure(request_id_header="X-Correlation-ID")
    assert answer({"x-correlation-id": "r-1"}) == [("x-correlation-id", "r-1")]
    ((name, value),) = answer({"x-request-id": "r-1"})
    assert name == "x-correlation-id" and value != "r-1"
    context = trace_baton.extract({"X-Correlation-Id": "r-2", "x-request-id": "r-3"})
    with trace_baton.start(context):
        assert trace_baton.headers()["x-correlation-id"] == "r-2"
        assert "x-request-id" not in trace_baton.headers()


def test_the_answer_to_a_handshake_names_the_request() -> None:
    assert answer_of_asgi({"x-request-id": "r-1"}, "websocket") == [("x-request-id", "r-1")]


def test_the_rule_for_request_ids() -> None:
    trace_baton.configure(is_request_id=lambda text: text.startswith("{"))
    assert trace_baton.extract({"x-request-id": "{a;b}"}).request_id == "{a;b}"
    for refused in ("a", "{a b}", "{\r\n", "{" * 513, "{ä"):
        context = trace_baton.extract({"x-request-id": refused})
        assert context.request_id == context.trace_id
    with trace_baton.bind(request_id="{1}") as bound:
        assert bound.request_id == "{1}"
    with pytest.raises(ValueError, match="is_request_id of trace_baton.configure"):
        TraceContext(TRACE, SPAN, request_id="1")


def test_who_makes_request_ids() -> None:
    made = iter(f"made-{number}" for number in range(9))
    trace_baton.configure(make_request_id=lambda: next(made))
    assert trace_baton.extract({}).request_id == "made-0"
    assert trace_baton.extract({"x-request-id": "not valid"}).request_id == "made-1"
    assert trace_baton.extract({"x-request-id": "mine"}).request_id == "mine"
    with trace_baton.start() as outer:
        assert outer.request_id == "made-2"
        with trace_baton.start() as inner:
            assert inner.request_id == "made-2"


@pytest.mark.parametrize("name", ["is_request_id", "make_request_id", "tracer"])
def test_a_function_that_fails_is_logged_once(name: str, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*args: Any) -> Any:
        raise LookupError("the application's own")

    given: Any = {name: broken}
    trace_baton.configure(**given)
    for _ in range(2):
        with trace_baton.start(trace_baton.extract({"x-request-id": "a" * 600})) as context:
            assert context.request_id == context.trace_id
            trace_baton.extract({"x-request-id": "r"})
            assert trace_baton.headers()
    (record,) = caplog.records
    assert record.levelno == logging.ERROR and name in record.getMessage()


@pytest.mark.parametrize("made", ["not valid", "", None, 7, "a\nb"])
def test_what_is_no_request_id_is_not_used(made: Any) -> None:
    trace_baton.configure(make_request_id=lambda: made)
    context = trace_baton.extract({})
    assert context.request_id == context.trace_id


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"request_id_header": "a b"}, "no name of a header field"),
        ({"request_id_header": "TraceParent"}, "field of something else"),
        ({"formats": ["b4"]}, "expected some of w3c, b3, b3multi"),
        ({"formats": []}, "expected some of w3c, b3, b3multi"),
        ({"hosts": ["https://example.org"]}, "'https://example.org' is neither"),
        ({"hosts": ["a.*.org"]}, "neither a host nor"),
        ({"hosts": ["example.org:8443"]}, "'example.org:8443' is neither a host nor"),
        ({"hosts": ["[::1]:8443"]}, "neither a host nor"),
        ({"hosts": "localhost"}, "is one string: expected several"),
        ({"max_sql_comment": -1}, "less than 0"),
    ],
)
def test_what_is_not_valid_is_refused_and_changes_nothing(change: Any, message: str) -> None:
    trace_baton.configure(sampled=True)
    with pytest.raises(ValueError, match=message):
        trace_baton.configure(**change)
    assert settings.active.sampled


@pytest.mark.parametrize(
    ("hosts", "host", "allowed"),
    [
        (None, "evil.example", True),
        ([], "example.org", False),
        (["example.org"], "example.org", True),
        (["example.org"], "EXAMPLE.org.", True),
        (["Example.ORG"], "example.org", True),
        (["example.org"], "api.example.org", False),
        (["example.org"], "notexample.org", False),
        (["*.example.org"], "api.example.org", True),
        (["*.example.org"], "a.b.example.org", True),
        (["*.example.org"], "example.org", False),
        (["*.example.org"], "evilexample.org", False),
        (["*.example.org"], "example.org.evil.example", False),
        (["10.0.0.1"], "10.0.0.1", True),
        (["::1"], "[::1]", True),
        (["[::1]"], "::1", True),
        (["example.org"], "", False),
    ],
)
def test_hosts(hosts: Any, host: str, allowed: bool) -> None:
    trace_baton.configure(hosts=hosts)
    assert bool(trace_baton.headers(host)) == allowed
    assert trace_baton.headers(), "whoever asks for none decides for himself"


def test_a_trace_that_starts_here_is_sampled_if_that_is_wanted() -> None:
    trace_baton.configure(sampled=True)
    assert trace_baton.extract({}).sampled
    assert trace_baton.extract({"x-request-id": "r"}).sampled
    assert trace_baton.headers()["traceparent"].endswith("-03")
    with trace_baton.start() as context:
        assert context.sampled
    assert not trace_baton.extract({"traceparent": f"00-{TRACE}-{SPAN}-00"}).sampled


B3_CASES = [
    ({"b3": f"{TRACE}-{SPAN}-1"}, (TRACE, SPAN, True)),
    ({"b3": f"{TRACE}-{SPAN}-d"}, (TRACE, SPAN, True)),
    ({"b3": f"{TRACE}-{SPAN}-0-05e3ac9a4f6e3b90"}, (TRACE, SPAN, False)),
    ({"b3": f"{TRACE}-{SPAN}"}, (TRACE, SPAN, False)),
    ({"b3": f"{TRACE[16:]}-{SPAN}-1"}, ("0" * 16 + TRACE[16:], SPAN, True)),
    ({"b3": f"{TRACE[:20]}-{SPAN}-1"}, None),
    ({"b3": f"{'0' * 32}-{SPAN}-1"}, None),
    ({"b3": f"{TRACE}-{'0' * 16}-1"}, None),
    ({"b3": f"{TRACE.upper()}-{SPAN}-1"}, None),
    ({"b3": "0"}, None),
    ({"b3": "nonsense"}, None),
    ({"X-B3-TraceId": TRACE, "X-B3-SpanId": SPAN, "X-B3-Sampled": "1"}, (TRACE, SPAN, True)),
    ({"X-B3-TraceId": TRACE, "X-B3-SpanId": SPAN, "X-B3-Sampled": "true"}, (TRACE, SPAN, True)),
    ({"X-B3-TraceId": TRACE, "X-B3-SpanId": SPAN, "X-B3-Flags": "1"}, (TRACE, SPAN, True)),
    ({"X-B3-TraceId": TRACE, "X-B3-SpanId": SPAN, "X-B3-Sampled": "0"}, (TRACE, SPAN, False)),
    ({"X-B3-TraceId": TRACE}, None),
    ({"X-B3-Sampled": "0"}, None),
]


@pytest.mark.parametrize(("fields", "expected"), B3_CASES)
def test_b3_is_read(fields: Dict[str, str], expected: Any) -> None:
    trace_baton.configure(formats=["b3", "b3multi"])
    context = trace_baton.extract(fields)
    found = (context.trace_id, context.parent_id, context.sampled)
    assert found == expected if expected else context.parent_id is None


def test_a_decision_of_b3_stands_without_ids() -> None:
    trace_baton.configure(formats=["b3", "b3multi"], sampled=True)
    assert trace_baton.extract({}).sampled
    assert not trace_baton.extract({"b3": "0"}).sampled
    assert not trace_baton.extract({"x-b3-sampled": "0"}).sampled


def test_b3_is_written_beside_w3c_or_alone() -> None:
    with trace_baton.start(CONTEXT):
        assert not any("b3" in name for name in trace_baton.headers())
        trace_baton.configure(formats=["w3c", "b3", "b3multi"])
        sent = trace_baton.headers()
        span = sent["traceparent"].split("-")[2]
        assert sent["b3"] == f"{TRACE}-{span}-1"
        assert (sent["x-b3-traceid"], sent["x-b3-spanid"]) == (TRACE, span)
        assert sent["x-b3-sampled"] == "1"
        trace_baton.configure(formats=["b3"])
        assert set(trace_baton.headers()) == {"b3", "x-request-id"}
    assert trace_baton.extract({"traceparent": f"00-{TRACE}-{SPAN}-01"}).parent_id is None


def test_the_first_format_that_is_there_is_taken() -> None:
    both = {
        "traceparent": f"00-{'1' * 32}-{SPAN}-01",
        "tracestate": "a=1",
        "b3": f"{TRACE}-{SPAN}-1",
    }
    trace_baton.configure(formats=["w3c", "b3"])
    context = trace_baton.extract(both)
    assert (context.trace_id, context.tracestate) == ("1" * 32, "a=1")
    assert trace_baton.extract({"b3": both["b3"]}).trace_id == TRACE
    trace_baton.configure(formats=["b3", "w3c"])
    context = trace_baton.extract(both)
    assert (context.trace_id, context.tracestate) == (TRACE, "")
    assert trace_baton.extract({"traceparent": both["traceparent"]}).trace_id == "1" * 32


def test_who_has_set_one_field_of_the_trace_has_decided_on_all() -> None:
    trace_baton.configure(formats=["w3c", "b3"])
    carrier = {"B3": "0"}
    with trace_baton.start(CONTEXT):
        added = trace_baton.inject(carrier)
    assert added == ("x-request-id",) and set(carrier) == {"B3", "x-request-id"}
