"""What the integration of every HTTP client promises, as tests that its suite inherits."""

import asyncio
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Dict, Iterator, List, Mapping, Optional, Tuple, Type

import pytest

import baton
from baton_testing.loopback import HOST, EchoServer, running

MANY = 100
CALLER = baton.extract(
    {
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "tracestate": "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
        "baggage": "userId=alice;private,serverNode=DF%2028",
        "x-request-id": "order-7",
    }
)
OURS = ("traceparent", "tracestate", "baggage", "x-request-id")


def trace_of(seen: Mapping[str, str]) -> str:
    """Return the trace id that a server saw."""
    match = re.fullmatch(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", seen["traceparent"])
    assert match is not None, seen
    return match[1]


class ClientContract:
    """A suite names the integration's module, and says how its client calls."""

    module: ModuleType
    connection_errors: Tuple[Type[BaseException], ...]

    def get(self, url: str, headers: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        """GET `url`, following redirects; return the JSON: the headers that the server saw."""
        raise NotImplementedError

    def get_in_traces(self, urls: List[str]) -> List[Tuple[baton.TraceContext, Dict[str, str]]]:
        """GET all at once, each in a trace of its own; return those with the headers seen."""

        def work(url: str) -> Tuple[baton.TraceContext, Dict[str, str]]:
            with baton.start() as context:
                return context, self.get(url)

        with ThreadPoolExecutor(len(urls)) as pool:
            return list(pool.map(work, urls))

    url: str
    server: EchoServer

    @pytest.fixture(autouse=True)
    def _installed_beside_a_server(self) -> Iterator[None]:
        self.server = EchoServer()
        with running(self.server) as self.url:
            baton.install(self.integration)
            yield
            baton.uninstall()

    @property
    def integration(self) -> str:
        """The name that `install` takes."""
        return self.module.__name__.rpartition(".")[2]

    def test_a_request_carries_the_context(self) -> None:
        with baton.start(CALLER):
            seen = self.get(self.url)
        assert re.fullmatch(f"00-{CALLER.trace_id}-[0-9a-f]{{16}}-01", seen["traceparent"])
        assert seen["tracestate"] == "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
        assert seen["baggage"] == "userId=alice;private,serverNode=DF%2028"
        assert seen["x-request-id"] == "order-7"

    def test_every_request_is_a_span_of_its_own(self) -> None:
        with baton.start(CALLER):
            first, second = self.get(self.url), self.get(self.url)
        assert trace_of(first) == trace_of(second) == CALLER.trace_id
        spans = {first["traceparent"][36:52], second["traceparent"][36:52]}
        assert len(spans) == 2 and CALLER.span_id not in spans

    def test_nesting(self) -> None:
        with baton.start(CALLER):
            with baton.bind(baggage={"userId": "bob"}), baton.start():
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
        with baton.start(CALLER):
            seen = self.get(self.url, {"TraceParent": own, "X-Request-ID": "mine"})
        assert (seen["traceparent"], seen["x-request-id"]) == (own, "mine")
        assert "tracestate" not in seen
        assert seen["baggage"] == "userId=alice;private,serverNode=DF%2028"

    def test_the_headers_given_are_not_changed(self) -> None:
        headers = {"x-mine": "1"}
        seen = self.get(self.url, headers)
        assert seen["x-mine"] == "1" and trace_of(seen)
        assert headers == {"x-mine": "1"}

    def test_a_redirect_stays_in_the_trace(self) -> None:
        with baton.start(CALLER):
            self.get(f"{self.url}/redirect")
        assert [trace_of(seen) for seen in self.server.received] == [CALLER.trace_id] * 2

    def test_errors_are_the_clients_own(self) -> None:
        with baton.start(CALLER) as context:
            assert trace_of(self.get(f"{self.url}/error")) == CALLER.trace_id
            with socket.socket() as bound_but_deaf:
                bound_but_deaf.bind((HOST, 0))
                with pytest.raises(self.connection_errors):
                    self.get("http://{}:{}".format(*bound_but_deaf.getsockname()))
            assert baton.current() is context

    def test_a_hundred_at_once_never_mix(self) -> None:
        results = self.get_in_traces([self.url] * MANY)
        assert [trace_of(seen) for _, seen in results] == [c.trace_id for c, _ in results]
        assert len({seen["traceparent"] for _, seen in results}) == MANY

    def test_uninstall(self) -> None:
        baton.uninstall(self.integration)
        with baton.start(CALLER):
            seen = self.get(self.url)
        assert not set(OURS) & set(seen)

    def test_installing_twice_is_installing_once(self) -> None:
        baton.install(self.integration)
        assert trace_of(self.get(self.url))
        baton.uninstall(self.integration)
        assert not set(OURS) & set(self.get(self.url))

    def test_a_failing_baton_does_not_fail_the_request(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken() -> str:
            raise RuntimeError("baton is broken")

        monkeypatch.setattr("baton.propagation.new_span_id", broken)
        with baton.start(CALLER):
            seen = self.get(self.url)
        assert "traceparent" not in seen


class AsyncClientContract(ClientContract):
    """The same of a client with coroutines."""

    async def aget(self, url: str, headers: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        """GET `url`, following redirects; return the JSON: the headers that the server saw."""
        raise NotImplementedError

    def get(self, url: str, headers: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        return asyncio.run(self.aget(url, headers))

    def get_in_traces(self, urls: List[str]) -> List[Tuple[baton.TraceContext, Dict[str, str]]]:
        async def work(url: str) -> Tuple[baton.TraceContext, Dict[str, str]]:
            with baton.start() as context:
                return context, await self.aget(url)

        async def main() -> List[Tuple[baton.TraceContext, Dict[str, str]]]:
            return list(await asyncio.gather(*map(work, urls)))

        return asyncio.run(main())
