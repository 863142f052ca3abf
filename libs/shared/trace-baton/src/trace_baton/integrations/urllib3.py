"""urllib3: requests of a connection pool or a `PoolManager` carry the context.

Retries keep the headers of the first attempt; a redirect that a `PoolManager` follows is a span of
its own, in the same trace. Whatever calls through urllib3, as requests and many SDKs do, is covered.
"""

from typing import Any, Callable, MutableMapping, Optional

from urllib3.connectionpool import HTTPConnectionPool

from trace_baton.guard import Guard
from trace_baton.patching import Undo, replace
from trace_baton.propagation import inject

_guard = Guard("urllib3")


def install() -> Undo:
    """Wrap the public `HTTPConnectionPool.urlopen`, through which every request passes."""
    return replace(HTTPConnectionPool, "urlopen", _carrying)


def _carrying(urlopen: Callable[..., Any]) -> Callable[..., Any]:
    def urlopen_carrying(
        pool: HTTPConnectionPool,
        method: str,
        url: str,
        body: Any = None,
        headers: Optional[MutableMapping[str, str]] = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        with _guard:
            # A copy, because these may be the headers of the whole pool.
            carrier = (pool.headers if headers is None else headers).copy()  # type: ignore[attr-defined]
            inject(carrier, pool.host)
            headers = carrier
        return urlopen(pool, method, url, body, headers, *args, **kwargs)

    return urlopen_carrying
