"""grpcio: calls of all four kinds, between real channels and servers, sync and asyncio."""

import asyncio
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import (
    Any,
    AsyncIterator,
    Coroutine,
    Dict,
    Iterator,
    List,
    Optional,
    Sequence,
    Tuple,
    Union,
)

import grpc  # type: ignore[import-untyped]
import grpc.aio  # type: ignore[import-untyped]
import pytest

import trace_baton
from baton_testing.contexts import CALLER, describe
from baton_testing.contract import MANY, Contract
from baton_testing.faults import break_baton, broken
from baton_testing.loopback import HOST, TIMEOUT
from trace_baton.integrations import grpcio as integration

KINDS = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")
Metadata = Optional[Sequence[Tuple[str, Union[str, bytes]]]]
Seen = Dict[str, Any]


def described(call: Any) -> bytes:
    received = {key: value for key, value in call.invocation_metadata() if key[0] != ":"}
    return json.dumps({**describe(), "received": received}, default=str).encode()


def respond(request: Any, call: Any) -> bytes:
    if request == b"fail":
        call.abort(grpc.StatusCode.NOT_FOUND, "the application's own")
    return described(call)


def stream(request: Any, call: Any) -> Iterator[bytes]:
    if request == b"fail":
        raise LookupError("the application's own")
    with trace_baton.bind(baggage={"part": "any"}) if request == b"bind" else nullcontext():
        for _ in range(3):
            yield described(call)


async def respond_async(request: Any, call: Any) -> bytes:
    await asyncio.sleep(0)
    if request == b"fail":
        await call.abort(grpc.StatusCode.NOT_FOUND, "the application's own")
    return described(call)


async def stream_async(request: Any, call: Any) -> AsyncIterator[bytes]:
    if request == b"fail":
        raise LookupError("the application's own")
    with trace_baton.bind(baggage={"part": "any"}) if request == b"bind" else nullcontext():
        for _ in range(3):
            yield described(call)


def service(respond: Any, stream: Any) -> grpc.GenericRpcHandler:
    handlers = {
        kind: getattr(grpc, f"{kind}_rpc_method_handler")(
            stream if kind.endswith("stream") else respond
        )
        for kind in KINDS
    }
    return grpc.method_handlers_generic_handler("suite", handlers)


def request_of(kind: str, body: bytes) -> Any:
    return iter([body, body]) if kind.startswith("stream") else body


class GrpcContract(Contract):
    """What both kinds of client and server have in common: each test calls `call`."""

    module = integration

    def call(self, kind: str, body: bytes = b"", metadata: Metadata = None) -> List[Seen]:
        """Call the method of this kind; return what its responses describe."""
        raise NotImplementedError

    def call_many(self, kind: str) -> List[Tuple[str, Seen]]:
        """Call MANY times at once, each in a trace of its own; return those with a response."""
        raise NotImplementedError

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_call_carries_the_context_and_runs_in_it(self, kind: str) -> None:
        with trace_baton.start(CALLER) as context:
            responses = self.call(kind)
            assert trace_baton.current() is context
        assert len(responses) == (3 if kind.endswith("stream") else 1)
        for seen in responses:
            assert seen["trace_id"] == CALLER.trace_id
            assert seen["request_id"] == "order-7"
            assert seen["baggage"] == {"userId": "alice", "serverNode": "DF 28"}
            assert seen["parent_id"] == seen["received"]["traceparent"][36:52] != CALLER.span_id
        assert len({seen["span_id"] for seen in responses}) == 1

    def test_what_is_bound_around_the_parts_of_a_stream_stays(self) -> None:
        responses = self.call("unary_stream", b"bind")
        assert [seen["baggage"] for seen in responses] == [{"part": "any"}] * 3
        assert self.call("unary_stream")[0]["baggage"] == {}

    def test_the_line_of_an_exception_has_the_calls_id(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The server logs it when the method has ended."""
        trace_baton.install("logging")
        with trace_baton.start(CALLER), pytest.raises(grpc.RpcError), caplog.at_level(logging.INFO):
            self.call("unary_stream", b"fail")
        lines = [record for record in caplog.records if record.exc_info]
        assert [vars(record)["request_id"] for record in lines if record.name[:4] == "grpc"] in (
            ["order-7"],
            # Where the server, of asyncio, leaves it to others.
            [],
        )

    def test_only_hosts_that_are_allowed_get_the_context(self, default_settings: None) -> None:
        trace_baton.configure(hosts=["example.org"])
        with trace_baton.start(CALLER):
            (seen,) = self.call("unary_unary")
        assert "traceparent" not in seen["received"]
        trace_baton.configure(hosts=[HOST])
        with trace_baton.start(CALLER):
            (seen,) = self.call("unary_unary")
        assert seen["trace_id"] == CALLER.trace_id

    def test_outside_of_any_context_a_call_starts_a_trace(self) -> None:
        (first,), (second,) = self.call("unary_unary"), self.call("unary_unary")
        assert first["trace_id"] != second["trace_id"]

    def test_metadata_of_the_caller_win(self) -> None:
        own = "00-11111111111111111111111111111111-2222222222222222-00"
        with trace_baton.start(CALLER):
            (seen,) = self.call("unary_unary", metadata=(("traceparent", own), ("x-mine", "1")))
        assert (seen["trace_id"], seen["parent_id"]) == ("1" * 32, "2" * 16)
        assert seen["received"]["x-mine"] == "1"
        assert "tracestate" not in seen["received"]

    def test_invalid_metadata_start_a_trace(self) -> None:
        (seen,) = self.call("unary_unary", metadata=(("traceparent", "nonsense"),))
        assert seen["parent_id"] is None

    def test_errors_are_the_applications_own(self) -> None:
        with trace_baton.start(CALLER) as context:
            with pytest.raises(grpc.RpcError) as raised:
                self.call("unary_unary", b"fail")
            assert trace_baton.current() is context
        error: Any = raised.value
        assert error.code() == grpc.StatusCode.NOT_FOUND
        assert error.details() == "the application's own"
        (seen,) = self.call("unary_unary")
        assert seen["trace_id"] != CALLER.trace_id

    @pytest.mark.parametrize("kind", ["unary_unary", "stream_stream"])
    def test_a_hundred_at_once_never_mix(self, kind: str) -> None:
        results = self.call_many(kind)
        assert len(results) == MANY
        assert [seen["trace_id"] for _, seen in results] == [trace for trace, _ in results]

    @pytest.mark.parametrize("kind", KINDS)
    def test_uninstall_reaches_channels_and_servers_in_use(self, kind: str) -> None:
        assert self.call(kind)[0]["trace_id"]
        trace_baton.uninstall("grpcio")
        with trace_baton.start(CALLER):
            for seen in self.call(kind):
                assert "trace_id" not in seen
                assert "traceparent" not in seen["received"]

    def test_what_a_stranger_sent_does_not_exceed_what_servers_accept(self) -> None:
        members = [f"k{number}={'v' * 100}" for number in range(77)]
        stranger = trace_baton.extract(
            {
                "traceparent": CALLER.traceparent,
                "tracestate": ",".join(f"k{number}={'v' * 250}" for number in range(31)),
                "baggage": ",".join(members),
            }
        )
        own = (("x-mine", "m" * 2000), ("x-mine-bin", b"m" * 1000))
        with trace_baton.start(stranger):
            for metadata in ((), own):
                (seen,) = self.call("unary_unary", metadata=metadata)
                assert seen["trace_id"] == CALLER.trace_id
                assert len(seen["received"]["tracestate"]) > 1500
                kept = seen["received"]["baggage"].split(",")
                assert 0 < len(kept) < len(members) and kept == members[: len(kept)]

    def test_metadata_that_leave_no_room_are_left_alone(self) -> None:
        with trace_baton.start(CALLER):
            (seen,) = self.call("unary_unary", metadata=(("x-mine", "m" * 7200),))
        assert set(seen["received"]) >= {"x-mine"}
        assert "trace_id" in seen and not {"traceparent", "baggage"} & set(seen["received"])

    def test_a_failing_baton_does_not_fail_the_call(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(integration, "inject", broken)
        monkeypatch.setattr(integration, "extract", broken)
        for kind in KINDS:
            for seen in self.call(kind):
                assert "trace_id" not in seen
                assert "traceparent" not in seen["received"]

    @pytest.mark.parametrize("fault", ["attaching", "detaching"])
    def test_a_baton_that_loses_the_context_does_not_fail_the_call(
        self, fault: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_baton(monkeypatch, fault)
        for kind in KINDS:
            for seen in self.call(kind):
                assert ("trace_id" in seen) == (fault == "detaching")


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("example.org:443", "example.org"),
        ("dns:///example.org:443", "example.org"),
        ("dns:example.org", "example.org"),
        ("dns://8.8.8.8/example.org:1", "example.org"),
        ("ipv4:10.0.0.1:1", "10.0.0.1"),
        ("[::1]:1", "::1"),
        ("ipv6:[::1]:1", "::1"),
        ("unix:///run/socket", "socket"),
        (None, "none"),
        ("", ""),
    ],
)
def test_the_host_of_a_target(target: Any, host: str) -> None:
    assert integration._host(target) == host


class TestGrpc(GrpcContract):
    @pytest.fixture(autouse=True)
    def _served(self, _installed: None) -> Iterator[None]:
        server = grpc.server(ThreadPoolExecutor(16), handlers=(service(respond, stream),))
        port = server.add_insecure_port(f"{HOST}:0")
        server.start()
        with grpc.insecure_channel(f"{HOST}:{port}") as self.channel:
            yield
        server.stop(None).wait(TIMEOUT)

    def call(self, kind: str, body: bytes = b"", metadata: Metadata = None) -> List[Seen]:
        method = getattr(self.channel, kind)(f"/suite/{kind}")
        result = method(request_of(kind, body), metadata=metadata, timeout=TIMEOUT)
        responses = list(result) if kind.endswith("stream") else [result]
        return [json.loads(response) for response in responses]

    def call_many(self, kind: str) -> List[Tuple[str, Seen]]:
        def work(number: int) -> Tuple[str, Seen]:
            with trace_baton.start() as context:
                return context.trace_id, self.call(kind)[-1]

        with ThreadPoolExecutor(MANY) as pool:
            return list(pool.map(work, range(MANY)))

    def test_a_future(self) -> None:
        with trace_baton.start(CALLER):
            future = self.channel.unary_unary("/suite/unary_unary").future(b"", timeout=TIMEOUT)
        assert json.loads(future.result())["trace_id"] == CALLER.trace_id

    def test_an_unknown_method_is_unimplemented(self) -> None:
        with pytest.raises(grpc.RpcError) as raised:
            self.channel.unary_unary("/suite/missing")(b"", timeout=TIMEOUT)
        error: Any = raised.value
        assert error.code() == grpc.StatusCode.UNIMPLEMENTED


class TestGrpcAio(GrpcContract):
    handlers: Tuple[Any, Any] = (respond_async, stream_async)

    @pytest.fixture(autouse=True)
    def _served(self, _installed: None) -> Iterator[None]:
        self.loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        thread.start()
        server, self.channel = self.run(self.start())
        yield
        self.run(self.channel.close())
        self.run(server.stop(None))
        self.loop.call_soon_threadsafe(self.loop.stop)
        thread.join(TIMEOUT)
        self.loop.close()

    async def start(self) -> Tuple[Any, Any]:
        server = grpc.aio.server(ThreadPoolExecutor(16), handlers=(service(*self.handlers),))
        port = server.add_insecure_port(f"{HOST}:0")
        await server.start()
        return server, grpc.aio.insecure_channel(f"{HOST}:{port}")

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine, in the context that is here, in the thread that serves."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(TIMEOUT)

    def call(self, kind: str, body: bytes = b"", metadata: Metadata = None) -> List[Seen]:
        responses: List[Seen] = self.run(self.acall(kind, body, metadata))
        return responses

    def call_many(self, kind: str) -> List[Tuple[str, Seen]]:
        async def work() -> Tuple[str, Seen]:
            with trace_baton.start() as context:
                return context.trace_id, (await self.acall(kind))[-1]

        async def main() -> List[Tuple[str, Seen]]:
            return list(await asyncio.gather(*(work() for _ in range(MANY))))

        results: List[Tuple[str, Seen]] = self.run(main())
        return results

    async def acall(self, kind: str, body: bytes = b"", metadata: Metadata = None) -> List[Seen]:
        method = getattr(self.channel, kind)(f"/suite/{kind}")
        call = method(request_of(kind, body), metadata=metadata, timeout=TIMEOUT)
        if kind.endswith("stream"):
            return [json.loads(response) async for response in call]
        return [json.loads(await call)]

    def test_a_stream_that_is_read_and_written_by_hand(self) -> None:
        async def main() -> List[bytes]:
            call = self.channel.stream_stream("/suite/stream_stream")(timeout=TIMEOUT)
            await call.write(b"")
            await call.done_writing()
            return [await call.read() for _ in range(3)]

        with trace_baton.start(CALLER):
            responses = self.run(main())
        assert [json.loads(r)["trace_id"] for r in responses] == [CALLER.trace_id] * 3


class TestGrpcAioWithPlainFunctions(TestGrpcAio):
    """An asyncio server runs them in threads."""

    handlers = (respond, stream)
