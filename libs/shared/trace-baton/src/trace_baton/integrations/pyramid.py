"""pyramid: every request to an application runs in the context that its headers ask for."""

from pyramid.router import Router  # type: ignore[import-untyped]

from trace_baton.patching import Undo, replace
from trace_baton.wsgi import calling


def install() -> Undo:
    """Wrap the router's `__call__`: outside of all tweens, whenever it was made.

    A router is what `Configurator.make_wsgi_app` returns.
    """
    return replace(Router, "__call__", calling)
