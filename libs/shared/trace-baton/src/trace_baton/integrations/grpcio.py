"""grpcio: calls carry the context in their metadata, and run in it on the server; asyncio as well.

By grpcio's own means, interceptors, for every channel and server made after `install` by the
functions of `grpc` and `grpc.aio`. They come first: those of the application run in the context.
"""

import inspect
from contextvars import copy_context
from functools import partial
from typing import Any, Callable, Iterable, Iterator, Tuple, Union
from urllib.parse import urlsplit

import grpc  # type: ignore[import-untyped]
import grpc.aio  # type: ignore[import-untyped]

from trace_baton.baggage import shortened
from trace_baton.context import TraceContext, attach
from trace_baton.guard import Guard
from trace_baton.lines import left
from trace_baton.patching import Installed, Undo, replace
from trace_baton.propagation import BAGGAGE, extract, inject

MAX_METADATA = 7 * 1024
"""Bytes of metadata, the application's included, beyond which trace-baton adds nothing to a call.

By default servers begin to refuse calls at 8 KiB, and gRPC needs a few hundred bytes itself.
"""

_CONSTRUCTORS = {
    "unary_unary": grpc.unary_unary_rpc_method_handler,
    "unary_stream": grpc.unary_stream_rpc_method_handler,
    "stream_unary": grpc.stream_unary_rpc_method_handler,
    "stream_stream": grpc.stream_stream_rpc_method_handler,
}
_guard = Guard("grpcio")


def install() -> Undo:
    """Wrap the functions that make channels and servers."""
    installed = _Installed()
    undos = (
        replace(grpc, "insecure_channel", installed.intercepting_channel),
        replace(grpc, "secure_channel", installed.intercepting_channel),
        replace(grpc, "server", installed.with_interceptors(lambda _: (_Server(installed),), 2)),
        *(
            replace(
                grpc.aio,
                name,
                installed.with_interceptors(partial(_aio_clients, installed), position),
            )
            for name, position in (("insecure_channel", 3), ("secure_channel", 4))
        ),
        replace(
            grpc.aio, "server", installed.with_interceptors(lambda _: (_AioServer(installed),), 2)
        ),
    )

    def undo() -> None:
        # For the channels and servers that there are.
        installed.active = False
        for undo_one in undos:
            undo_one()

    return undo


class _Installed(Installed):
    """Whether the interceptors of channels and servers still work, and how these get them."""

    def intercepting_channel(self, make: Callable[..., grpc.Channel]) -> Callable[..., Any]:
        def make_channel(*args: Any, **kwargs: Any) -> grpc.Channel:
            host = _host(args[0] if args else kwargs.get("target"))
            return grpc.intercept_channel(make(*args, **kwargs), _Client(self, host))

        return make_channel

    def with_interceptors(
        self, interceptors_for: Callable[[str], Tuple[Any, ...]], position: int
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Return what wraps a function that takes interceptors, in this position or by name.

        interceptors_for: makes ours for a host, which means nothing for a server.
        """

        def wrap(make: Callable[..., Any]) -> Callable[..., Any]:
            def make_with_interceptors(*args: Any, **kwargs: Any) -> Any:
                interceptors = interceptors_for(_host(args[0] if args else kwargs.get("target")))
                if len(args) > position:
                    given = args[position] or ()
                    args = (*args[:position], (*interceptors, *given), *args[position + 1 :])
                else:
                    given = kwargs.get("interceptors") or ()
                    kwargs["interceptors"] = (*interceptors, *given)
                return make(*args, **kwargs)

            return make_with_interceptors

        return wrap

    def carrying(self, call: Any, host: str) -> Any:
        """Return the details of a call to a host, with the context in their metadata."""
        with _guard:
            if self.active:
                before = tuple(call.metadata or ())
                carrier = dict(before)
                added = [(name, carrier[name]) for name in inject(carrier, host)]
                pairs = (*before, *_fitting(added, MAX_METADATA - sum(map(_size, before))))
                aio = isinstance(call.metadata, grpc.aio.Metadata)
                return call._replace(metadata=grpc.aio.Metadata(*pairs) if aio else pairs)
        return call


def _host(target: Any) -> str:
    """Return the host of a channel's target, such as "example.org:443", "dns:///[::1]:443", "unix:...".

    Source: https://github.com/grpc/grpc/blob/master/doc/naming.md.
    """
    address = str(target).rpartition("/")[2]
    scheme, colon, rest = address.partition(":")
    if colon and scheme in ("dns", "ipv4", "ipv6", "xds"):
        address = rest
    return urlsplit(f"//{address}").hostname or ""


def _size(pair: Tuple[str, Union[str, bytes]]) -> int:
    """Return how much a pair counts: 32 bytes more than it has (RFC 9113, section 6.5.2)."""
    name, value = pair
    # Bytes travel in base64.
    return 32 + len(name) + (len(value) if isinstance(value, str) else len(value) * 4 // 3 + 4)


def _fitting(added: Iterable[Tuple[str, str]], room: int) -> Iterator[Tuple[str, str]]:
    """Yield what there is room for: of baggage the first members, of all else the whole."""
    for name, value in added:
        if name == BAGGAGE:
            value = shortened(value, max(room - _size((name, "")), 0))
        size = _size((name, value))
        if value and size <= room:
            room -= size
            yield name, value


class _Client(
    grpc.UnaryUnaryClientInterceptor,  # type: ignore[misc]
    grpc.UnaryStreamClientInterceptor,  # type: ignore[misc]
    grpc.StreamUnaryClientInterceptor,  # type: ignore[misc]
    grpc.StreamStreamClientInterceptor,  # type: ignore[misc]
):
    def __init__(self, installed: _Installed, host: str) -> None:
        self._installed = installed
        self._host = host

    def _intercept(self, continuation: Callable[..., Any], call: Any, request: Any) -> Any:
        return continuation(self._installed.carrying(call, self._host), request)

    intercept_unary_unary = intercept_unary_stream = _intercept
    intercept_stream_unary = intercept_stream_stream = _intercept


def _aio_clients(installed: _Installed, host: str) -> Tuple[Any, ...]:
    # One each: a channel takes an interceptor for the first kind that it is, and no other.
    async def intercept(self: Any, continuation: Callable[..., Any], call: Any, body: Any) -> Any:
        return await continuation(installed.carrying(call, host), body)

    kinds = ("UnaryUnary", "UnaryStream", "StreamUnary", "StreamStream")
    methods = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")
    return tuple(
        type(
            f"_Aio{kind}Client",
            (getattr(grpc.aio, f"{kind}ClientInterceptor"),),
            {f"intercept_{method}": intercept},
        )()
        for kind, method in zip(kinds, methods)
    )


class _Server(grpc.ServerInterceptor):  # type: ignore[misc]
    def __init__(self, installed: _Installed) -> None:
        self._installed = installed

    def intercept_service(self, continuation: Callable[..., Any], call: Any) -> Any:
        context = None
        with _guard:
            if self._installed.active:
                context = extract(call.invocation_metadata)
        with _guard.attached(context):
            handler = continuation(call)
        with _guard:
            if handler is not None and context is not None:
                return _in_context(handler, context)
        return handler


class _AioServer(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    def __init__(self, installed: _Installed) -> None:
        self._installed = installed

    async def intercept_service(self, continuation: Callable[..., Any], call: Any) -> Any:
        context = None
        with _guard:
            if self._installed.active:
                context = extract(call.invocation_metadata)
                # Never detached: each call is served in an asyncio task of its own.
                attach(context)
        handler = await continuation(call)
        with _guard:
            # A plain function runs in a thread, which does not know the task's context.
            if handler is not None and context is not None and not _is_async(handler):
                return _in_context(handler, context)
        return handler


def _kind(handler: Any) -> str:
    request = "stream" if handler.request_streaming else "unary"
    return f"{request}_{'stream' if handler.response_streaming else 'unary'}"


def _is_async(handler: Any) -> bool:
    behavior = getattr(handler, _kind(handler))
    return inspect.iscoroutinefunction(behavior) or inspect.isasyncgenfunction(behavior)


def _in_context(handler: Any, context: TraceContext) -> Any:
    kind = _kind(handler)
    behavior = getattr(handler, kind)

    def respond(request: Any, call: Any) -> Any:
        with _guard.attached(context):
            return behavior(request, call)

    def stream(request: Any, call: Any) -> Iterator[Any]:
        # Of the call's own, because each response may be made in another thread, or the rest be
        # dropped: variables that are set around a `yield` live as long as the call.
        variables = copy_context()
        with _guard:
            variables.run(attach, context)
        try:
            responses = iter(variables.run(behavior, request, call))
            while True:
                try:
                    response = variables.run(next, responses)
                except StopIteration:
                    return
                yield response
        except Exception as error:
            left(error, context)
            raise

    return _CONSTRUCTORS[kind](
        stream if handler.response_streaming else respond,
        request_deserializer=handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )
