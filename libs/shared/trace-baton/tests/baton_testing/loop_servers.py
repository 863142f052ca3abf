"""What frameworks promise beside that are server and client at once, both on a loop of asyncio."""

import asyncio
import json
import threading
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from http.client import HTTPConnection
from typing import Dict, Iterator, List
from urllib.parse import urlsplit

import trace_baton
from baton_testing.clients import trace_of
from baton_testing.contexts import TRACE
from baton_testing.loopback import TIMEOUT, EchoServer, running
from baton_testing.servers import ServerContract


class LoopServerContract(ServerContract):
    """A suite says how to listen; its application has one more route.

    `/call?url=...` gets that URL with the framework's own client, and answers what it got.
    """

    def listen(self) -> "AbstractAsyncContextManager[str]":
        """Listen on the loopback interface, on the loop that runs; yield the URL, without a slash."""
        raise NotImplementedError

    def serve(self) -> "AbstractContextManager[str]":
        return _in_a_thread(self.listen())

    def test_from_server_to_client(self) -> None:
        with running(EchoServer()) as url:
            seen = self.get(f"/call?url={url}").json()
        assert trace_of(seen) == TRACE
        assert seen["x-request-id"] == "order-7"

    def test_uninstall_reaches_connections_in_use(self) -> None:
        parts = urlsplit(self.url)
        connection = HTTPConnection(str(parts.hostname), parts.port, timeout=TIMEOUT)
        seen: List[Dict[str, object]] = []
        for _ in range(2):
            connection.request("GET", "/context")
            seen.append(json.load(connection.getresponse()))
            trace_baton.uninstall(self.integration)
        connection.close()
        assert seen[0]["trace_id"] and seen[1] == {}


@contextmanager
def _in_a_thread(listening: "AbstractAsyncContextManager[str]") -> Iterator[str]:
    """Listen in a thread with a loop of its own; yield the URL."""
    urls: List[str] = []
    started = threading.Event()
    stop = threading.Event()

    async def main() -> None:
        async with listening as url:
            urls.append(url)
            started.set()
            await asyncio.get_running_loop().run_in_executor(None, stop.wait)

    thread = threading.Thread(target=asyncio.run, args=(main(),), daemon=True)
    thread.start()
    assert started.wait(TIMEOUT)
    try:
        yield urls[0]
    finally:
        stop.set()
        thread.join(TIMEOUT)
