"""A websocket without a network: what an ASGI server tells an application of one."""

import asyncio
from typing import Any, Callable, Dict, List

from baton_testing.contexts import HEADERS


def websocket_text(make_app: Callable[[], Any], path: str) -> str:
    """Connect as the caller; return the text that the application sends before it closes.

    The application is made on the loop that it runs on: some keep the loop of their making.
    """
    sent = asyncio.run(_conversation(make_app, path))
    assert [message["type"] for message in sent] == [
        "websocket.accept",
        "websocket.send",
        "websocket.close",
    ]
    text: str = sent[1]["text"]
    return text


async def _conversation(make_app: Callable[[], Any], path: str) -> List[Dict[str, Any]]:
    sent: List[Dict[str, Any]] = []
    received: "asyncio.Queue[Dict[str, Any]]" = asyncio.Queue()
    received.put_nowait({"type": "websocket.connect"})

    async def send(message: Dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "websocket.close":
            received.put_nowait({"type": "websocket.disconnect", "code": 1000})

    headers = [("host", "localhost"), *HEADERS]
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "query_string": b"",
        "subprotocols": [],
    }
    await make_app()(scope, received.get, send)
    return sent
