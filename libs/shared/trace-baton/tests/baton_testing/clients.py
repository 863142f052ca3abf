"""What the integration of every HTTP client promises, as tests that its suite inherits."""

import asyncio
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import (
    Any,
    AsyncIterator,
    Dict,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Type,
)

import pytest

import trace_baton
from baton_testing.contexts import CALLER, HEADERS
from baton_testing.contract import MANY, Contract
from baton_testing.faults import broken
from baton_testing.loopback import HOST, EchoServer, running

OURS = tuple(name for name, _ in HEADERS)


def trace_of(seen: Mapping[str, str]) -> str:
    """Return the trace id that a server saw."""
    match = re.fullmatch(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", seen["traceparent"])
    assert match is not None, seen
    return match[1]


def body_parts() -> Iterator[bytes]:
    """Yield a body, in two parts."""
    yield from (b"one", b"two")


async def async_body_parts() -> AsyncIterator[bytes]:
    """Yield the same to a client with coroutines."""
    for part in body_parts():
        yield part


class ClientContract(Contract):
    """A suite names the integration's module, and says how its client calls."""

    connection_errors: Tuple[Type[BaseException], ...]
    leaves_its_host = True
    """Whether it follows a redirect to another host."""

    def get(self, url: str, headers: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        """GET `url`, following redirects; return the JSON: the headers that the server saw."""
        raise NotImplementedError

    def request(self, url: str, headers: Dict[str, str]) -> Any:
        """Return what the client can GET again and again: a request of its own kind, if it has one."""
        return url, headers

    def send(self, request: Any) -> Dict[str, str]:
        """Send what `request` returned; return the headers that the server saw."""
        return self.get(*request)

    def stream(self, url: str) -> Iterator[bytes]:
        """Ask with a body in parts, if the client sends such; yield those of the answer as they come."""
        raise NotImplementedError

    def send_in_traces(
        self, requests: Sequence[Any]
    ) -> List[Tuple[trace_baton.TraceContext, Dict[str, str]]]:
        """Send all at once, each in a trace of its own; return those with the headers seen."""

        def work(request: Any) -> Tuple[trace_baton.TraceContext, Dict[str, str]]:
            with trace_baton.start() as context:
                return context, self.send(request)

        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(work, requests))

    url: str
    server: EchoServer

    @pytest.fixture(autouse=True)
    def _beside_a_server(self, _installed: None) -> Iterator[None]:
        self.server = EchoServer()
        with running(self.server) as self.url:
            yield

    def test_a_request_carries_the_context(self) -> None:
        with trace_baton.start(CALLER):
            seen = self.get(self.url)
        assert re.fullmatch(f"00-{CALLER.trace_id}-[0-9a-f]{{16}}-01", seen["traceparent"])
        assert seen["tracestate"] == "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
        assert seen["baggage"] == "userId=alice;private,serverNode=DF%2028"
        assert seen["x-request-id"] == "order-7"

    def test_every_request_is_a_span_of_its_own(self) -> None:
        with trace_baton.start(CALLER):
            first, second = self.get(self.url), self.get(self.url)
        assert trace_of(first) == trace_of(second) == CALLER.trace_id
        spans = {first["traceparent"][36:52], second["traceparent"][36:52]}
        assert len(spans) == 2 and CALLER.span_id not in spans

    def test_nesting(self) -> None:
        with trace_baton.start(CALLER):
            with trace_baton.bind(baggage={"userId": "bob"}), trace_baton.start():
                inner = self.get(self.url)
            outer = self.get(self.url)
        assert trace_of(inner) == trace_of(outer) == CALLER.trace_id
        assert inner["baggage"] == "serverNode=DF%2028,userId=bob"
        assert outer["baggage"] == "userId=alice;private,serverNode=DF%2028"

    def test_outside_of_any_context_a_request_starts_a_trace(self) -> None:
        first, second = self.get(self.url), self.get(self.url)
        assert trace_of(first) != trace_of(second)
        assert first["x-request-id"] == trace_of(first)

    def test_headers_of_the_caller_win(self) -> None:
        own = "00-11111111111111111111111111111111-2222222222222222-00"
        with trace_baton.start(CALLER):
            seen = self.get(self.url, {"TraceParent": own, "X-Request-ID": "mine"})
        assert (seen["traceparent"], seen["x-request-id"]) == (own, "mine")
        assert "tracestate" not in seen
        assert seen["baggage"] == "userId=alice;private,serverNode=DF%2028"

    def test_the_headers_given_are_not_changed(self) -> None:
        headers = {"x-mine": "1"}
        seen = self.get(self.url, headers)
        assert seen["x-mine"] == "1" and trace_of(seen)
        assert headers == {"x-mine": "1"}

    def test_a_request_can_be_sent_again_in_another_trace(self) -> None:
        request = self.request(self.url, {"x-mine": "1"})
        for _ in range(2):
            with trace_baton.start(), trace_baton.bind(request_id="order-7") as context:
                seen = self.send(request)
            assert (seen["x-mine"], trace_of(seen)) == ("1", context.trace_id)
            assert seen["x-request-id"] == "order-7"
        assert self.send(request)["x-request-id"] != "order-7"

    def test_headers_of_a_request_that_is_sent_again_win_each_time(self) -> None:
        own = "00-11111111111111111111111111111111-2222222222222222-00"
        request = self.request(self.url, {"traceparent": own})
        for _ in range(2):
            with trace_baton.start():
                assert self.send(request)["traceparent"] == own

    def test_a_redirect_stays_in_the_trace(self) -> None:
        with trace_baton.start(CALLER):
            self.get(f"{self.url}/redirect")
        assert [trace_of(seen) for seen in self.server.received] == [CALLER.trace_id] * 2

    def test_streaming(self) -> None:
        received = b""
        with trace_baton.start(CALLER) as context:
            for part in self.stream(f"{self.url}/stream"):
                received += part
                assert trace_baton.current() is context
        assert f"00-{CALLER.trace_id}-".encode() in received

    def test_only_hosts_that_are_allowed_get_the_context(self, default_settings: None) -> None:
        trace_baton.configure(hosts=["example.org", "*.example.org"])
        with trace_baton.start(CALLER):
            assert not set(OURS) & set(self.get(self.url))
            # What is set by hand is the caller's own.
            seen = self.get(self.url, {"x-request-id": "mine"})
            assert set(OURS) & set(seen) == {"x-request-id"}
            trace_baton.configure(hosts=["example.org", HOST])
            assert trace_of(self.get(self.url)) == CALLER.trace_id

    def test_a_redirect_takes_nothing_to_another_host(self, default_settings: None) -> None:
        if not self.leaves_its_host:
            return
        stranger = EchoServer()
        with running(stranger) as url:
            elsewhere = url.replace(HOST, "localhost")
            trace_baton.configure(hosts=[HOST])
            with trace_baton.start(CALLER):
                self.get(f"{self.url}/redirect?to={elsewhere}/redirect?to={self.url}")
        first, last = self.server.received
        assert trace_of(first) == trace_of(last) == CALLER.trace_id
        (between,) = stranger.received
        assert not set(OURS) & set(between)

    def test_errors_are_the_clients_own(self) -> None:
        with trace_baton.start(CALLER) as context:
            assert trace_of(self.get(f"{self.url}/error")) == CALLER.trace_id
            with socket.socket() as bound_but_deaf:
                bound_but_deaf.bind((HOST, 0))
                with pytest.raises(self.connection_errors):
                    self.get("http://{}:{}".format(*bound_but_deaf.getsockname()))
            assert trace_baton.current() is context

    @pytest.mark.parametrize("different", [1, MANY])
    def test_a_hundred_at_once_never_mix(self, different: int) -> None:
        requests = [self.request(self.url, {}) for _ in range(different)]
        results = self.send_in_traces(requests * (MANY // different))
        assert [trace_of(seen) for _, seen in results] == [c.trace_id for c, _ in results]
        assert len({seen["traceparent"] for _, seen in results}) == MANY

    def test_uninstall(self) -> None:
        trace_baton.uninstall(self.integration)
        with trace_baton.start(CALLER):
            seen = self.get(self.url)
        assert not set(OURS) & set(seen)

    def test_installing_twice_is_installing_once(self) -> None:
        trace_baton.install(self.integration)
        assert trace_of(self.get(self.url))
        trace_baton.uninstall(self.integration)
        assert not set(OURS) & set(self.get(self.url))

    def test_a_failing_baton_does_not_fail_the_request(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("trace_baton.propagation.new_span_id", broken)
        with trace_baton.start(CALLER):
            seen = self.get(self.url)
        assert "traceparent" not in seen


class AsyncClientContract(ClientContract):
    """The same of a client with coroutines."""

    async def aget(self, url: str, headers: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        """GET `url`, following redirects; return the JSON: the headers that the server saw."""
        raise NotImplementedError

    async def asend(self, request: Any) -> Dict[str, str]:
        """Send what `request` returned; return the headers that the server saw."""
        return await self.aget(*request)

    def astream(self, url: str) -> AsyncIterator[bytes]:
        """Ask with a body in parts, if the client sends such; yield those of the answer as they come."""
        raise NotImplementedError

    def get(self, url: str, headers: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        return asyncio.run(self.aget(url, headers))

    def send(self, request: Any) -> Dict[str, str]:
        return asyncio.run(self.asend(request))

    def stream(self, url: str) -> Iterator[bytes]:
        async def main() -> List[bytes]:
            return [part async for part in self.astream(url)]

        return iter(asyncio.run(main()))

    def send_in_traces(
        self, requests: Sequence[Any]
    ) -> List[Tuple[trace_baton.TraceContext, Dict[str, str]]]:
        async def work(request: Any) -> Tuple[trace_baton.TraceContext, Dict[str, str]]:
            with trace_baton.start() as context:
                return context, await self.asend(request)

        async def main() -> List[Tuple[trace_baton.TraceContext, Dict[str, str]]]:
            return list(await asyncio.gather(*map(work, requests)))

        return asyncio.run(main())
