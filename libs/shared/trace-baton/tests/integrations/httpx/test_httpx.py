"""httpx: both clients, on a real server."""

import asyncio
import inspect
from typing import Any, AsyncIterator, Dict, Generator, Iterator, Optional

import httpx
import pytest

import trace_baton
from baton_testing.clients import (
    OURS,
    AsyncClientContract,
    ClientContract,
    async_body_parts,
    body_parts,
    trace_of,
)
from baton_testing.contexts import CALLER
from trace_baton.integrations import httpx as integration

# Before 0.20 redirects were followed without being asked to.
# No certificates: loading them is most of the time that a client takes.
OPTIONS: Dict[str, Any] = (
    {"follow_redirects": True, "verify": False}
    if "follow_redirects" in inspect.signature(httpx.Client).parameters
    else {"verify": False}
)


class Signature(httpx.Auth):
    """Asks twice, with what it has made of the body."""

    requires_request_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        yield request
        request.headers["x-signature"] = request.read().decode()
        yield request


class TestClient(ClientContract):
    module = integration
    connection_errors = (httpx.ConnectError,)

    def get(self, url: str, headers: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        with httpx.Client(**OPTIONS) as client:
            seen: Dict[str, str] = client.get(url, headers=headers).json()
            return seen

    def request(self, url: str, headers: Dict[str, str]) -> httpx.Request:
        return httpx.Request("GET", url, headers=headers)

    def send(self, request: httpx.Request) -> Dict[str, str]:
        with httpx.Client(**OPTIONS) as client:
            seen: Dict[str, str] = client.send(request).json()
            return seen

    def stream(self, url: str) -> Iterator[bytes]:
        with httpx.Client(**OPTIONS) as client:
            with client.stream("POST", url, content=body_parts()) as response:
                yield from response.iter_bytes()

    def test_the_functions_of_the_module_carry_it_too(self) -> None:
        with trace_baton.start(CALLER):
            assert trace_of(httpx.get(self.url).json()) == CALLER.trace_id

    def test_a_request_with_a_body_and_a_signature_can_be_sent_again(self) -> None:
        with httpx.Client(**OPTIONS) as client:
            request = client.build_request("POST", self.url, content=body_parts())
            for _ in range(2):
                with trace_baton.start() as context:
                    seen = client.send(request, auth=Signature()).json()
                assert (seen["x-signature"], trace_of(seen)) == ("onetwo", context.trace_id)
        assert len(self.server.received) == 4

    def test_a_request_sent_by_keyword(self) -> None:
        with trace_baton.start(CALLER), httpx.Client(**OPTIONS) as client:
            request = client.build_request("GET", self.url)
            assert trace_of(client.send(request=request).json()) == CALLER.trace_id


class TestAsyncClient(AsyncClientContract):
    module = integration
    connection_errors = (httpx.ConnectError,)

    async def aget(self, url: str, headers: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        async with httpx.AsyncClient(**OPTIONS) as client:
            seen: Dict[str, str] = (await client.get(url, headers=headers)).json()
            return seen

    def request(self, url: str, headers: Dict[str, str]) -> httpx.Request:
        return httpx.Request("GET", url, headers=headers)

    async def asend(self, request: httpx.Request) -> Dict[str, str]:
        async with httpx.AsyncClient(**OPTIONS) as client:
            seen: Dict[str, str] = (await client.send(request)).json()
            return seen

    async def astream(self, url: str) -> AsyncIterator[bytes]:
        async with httpx.AsyncClient(**OPTIONS) as client:
            async with client.stream("POST", url, content=async_body_parts()) as response:
                async for part in response.aiter_bytes():
                    yield part

    def test_a_request_with_a_body_and_a_signature_can_be_sent_again(self) -> None:
        async def main() -> None:
            async with httpx.AsyncClient(**OPTIONS) as client:
                request = client.build_request("POST", self.url, content=async_body_parts())
                for _ in range(2):
                    with trace_baton.start() as context:
                        seen = (await client.send(request, auth=Signature())).json()
                    assert (seen["x-signature"], trace_of(seen)) == ("onetwo", context.trace_id)

        asyncio.run(main())
        assert len(self.server.received) == 4

    def test_uninstall_below_a_wrapper_of_somebody_else(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trace_baton.uninstall()
        # Put back when the test is over.
        monkeypatch.setattr(httpx.AsyncClient, "send", httpx.AsyncClient.send)
        trace_baton.install("httpx")
        below = httpx.AsyncClient.send

        async def theirs(*args: Any, **kwargs: Any) -> httpx.Response:
            return await below(*args, **kwargs)

        monkeypatch.setattr(httpx.AsyncClient, "send", theirs)
        assert trace_of(self.get(self.url))
        trace_baton.uninstall()
        assert not set(OURS) & set(self.get(self.url))

    def test_send_stays_async_for_those_who_ask(self) -> None:
        assert inspect.iscoroutinefunction(httpx.AsyncClient.send)
