"""pyramid: a real application on a real server."""

from contextlib import AbstractContextManager
from typing import Any, Callable, Iterator

from pyramid.config import Configurator  # type: ignore[import-untyped]
from pyramid.request import Request  # type: ignore[import-untyped]
from pyramid.response import Response  # type: ignore[import-untyped]
from pyramid.wsgi import wsgiapp2  # type: ignore[import-untyped]

from baton_testing.contexts import TRACE, describe, span_here
from baton_testing.loopback import wsgi_server
from baton_testing.servers import MiddlewareContract, stream_part
from trace_baton.integrations import pyramid as integration


def note_span(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:
    """A tween of the application's own."""

    def tween(request: Any) -> Any:
        span = span_here()
        response = handler(request)
        response.headers["x-span"] = span
        return response

    return tween


def context(request: Any) -> Any:
    return Response(json_body=describe())


def error(request: Any) -> Any:
    raise LookupError("the application's own")


def stream(request: Any) -> Any:
    def parts() -> Iterator[bytes]:
        for _ in range(3):
            yield stream_part().encode()

    return Response(app_iter=parts())


def own_request_id(request: Any) -> Any:
    return Response(headerlist=[("X-Request-ID", "own")])


def subrequest(request: Any) -> Any:
    return request.invoke_subrequest(Request.blank("/context"), use_tweens=True)


VIEWS = {
    "/context": context,
    "/error": error,
    "/stream": stream,
    "/own": own_request_id,
    "/subrequest": subrequest,
}


def make_app(**mounted: Any) -> Any:
    config = Configurator()
    config.add_tween(f"{__name__}.note_span")
    for path, view in VIEWS.items():
        config.add_route(path, path)
        config.add_view(view, route_name=path)
    for name, app in mounted.items():
        config.add_route(name, f"/{name}/*subpath")
        config.add_view(wsgiapp2(app), route_name=name)
    return config.make_wsgi_app()


class TestPyramid(MiddlewareContract):
    module = integration
    paths = ("/context", "/subrequest", "/mounted/context")

    def serve(self) -> "AbstractContextManager[str]":
        return wsgi_server(make_app(mounted=make_app()))

    def test_the_end_of_a_request_is_in_the_context(self) -> None:
        traces = []

        def view(request: Any) -> Any:
            request.add_finished_callback(lambda _: traces.append(describe()["trace_id"]))
            return Response()

        config = Configurator()
        config.add_route("/end", "/end")
        config.add_view(view, route_name="/end")
        with wsgi_server(config.make_wsgi_app()) as self.url:
            assert self.get("/end").status == 200
        assert traces == [TRACE]
