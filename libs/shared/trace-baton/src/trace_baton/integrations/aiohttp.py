"""aiohttp: requests of a `ClientSession` carry the context; those to an `Application` run in one.

Both by aiohttp's own means, a `TraceConfig` and a middleware, given to every session and
application made after `install`. The access log is written when the middleware is done with a
request, so that it is wrapped as well.
"""

from typing import Any, Awaitable, Callable, Optional

from aiohttp import ClientSession, TraceConfig, web

from trace_baton import settings
from trace_baton.context import TraceContext
from trace_baton.guard import Guard
from trace_baton.patching import Installed, Undo, replace
from trace_baton.propagation import extract, inject

REQUEST_KEY: Any = (
    web.RequestKey("trace_baton", TraceContext) if hasattr(web, "RequestKey") else "trace_baton"
)
"""Where a request to an application holds its context."""

_guard = Guard("aiohttp")


def install() -> Undo:
    """Wrap the constructors of `ClientSession` and `web.Application`, `web.RequestHandler.log_access`."""
    installed = _Installed()
    undos = (
        replace(ClientSession, "__init__", installed.with_trace_config),
        replace(web.Application, "__init__", installed.with_middleware),
        replace(web.RequestHandler, "log_access", _logging),
    )

    def undo() -> None:
        # For the sessions and applications that there are.
        installed.active = False
        for undo_one in undos:
            undo_one()

    return undo


def _logging(log_access: Callable[..., Any]) -> Callable[..., Any]:
    def log_in_context(handler: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        context = None
        with _guard:
            # One that is not HTTP has been made by the server, without an application.
            context = request.get(REQUEST_KEY)
        with _guard.attached(context):
            return log_access(handler, request, *args, **kwargs)

    return log_in_context


class _Installed(Installed):
    """What sessions and applications are given, and whether it still works."""

    def __init__(self) -> None:
        super().__init__()
        self._trace_config = TraceConfig()
        self._trace_config.on_request_start.append(self._carry)
        self._trace_config.on_request_redirect.append(self._redirect)

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
                context.added = inject(params.headers, params.url.host or "")

    async def _redirect(self, session: ClientSession, context: Any, params: Any) -> None:
        if self.active:
            with _guard:
                location = params.response.headers.get("Location") or params.response.headers["URI"]
                url = params.url
                host = url.join(type(url)(location)).host or ""
                if not settings.active.sends_to(host):
                    for name in context.added:
                        params.headers.popall(name, None)
                    context.added = ()
                elif not context.added:
                    context.added = inject(params.headers)

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
    field = settings.active.request_id_header
    if context is not None and field not in response.headers:
        response.headers[field] = context.request_id
