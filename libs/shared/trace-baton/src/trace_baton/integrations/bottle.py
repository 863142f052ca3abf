"""bottle: every request to an application runs in the context that its headers ask for."""

from bottle import Bottle  # type: ignore[import-untyped]

from trace_baton.patching import Undo, replace
from trace_baton.wsgi import calling


def install() -> Undo:
    """Wrap the application's `__call__`: outside of all plugins, whenever it was made."""
    return replace(Bottle, "__call__", calling)
