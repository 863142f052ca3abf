"""What the integration of every web framework promises, as tests that its suite inherits."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Iterator, List, Optional, Tuple

import pytest

import trace_baton
from baton_testing.contexts import HEADERS, SPAN, TRACE
from baton_testing.contract import MANY, Contract
from baton_testing.faults import FAULTS, break_baton
from baton_testing.loopback import Response, fetch


def stream_part() -> str:
    """Return one part of what the route `/stream` answers, a line: the trace id of the moment."""
    context = trace_baton.current()
    return f"{context.trace_id if context else None}\n"


def tenant_parts() -> Iterator[str]:
    """Yield four lines, the tenant of the moment, which changes between two of them."""
    for tenant in ("one", "two"):
        with trace_baton.bind(baggage={"tenant": tenant}):
            for _ in range(2):
                context = trace_baton.current()
                yield f"{context.baggage.get('tenant') if context else None}\n"


TENANTS = ["one", "one", "two", "two"]


class ServerContract(Contract):
    """A suite names the integration's module, and serves an application with these routes.

    `/context` answers `describe()` as JSON. `/error` raises an exception. `/stream`, if
    `streams`, sends three times `stream_part()`, each made when the one before has been sent.
    `/own` sets the header `X-Request-ID` itself, to `own`.
    """

    streams = True
    paths: Tuple[str, ...] = ("/context",)
    """All that answer `describe()`, for instance sync and async ones."""

    def serve(self) -> "AbstractContextManager[str]":
        """Serve the application on the loopback interface; yield the URL, without a slash."""
        raise NotImplementedError

    url: str

    @pytest.fixture(autouse=True)
    def _served(self, _installed: None) -> Iterator[None]:
        with self.serve() as self.url:
            yield

    def get(self, path: str, headers: "Optional[List[Tuple[str, str]]]" = None) -> Response:
        """GET a path, by default with the headers of the caller."""
        return fetch(self.url + path, HEADERS if headers is None else headers)

    def test_a_request_continues_the_callers_trace(self) -> None:
        for path in self.paths:
            seen = self.get(path).json()
            assert (seen["trace_id"], seen["parent_id"]) == (TRACE, SPAN), path
            assert seen["request_id"] == "order-7"
            assert seen["baggage"] == {"userId": "alice", "serverNode": "DF 28"}
            outgoing = dict(seen["outgoing"])
            assert outgoing.pop("traceparent")[:36] == f"00-{TRACE}-"
            assert outgoing == dict(HEADERS[1:])

    def test_a_request_without_a_trace_starts_one(self) -> None:
        first, second = self.get("/context", []).json(), self.get("/context", []).json()
        assert first["trace_id"] != second["trace_id"]
        assert first["parent_id"] is None
        assert first["request_id"] == first["trace_id"]

    @pytest.mark.parametrize(
        "headers",
        [
            [("traceparent", f"00-{'0' * 32}-{SPAN}-01")],
            [("traceparent", "nonsense"), ("tracestate", "a=1"), ("baggage", ";;=,")],
            [("traceparent", f"00-{TRACE}-{SPAN}-01"), ("traceparent", f"00-{TRACE}-{SPAN}-01")],
            [("x-request-id", "a b"), ("traceparent", "\u00ff" * 55)],
        ],
    )
    def test_invalid_headers_start_a_trace(self, headers: List[Tuple[str, str]]) -> None:
        response = self.get("/context", headers)
        assert response.status == 200
        seen = response.json()
        assert seen["parent_id"] is None
        assert seen["trace_id"] == seen["request_id"] != TRACE

    def test_the_response_names_the_request(self) -> None:
        response = self.get("/context")
        assert response.headers["x-request-id"] == "order-7"
        response = self.get("/context", [])
        assert response.headers["x-request-id"] == response.json()["request_id"]

    def test_an_application_decides_on_its_own_request_id(self) -> None:
        assert self.get("/own").headers["x-request-id"] == "own"

    def test_errors_are_the_frameworks_own_and_end_the_context(self) -> None:
        assert self.get("/error").status == 500
        assert self.get("/no-such-path").status == 404
        assert self.get("/context", []).json()["trace_id"] != TRACE

    def test_streaming_stays_in_the_context(self) -> None:
        if self.streams:
            assert self.get("/stream").body.decode().split() == [TRACE] * 3

    def test_a_hundred_at_once_never_mix(self) -> None:
        traces = [f"{number:032x}" for number in range(1, MANY + 1)]

        def work(number: int) -> Tuple[str, str]:
            path = self.paths[number % len(self.paths)]
            caller = [("traceparent", f"00-{traces[number]}-{SPAN}-01")]
            response = self.get(path, caller)
            return response.json()["trace_id"], response.headers["x-request-id"]

        with ThreadPoolExecutor(MANY) as pool:
            assert list(pool.map(work, range(MANY))) == [(trace, trace) for trace in traces]

    def test_uninstall(self) -> None:
        trace_baton.uninstall(self.integration)
        for path in self.paths:
            response = self.get(path)
            assert response.json() == {}
            assert "x-request-id" not in response.headers

    def test_installing_twice_is_installing_once(self) -> None:
        trace_baton.install(self.integration)
        assert self.get("/context").json()["trace_id"] == TRACE
        trace_baton.uninstall(self.integration)
        assert self.get("/context").json() == {}

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_failing_baton_does_not_fail_the_request(
        self, fault: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_baton(monkeypatch, fault)
        response = self.get("/context")
        assert response.status == 200
        in_context = fault in ("detaching", "naming")
        assert response.json().get("trace_id") == (TRACE if in_context else None)
        assert ("x-request-id" in response.headers) <= (fault != "naming")
        if self.streams:
            assert len(self.get("/stream").body.splitlines()) == 3


class MiddlewareContract(ServerContract):
    """The same where a middleware of the application's own sets the header `x-span` to `span_here()`."""

    def test_middleware_works_in_the_same_span(self) -> None:
        """Each of them: that of an application within another, too."""
        for path in self.paths:
            response = self.get(path)
            assert response.headers["x-span"] == response.json()["span_id"], path
