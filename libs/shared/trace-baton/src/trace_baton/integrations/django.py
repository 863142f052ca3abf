"""django: every request to an application, WSGI or ASGI, runs in the context of its headers.

django's own test client goes around both: what it calls has no context.
"""

from django.core.handlers.wsgi import WSGIHandler  # type: ignore[import-untyped]

from trace_baton import asgi, wsgi
from trace_baton.patching import Undo, replace, replace_async

try:
    from django.core.handlers.asgi import ASGIHandler  # type: ignore[import-untyped]
except ImportError:
    # Before 3.0.
    ASGIHandler = None


def install() -> Undo:
    """Wrap the `__call__` of the handlers: outside of all middleware, whenever they were made.

    They are what `get_wsgi_application` and `get_asgi_application` return.
    """
    undo_wsgi = replace(WSGIHandler, "__call__", wsgi.calling)
    if ASGIHandler is None:
        return undo_wsgi
    undo_asgi = replace_async(ASGIHandler, "__call__", asgi.calling)

    def undo() -> None:
        undo_wsgi()
        undo_asgi()

    return undo
