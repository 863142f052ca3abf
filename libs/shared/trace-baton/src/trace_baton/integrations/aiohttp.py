"""aiohttp: requests of a `ClientSession` carry the context; those to an `Application` run in one.

Both by aiohttp's own means, a `TraceConfig` and a middleware, given to every session and
application made after `install`.
"""

from typing import Any, Awaitable, Callable, Optional

from aiohttp import ClientSession, TraceConfig, web

from trace_baton.context import TraceContext
from trace_baton.guard import Guard
from trace_baton.patching import Installed, Undo, replace
from trace_baton.propagation import REQUEST_ID, extract, inject

REQUEST_KEY: Any = (
    web.RequestKey("trace_baton", TraceContext) if hasattr(web, "RequestKey") else "trace_baton"
)
"""Where a request to an application holds its context."""

_guard = Guard("aiohttp")


def install() -> Undo:
    """Wrap the constructors of `ClientSession` and `web.Application`."""
    installed = _Installed()
    undo_client = replace(ClientSession, "__init__", installed.with_trace_config)
    undo_server = replace(web.Application, "__init__", installed.with_middleware)

    def undo() -> None:
        # For the sessions and applications that there are.
        installed.active = False
        undo_client()
        undo_server()

    return undo


class _Installed(Installed):
    """What sessions and applications are given, and whether it still works."""

    def __init__(self) -> None:
        super().__init__()
        self._trace_config = TraceConfig()
        self._trace_config.on_request_start.append(self._carry)

    def with_trace_config(self, init: Callable[..., None]) -> Callable[..., None]:
        def init_session(session: ClientSession, *args: Any, **kwargs: Any) -> None:
            with _guard:
                given = kwargs.get("trace_configs") or ()
                kwargs["trace_configs"] = [*given, self._trace_config]
            init(session, *args, **kwargs)

        return init_session

    def with_middleware(self, init: Callable[..., None]) -> Callable[..., None]:
        def init_application(app: web.Application, *args: Any, **kwargs: Any) -> None:
            init(app, *args, **kwargs)
            with _guard:
                app.middlewares.insert(0, self._in_context)
                app.on_response_prepare.append(_prepare)

        return init_application

    async def _carry(self, session: ClientSession, context: Any, params: Any) -> None:
        if self.active:
            with _guard:
                inject(params.headers)

    @web.middleware
    async def _in_context(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        # An application within another one has its middleware, too.
        if not self.active or REQUEST_KEY in request:
            return await handler(request)
        context = None
        with _guard:
            context = extract(request.headers)
            request[REQUEST_KEY] = context
        with _guard.attached(context):
            return await handler(request)


async def _prepare(request: web.Request, response: web.StreamResponse) -> None:
    with _guard:
        _name(request, response)


def _name(request: web.Request, response: web.StreamResponse) -> None:
    context: Optional[TraceContext] = request.get(REQUEST_KEY)
    if context is not None and REQUEST_ID not in response.headers:
        response.headers[REQUEST_ID] = context.request_id
