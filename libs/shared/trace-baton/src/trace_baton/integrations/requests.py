"""requests: requests of a `Session`, and so of `requests.get` and its like, carry the context.

Redirects are sent by the same session and keep the headers of the first request.
"""

import copy
from typing import Any, Callable

import requests

from trace_baton.guard import Guard
from trace_baton.patching import Undo, replace
from trace_baton.propagation import inject

_guard = Guard("requests")


def install() -> Undo:
    """Wrap the public `Session.send`, through which every request passes."""
    return replace(requests.Session, "send", _carrying)


def _carrying(send: Callable[..., Any]) -> Callable[..., Any]:
    def send_carrying(session: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        with _guard:
            # What else may come here is an error, and the session's to report.
            if isinstance(request, requests.PreparedRequest):
                # A copy, because the caller may send the same again, in another trace.
                carrier = request.headers.copy()
                inject(carrier)
                request = copy.copy(request)
                request.headers = carrier
        return send(session, request, *args, **kwargs)

    return send_carrying
