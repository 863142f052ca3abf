"""requests: requests of a `Session`, and so of `requests.get` and its like, carry the context.

Redirects are sent by the same session and keep the headers of the first request, as far as their
hosts may have them.
"""

import copy
from typing import Any, Callable
from urllib.parse import urlsplit

import requests

from trace_baton import settings
from trace_baton.guard import Guard
from trace_baton.patching import Undo, replace
from trace_baton.propagation import inject

ADDED = "trace_baton_added"
"""Where a prepared request holds the names of the headers that trace-baton has added."""

_guard = Guard("requests")


def install() -> Undo:
    """Wrap two public methods: `Session.send`, through which every request passes, and
    `Session.rebuild_auth`, by which a session takes from a redirect what its host must not see.
    """
    undo_send = replace(requests.Session, "send", _carrying)
    undo_redirect = replace(requests.Session, "rebuild_auth", _redirecting)

    def undo() -> None:
        undo_send()
        undo_redirect()

    return undo


def _carrying(send: Callable[..., Any]) -> Callable[..., Any]:
    def send_carrying(session: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        with _guard:
            # What else may come here is an error, and the session's to report.
            if isinstance(request, requests.PreparedRequest):
                # A copy, because the caller may send the same again, in another trace.
                carrier = request.headers.copy()
                added = inject(carrier, _host(request))
                request = copy.copy(request)
                request.headers = carrier
                setattr(request, ADDED, added or getattr(request, ADDED, ()))
        return send(session, request, *args, **kwargs)

    return send_carrying


def _redirecting(rebuild_auth: Callable[..., Any]) -> Callable[..., Any]:
    def rebuild_auth_and_ours(session: Any, redirect: Any, response: Any) -> Any:
        with _guard:
            added = getattr(response.request, ADDED, ())
            if not settings.active.sends_to(_host(redirect)):
                for name in added:
                    redirect.headers.pop(name, None)
                added = ()
            setattr(redirect, ADDED, added)
        return rebuild_auth(session, redirect, response)

    return rebuild_auth_and_ours


def _host(request: Any) -> str:
    return urlsplit(request.url).hostname or ""
