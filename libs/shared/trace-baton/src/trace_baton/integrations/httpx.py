"""httpx: requests of `Client` and `AsyncClient` carry the context.

Redirects and retries within one call keep its headers.
"""

from contextlib import contextmanager
from typing import Any, Callable, Iterator

import httpx

from trace_baton.guard import Guard
from trace_baton.patching import Installed, Undo, replace, replace_async
from trace_baton.propagation import inject

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
        with _carrier(request) as carrier:
            return send(client, carrier, *args, **kwargs)

    return send_carrying


def _carrying_async(send: Callable[..., Any], installed: Installed) -> Callable[..., Any]:
    async def send_carrying(client: Any, request: httpx.Request, *args: Any, **kwargs: Any) -> Any:
        if not installed.active:
            return await send(client, request, *args, **kwargs)
        with _carrier(request) as carrier:
            return await send(client, carrier, *args, **kwargs)

    return send_carrying


@contextmanager
def _carrier(request: httpx.Request) -> Iterator[httpx.Request]:
    """Yield a copy that carries the context: the caller may send the same again, in another trace."""
    carrier = request
    with _guard:
        # By hand, because `copy.copy` does as pickle does, which leaves out the body.
        copy = object.__new__(type(request))
        vars(copy).update(vars(request), headers=request.headers.copy())
        inject(copy.headers)
        carrier = copy
    try:
        yield carrier
    finally:
        with _guard:
            # A body that an auth flow has read cannot be read again, but sent.
            request.stream = carrier.stream
