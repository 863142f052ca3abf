"""httpx: requests of `Client` and `AsyncClient` carry the context.

Redirects and retries within one call keep its headers, as far as their hosts may have them.
"""

from contextlib import contextmanager
from typing import Any, Callable, Iterator

import httpx

from trace_baton import settings
from trace_baton.guard import Guard
from trace_baton.patching import Installed, Undo, replace, replace_async
from trace_baton.propagation import inject

ADDED = "_trace_baton_added"
"""Where a request holds the names of the headers that trace-baton has added."""

_guard = Guard("httpx")


def install() -> Undo:
    """Wrap the public `send` of both clients, through which every request passes.

    And what makes the request that a redirect asks for, which has no public name.
    """
    undos = [
        replace(httpx.Client, "send", _carrying),
        replace_async(httpx.AsyncClient, "send", _carrying_async),
    ]
    for kind in httpx.Client.__mro__:
        if "_build_redirect_request" in vars(kind):
            undos.append(replace(kind, "_build_redirect_request", _redirecting))

    def undo() -> None:
        for undo_one in undos:
            undo_one()

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
        vars(copy)[ADDED] = inject(copy.headers, copy.url.host)
        carrier = copy
    try:
        yield carrier
    finally:
        with _guard:
            # A body that an auth flow has read cannot be read again, but sent.
            request.stream = carrier.stream


def _redirecting(build: Callable[..., httpx.Request]) -> Callable[..., httpx.Request]:
    def build_redirect(
        client: Any, request: httpx.Request, *args: Any, **kwargs: Any
    ) -> httpx.Request:
        redirect = build(client, request, *args, **kwargs)
        with _guard:
            if settings.active.sends_to(redirect.url.host):
                added = vars(request).get(ADDED) or inject(redirect.headers)
            else:
                added = ()
                for name in vars(request).get(ADDED, ()):
                    redirect.headers.pop(name, None)
            vars(redirect)[ADDED] = added
        return redirect

    return build_redirect
