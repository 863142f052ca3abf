"""httpx: requests of `Client` and `AsyncClient` carry the context.

Redirects and retries within one call keep its headers.
"""

from typing import Any, Callable

import httpx

from baton.guard import Guard
from baton.patching import Installed, Undo, replace, replace_async
from baton.propagation import inject

_guard = Guard("httpx")


def install() -> Undo:
    """Wrap the public `send` of both clients, through which every request passes."""
    undo_sync = replace(httpx.Client, "send", _carrying)
    undo_async = replace_async(httpx.AsyncClient, "send", _carrying_async)

    def undo() -> None:
        undo_sync()
        undo_async()

    return undo


def _carrying(send: Callable[..., Any]) -> Callable[..., Any]:
    def send_carrying(client: Any, request: httpx.Request, *args: Any, **kwargs: Any) -> Any:
        with _guard:
            inject(request.headers)
        return send(client, request, *args, **kwargs)

    return send_carrying


def _carrying_async(send: Callable[..., Any], installed: Installed) -> Callable[..., Any]:
    async def send_carrying(client: Any, request: httpx.Request, *args: Any, **kwargs: Any) -> Any:
        with _guard:
            inject(request.headers)
        return await send(client, request, *args, **kwargs)

    return send_carrying
