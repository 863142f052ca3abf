"""urllib3: pool managers and pools, on a real server."""

import json
from typing import Dict, Iterator, Optional
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import MaxRetryError
from urllib3.util.retry import Retry

import trace_baton
from baton_testing.clients import OURS, ClientContract, body_parts, trace_of
from baton_testing.contexts import CALLER
from trace_baton.integrations import urllib3 as integration


class TestPoolManager(ClientContract):
    module = integration
    connection_errors = (MaxRetryError,)

    def get(self, url: str, headers: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        with urllib3.PoolManager(retries=Retry(connect=0, redirect=3)) as manager:
            seen: Dict[str, str] = json.loads(manager.request("GET", url, headers=headers).data)
            return seen

    def stream(self, url: str) -> Iterator[bytes]:
        with urllib3.PoolManager() as manager:
            response = manager.request(
                "POST",
                url,
                body=body_parts(),
                headers={"Transfer-Encoding": "chunked"},
                preload_content=False,
                chunked=True,
            )
            yield from response.stream(16)

    def test_the_headers_of_a_manager_are_not_changed(self) -> None:
        with urllib3.PoolManager(headers={"x-mine": "1"}) as manager, trace_baton.start(CALLER):
            seen = json.loads(manager.request("GET", self.url).data)
            assert (seen["x-mine"], trace_of(seen)) == ("1", CALLER.trace_id)
            assert dict(manager.headers) == {"x-mine": "1"}

    def test_a_retry_is_the_same_span(self) -> None:
        retries = Retry(total=2, status_forcelist=[500], raise_on_status=False)
        with urllib3.PoolManager(retries=retries) as manager, trace_baton.start(CALLER):
            manager.request("GET", f"{self.url}/error")
        sent = {seen["traceparent"] for seen in self.server.received}
        assert len(self.server.received) == 3 and len(sent) == 1


class TestPool(ClientContract):
    """A pool without a manager, called with its arguments by position."""

    module = integration
    leaves_its_host = False
    connection_errors = (MaxRetryError,)

    def get(self, url: str, headers: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        parts = urlsplit(url)
        pool = urllib3.HTTPConnectionPool(str(parts.hostname), parts.port)
        try:
            response = pool.urlopen("GET", parts.path or "/", None, headers, Retry(connect=0))
            seen: Dict[str, str] = json.loads(response.data)
            return seen
        finally:
            pool.close()

    def stream(self, url: str) -> Iterator[bytes]:
        parts = urlsplit(url)
        headers = {"Transfer-Encoding": "chunked"}
        pool = urllib3.HTTPConnectionPool(str(parts.hostname), parts.port)
        try:
            response = pool.urlopen(
                "POST", parts.path, body_parts(), headers, preload_content=False, chunked=True
            )
            yield from response.stream(16)
        finally:
            pool.close()

    def test_the_headers_of_a_pool_are_not_changed(self) -> None:
        parts = urlsplit(self.url)
        with trace_baton.start(CALLER):
            pool = urllib3.HTTPConnectionPool(str(parts.hostname), parts.port)
            assert trace_of(json.loads(pool.request("GET", "/").data)) == CALLER.trace_id
            assert not set(OURS) & set(pool.headers)
            pool.close()
