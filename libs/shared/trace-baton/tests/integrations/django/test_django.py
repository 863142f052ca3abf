"""django: real applications, WSGI and ASGI, on real servers."""

from contextlib import AbstractContextManager
from typing import Any, AsyncIterator, Callable, Iterator, List

import django  # type: ignore[import-untyped]
from django.conf import settings  # type: ignore[import-untyped]
from django.core.signals import request_finished  # type: ignore[import-untyped]
from django.core.wsgi import get_wsgi_application  # type: ignore[import-untyped]
from django.http import (  # type: ignore[import-untyped]
    HttpResponse,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import path  # type: ignore[import-untyped]

from baton_testing.contexts import TRACE, describe, span_here
from baton_testing.loopback import wsgi_server
from baton_testing.servers import MiddlewareContract, stream_part
from trace_baton.integrations import django as integration

HAS_ASGI = django.VERSION >= (3, 0)
HAS_ASYNC_VIEWS = django.VERSION >= (3, 1)
HAS_ASYNC_STREAMS = django.VERSION >= (4, 2)
PATHS = ("/context", *(("/coroutine",) if HAS_ASYNC_VIEWS else ()))


def note_span(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A middleware of the application's own."""

    def middleware(request: Any) -> Any:
        span = span_here()
        response = get_response(request)
        response["x-span"] = span
        return response

    return middleware


def context(request: Any) -> Any:
    return JsonResponse(describe())


async def coroutine(request: Any) -> Any:
    return JsonResponse(describe())


def error(request: Any) -> Any:
    raise LookupError("the application's own")


def stream(request: Any) -> Any:
    def parts() -> Iterator[str]:
        for _ in range(3):
            yield stream_part()

    async def async_parts() -> AsyncIterator[str]:
        for _ in range(3):
            yield stream_part()

    is_async = HAS_ASYNC_STREAMS and isinstance(request, ASGIRequest)
    return StreamingHttpResponse(async_parts() if is_async else parts())


def own_request_id(request: Any) -> Any:
    response = HttpResponse()
    response["X-Request-ID"] = "own"
    return response


urlpatterns = [
    path("context", context),
    path("coroutine", coroutine),
    path("error", error),
    path("stream", stream),
    path("own", own_request_id),
]

settings.configure(
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=[f"{__name__}.note_span"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="not one",
)


class DjangoContract(MiddlewareContract):
    module = integration
    paths = PATHS

    def test_signals_are_sent_in_the_context(self) -> None:
        traces: List[str] = []

        def note_trace(**kwargs: Any) -> None:
            traces.append(describe()["trace_id"])

        request_finished.connect(note_trace)
        try:
            # The signal comes after the response: when this server has stopped, it was sent.
            with self.serve() as self.url:
                self.get("/stream")
        finally:
            request_finished.disconnect(note_trace)
        assert traces == [TRACE]


class TestWSGI(DjangoContract):
    def serve(self) -> "AbstractContextManager[str]":
        return wsgi_server(get_wsgi_application())


if HAS_ASGI:
    from django.core.asgi import get_asgi_application  # type: ignore[import-untyped]
    from django.core.handlers.asgi import ASGIRequest  # type: ignore[import-untyped]

    from baton_testing.uvicorn_server import asgi_server

    class TestASGI(DjangoContract):
        def serve(self) -> "AbstractContextManager[str]":
            return asgi_server(get_asgi_application())
