"""flask: every request to an application runs in the context that its headers ask for."""

from flask import Flask

from trace_baton.patching import Undo, replace
from trace_baton.wsgi import calling


def install() -> Undo:
    """Wrap the application's `__call__`: outside of all middleware, whenever it was made."""
    return replace(Flask, "__call__", calling)
