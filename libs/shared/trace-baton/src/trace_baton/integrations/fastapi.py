"""fastapi: every request to an application runs in the context that its headers ask for."""

from fastapi import FastAPI

from trace_baton.asgi import calling
from trace_baton.patching import Undo, replace_async


def install() -> Undo:
    """Wrap the application's `__call__`: outside of all middleware, whenever it was made.

    With `starlette` installed as well, this one does the work.
    """
    return replace_async(FastAPI, "__call__", calling)
