"""Beside the SDKs of OpenTelemetry and Sentry: one trace, its sampling, and everybody's baggage."""

import asyncio
import logging
from typing import Any, Dict, Iterator, List, Optional

import pytest
import sentry_sdk
from opentelemetry import baggage, propagate
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import DEFAULT_ON
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

import trace_baton
from trace_baton.asgi import ASGIMiddleware
from trace_baton.integrations.logging import ContextFilter

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "x-request-id": "r-1"}


def span_of_opentelemetry() -> Optional[str]:
    carrier: Dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")


def span_of_sentry() -> Optional[str]:
    span = sentry_sdk.get_current_span()
    if span is None:
        return None
    return f"00-{span.trace_id}-{span.span_id}-{1 if span.sampled else 0:02x}"


def headers_of_sentry() -> Dict[str, str]:
    """Return what the SDK's clients add to a request."""
    return {
        "sentry-trace": sentry_sdk.get_traceparent() or "",
        "baggage": sentry_sdk.get_baggage() or "",
    }


@pytest.fixture(autouse=True)
def default_settings() -> Iterator[None]:
    yield
    trace_baton.configure()


class OpenTelemetry:
    """The SDK as it comes, parent-based and always on, with spans that can be looked at."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(sampler=DEFAULT_ON)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    def serve(self, app: Any, headers: Dict[str, str]) -> None:
        """Have an application called by a server, with trace-baton outside as `install` puts it."""
        inner = OpenTelemetryMiddleware(
            app, tracer_provider=self.provider, exclude_spans=["receive", "send"]
        )

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            pass

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 50000),
        }
        asyncio.run(ASGIMiddleware(inner)(scope, receive, send))

    @property
    def span(self) -> Any:
        (span,) = self.exporter.get_finished_spans()
        return span


async def answer(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize("incoming", [{}, CALLER])
def test_with_a_tracer_all_name_the_span_of_opentelemetry(incoming: Dict[str, str]) -> None:
    trace_baton.configure(tracer=span_of_opentelemetry)
    seen: Dict[str, Any] = {}
    record = logging.LogRecord("test", logging.INFO, "f", 1, "message", (), None)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        ContextFilter().filter(record)
        seen["sent"] = trace_baton.headers()
        with trace_baton.start(), trace_baton.bind(request_id="r-2"):
            seen["later"] = trace_baton.headers()
        await answer(send)

    sdk = OpenTelemetry()
    sdk.serve(app, incoming)
    trace_id, span_id = f"{sdk.span.context.trace_id:032x}", f"{sdk.span.context.span_id:016x}"
    assert (trace_id == TRACE) == bool(incoming)
    assert (vars(record)["trace_id"], vars(record)["span_id"]) == (trace_id, span_id)
    for sent in (seen["sent"], seen["later"]):
        # Sampled, as the SDK says: whoever is called records it.
        assert sent["traceparent"] in (f"00-{trace_id}-{span_id}-01", f"00-{trace_id}-{span_id}-03")
    assert seen["later"]["x-request-id"] == "r-2"
    assert (seen["sent"]["x-request-id"] == "r-1") == bool(incoming)


def test_the_headers_of_opentelemetry_stay_and_ours_go_beside_them() -> None:
    trace_baton.configure(tracer=span_of_opentelemetry)
    sent: Dict[str, str] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        theirs = baggage.set_baggage("theirs", "1")
        with trace_baton.bind(baggage={"ours": "2", "theirs": "3"}):
            propagate.inject(sent, theirs)
            trace_baton.inject(sent)
        await answer(send)

    OpenTelemetry().serve(app, CALLER)
    assert sent["baggage"] == "theirs=1,ours=2"
    assert sent["x-request-id"] == "r-1"


def test_a_trace_that_starts_here_is_recorded_by_an_sdk_that_is_called() -> None:
    """Its sampler does as its caller did, and what trace-baton starts is not sampled unless asked for."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer(send)

    for sampled in (False, True):
        trace_baton.configure(sampled=sampled)
        called = OpenTelemetry()
        called.serve(app, trace_baton.headers())
        assert len(called.exporter.get_finished_spans()) == sampled


@pytest.fixture
def sentry() -> Iterator[List[Any]]:
    """The SDK, which sends what it has to send into a list."""
    sent: List[Any] = []

    class Transport(sentry_sdk.Transport):
        def capture_envelope(self, envelope: Any) -> None:
            sent.append(envelope)

    with sentry_sdk.isolation_scope():
        sentry_sdk.init(
            dsn="http://key@127.0.0.1/1",
            transport=Transport,
            traces_sample_rate=1.0,
            default_integrations=False,
            auto_enabling_integrations=False,
        )
        yield sent
        sentry_sdk.get_global_scope().set_client(None)


def test_with_a_tracer_all_name_the_span_of_sentry(sentry: List[Any]) -> None:
    trace_baton.configure(tracer=span_of_sentry)
    assert trace_baton.current() is None
    with trace_baton.start(trace_baton.extract({"x-request-id": "r-1"})):
        with sentry_sdk.start_transaction(name="request") as transaction:
            carrier: Dict[str, str] = headers_of_sentry()
            with trace_baton.bind(baggage={"ours": "1"}) as bound:
                assert bound.trace_id == transaction.trace_id
                trace_baton.inject(carrier)
    expected = f"00-{transaction.trace_id}-{transaction.span_id}-01"
    assert carrier["traceparent"] == expected and carrier["x-request-id"] == "r-1"
    assert carrier["sentry-trace"].startswith(f"{transaction.trace_id}-{transaction.span_id}")
    assert f"sentry-trace_id={transaction.trace_id}" in carrier["baggage"]
    assert carrier["baggage"].endswith(",ours=1")
    assert sentry


def test_without_a_tracer_what_an_sdk_has_set_stays(sentry: List[Any]) -> None:
    with trace_baton.start(), sentry_sdk.start_transaction(name="request"):
        before = headers_of_sentry()
        carrier = {**before, **CALLER}
        with trace_baton.bind(baggage={"ours": "1"}):
            assert trace_baton.inject(carrier) == ()
    assert carrier == {**before, **CALLER}
