"""quart: every request to an application runs in the context that its headers ask for."""

from quart import Quart

from trace_baton.asgi import calling
from trace_baton.patching import Undo, replace_async


def install() -> Undo:
    """Wrap the application's `__call__`: outside of all middleware, whenever it was made."""
    return replace_async(Quart, "__call__", calling)
