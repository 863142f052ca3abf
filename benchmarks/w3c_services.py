"""The services that the harness of W3C Trace Context tests: one for each server and each client.

A service gets a JSON list of `{"url": ..., "arguments": ...}`, and posts the arguments of each to
its URL, in its turn.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from socketserver import ThreadingMixIn
from typing import Any, Awaitable, Callable, Iterator
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import aiohttp
import bottle  # type: ignore[import-untyped]
import django  # type: ignore[import-untyped]
import falcon
import falcon.asgi
import flask
import httpx
import pyramid.config  # type: ignore[import-untyped]
import pyramid.response  # type: ignore[import-untyped]
import quart
import requests
import tornado.httpclient
import tornado.httpserver
import tornado.netutil
import tornado.web
import urllib3
import uvicorn
from aiohttp import web
from django.conf import settings  # type: ignore[import-untyped]
from django.core.asgi import get_asgi_application  # type: ignore[import-untyped]
from django.core.wsgi import get_wsgi_application  # type: ignore[import-untyped]
from django.http import HttpResponse  # type: ignore[import-untyped]
from django.urls import path  # type: ignore[import-untyped]
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HOST = "127.0.0.1"
TIMEOUT = 30
JSON = {"Content-Type": "application/json"}

Call = Callable[[str, bytes], Awaitable[None]]
"""Posts JSON to a URL."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass(frozen=True)
class Client:
    """How a client calls, and the integration that it needs."""

    integration: str
    call: Call


def in_thread(post: Callable[[str, bytes], object]) -> Call:
    """Return what a client without coroutines does, in a thread that has the context."""

    async def call(url: str, body: bytes) -> None:
        await asyncio.to_thread(post, url, body)

    return call


async def call_aiohttp(url: str, body: bytes) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.post(url, data=body, headers=JSON):
            pass


async def call_httpx_async(url: str, body: bytes) -> None:
    async with httpx.AsyncClient() as client:
        await client.post(url, content=body, headers=JSON)


async def call_tornado(url: str, body: bytes) -> None:
    client = tornado.httpclient.AsyncHTTPClient(force_instance=True)
    await client.fetch(url, method="POST", body=body, headers=JSON)


CLIENTS = {
    "aiohttp": Client("aiohttp", call_aiohttp),
    "httpx": Client(
        "httpx", in_thread(lambda url, body: httpx.post(url, content=body, headers=JSON))
    ),
    "httpx async": Client("httpx", call_httpx_async),
    "requests": Client(
        "requests",
        in_thread(lambda url, body: requests.post(url, body, headers=JSON, timeout=TIMEOUT)),
    ),
    "tornado": Client("tornado", call_tornado),
    "urllib3": Client(
        "urllib3",
        in_thread(
            lambda url, body: urllib3.PoolManager().request("POST", url, body=body, headers=JSON)
        ),
    ),
}


async def answer(call: Call, body: bytes) -> None:
    """Do what a request asks for."""
    for each in json.loads(body):
        await call(each["url"], json.dumps(each["arguments"]).encode())


def answer_sync(call: Call, body: bytes) -> None:
    asyncio.run(answer(call, body))


class _WSGIServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def wsgi(make: Callable[[Call], Any], call: Call) -> Iterator[str]:
    server = _WSGIServer((HOST, 0), _QuietHandler)
    server.set_app(make(call))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://{HOST}:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join(TIMEOUT)


@contextmanager
def asgi(make: Callable[[Call], Any], call: Call) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(make(call), log_level="critical", lifespan="off"))
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen(64)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        yield f"http://{HOST}:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join(TIMEOUT)


@contextmanager
def loop(start: Callable[[Call], Awaitable[int]], call: Call) -> Iterator[str]:
    """Serve by a function that starts a server in an event loop and returns its port."""
    running = asyncio.new_event_loop()
    thread = threading.Thread(target=running.run_forever, daemon=True)
    thread.start()

    async def main() -> int:
        return await start(call)

    port = asyncio.run_coroutine_threadsafe(main(), running).result(TIMEOUT)
    yield f"http://{HOST}:{port}/"
    running.call_soon_threadsafe(running.stop)
    thread.join(TIMEOUT)


def bottle_app(call: Call) -> Any:
    app = bottle.Bottle()
    app.post("/")(lambda: answer_sync(call, bottle.request.body.read()))
    return app


def flask_app(call: Call) -> Any:
    app = flask.Flask(__name__)

    @app.post("/")
    def service() -> str:
        answer_sync(call, flask.request.get_data())
        return ""

    return app


def pyramid_app(call: Call) -> Any:
    def service(request: Any) -> Any:
        answer_sync(call, request.body)
        return pyramid.response.Response()

    config = pyramid.config.Configurator()
    config.add_route("service", "/")
    config.add_view(service, route_name="service")
    return config.make_wsgi_app()


def falcon_app(call: Call) -> Any:
    class Service:
        def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
            answer_sync(call, request.bounded_stream.read())

    app = falcon.App()
    app.add_route("/", Service())
    return app


def falcon_asgi_app(call: Call) -> Any:
    class Service:
        async def on_post(self, request: Any, response: Any) -> None:
            await answer(call, await request.stream.read())

    app = falcon.asgi.App()
    app.add_route("/", Service())
    return app


def starlette_app(call: Call) -> Any:
    async def service(request: Request) -> Response:
        await answer(call, await request.body())
        return Response()

    return Starlette(routes=[Route("/", service, methods=["POST"])])


def fastapi_app(call: Call) -> Any:
    app = FastAPI()

    @app.post("/")
    async def service(request: Request) -> None:
        await answer(call, await request.body())

    return app


def quart_app(call: Call) -> Any:
    app = quart.Quart(__name__)

    @app.post("/")
    async def service() -> str:
        await answer(call, await quart.request.get_data())
        return ""

    return app


class DjangoUrls:
    """django's list of URLs, and the client of the moment: a process has one configuration."""

    call: Call

    @classmethod
    def service(cls, request: Any) -> Any:
        answer_sync(cls.call, request.body)
        return HttpResponse()


DjangoUrls.urlpatterns = [path("", DjangoUrls.service)]  # type: ignore[attr-defined]


def django_app(make: Callable[[], Any], call: Call) -> Any:
    DjangoUrls.call = call
    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=DjangoUrls)
        django.setup()
    return make()


async def aiohttp_server(call: Call) -> int:
    async def service(request: web.Request) -> web.Response:
        await answer(call, await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", service)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    port: int = runner.addresses[0][1]
    return port


async def tornado_server(call: Call) -> int:
    class Service(tornado.web.RequestHandler):
        async def post(self) -> None:
            await answer(call, self.request.body)

    (listener,) = tornado.netutil.bind_sockets(0, HOST)
    tornado.httpserver.HTTPServer(tornado.web.Application([("/", Service)])).add_socket(listener)
    port: int = listener.getsockname()[1]
    return port


@dataclass(frozen=True)
class Server:
    """How a service is served that calls in this way, and the integration that it needs."""

    integration: str
    serve: Callable[[Call], AbstractContextManager[str]]


SERVERS = {
    "aiohttp": Server("aiohttp", partial(loop, aiohttp_server)),
    "bottle": Server("bottle", partial(wsgi, bottle_app)),
    "django": Server("django", partial(wsgi, partial(django_app, get_wsgi_application))),
    "django async": Server("django", partial(asgi, partial(django_app, get_asgi_application))),
    "falcon": Server("falcon", partial(wsgi, falcon_app)),
    "falcon async": Server("falcon", partial(asgi, falcon_asgi_app)),
    "fastapi": Server("fastapi", partial(asgi, fastapi_app)),
    "flask": Server("flask", partial(wsgi, flask_app)),
    "pyramid": Server("pyramid", partial(wsgi, pyramid_app)),
    "quart": Server("quart", partial(asgi, quart_app)),
    "starlette": Server("starlette", partial(asgi, starlette_app)),
    "tornado": Server("tornado", partial(loop, tornado_server)),
}
