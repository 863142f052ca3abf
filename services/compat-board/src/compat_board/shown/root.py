"""A board below a path of its host, whether or not a proxy leaves that before what it passes on."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


class BelowRoot:
    """ASGI middleware that tells what follows of the root path.

    A path with a slash at its end, and the root without one, are redirected. `Location` names no
    host: what a proxy calls this server leads nobody anywhere.
    """

    def __init__(self, app: ASGIApp, *, root: str) -> None:
        self._application = app
        self._root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is not redirected."""
        if scope["type"] == "http":
            scope["root_path"] = self._root
            path = path_below_root(scope)
            # Never two slashes first, which would be another host.
            wanted = f"/{path.strip('/')}"
            if path != wanted and (not path or path.endswith("/")):
                query = scope["query_string"].decode("latin-1")
                location = quote(self._root + wanted) + (f"?{query}" if query else "")
                answer = Response(status_code=307, headers={"Location": location})
                await answer(scope, receive, send)
                return
        await self._application(scope, receive, send)


def path_below_root(scope: Scope) -> str:
    """The path of a request without the root, if that is before it."""
    path: str = scope["path"]
    root: str = scope["root_path"]
    if root and (path == root or path.startswith(f"{root}/")):
        return path[len(root) :]
    return path
