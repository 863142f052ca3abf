"""falcon: every request to an application, WSGI or ASGI, runs in the context of its headers."""

import falcon
import falcon.asgi

from trace_baton import asgi, wsgi
from trace_baton.patching import Undo, replace, replace_async


def install() -> Undo:
    """Wrap the `__call__` of both applications: outside of all middleware, whenever made."""
    undo_wsgi = replace(falcon.App, "__call__", wsgi.calling)
    undo_asgi = replace_async(falcon.asgi.App, "__call__", asgi.calling)

    def undo() -> None:
        undo_wsgi()
        undo_asgi()

    return undo
