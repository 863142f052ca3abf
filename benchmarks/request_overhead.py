"""What trace-baton costs a request, beside asgi-correlation-id and OpenTelemetry doing the same job.

    ./pants run benchmarks/request_overhead.py
    ./pants run benchmarks/request_overhead.py -- --rounds=2000 --only="trace context"

Wraps one application in each contender and calls all of them in turns, a small batch each, so that
whatever else the machine does falls on all alike. Time is the processor's; a request's overhead is
what it takes more than one to the bare application in the same round. A contender that does not do
the job, as its answer and its outgoing call show, stops the benchmark.

OpenTelemetry comes twice: its propagators alone, by hand, which is the same job, and its
instrumentation, which is how most have them, and makes spans.

Contenders are compared round by round: who costs less in three rounds of four costs less; what is
closer than that is within the spread of the rounds, a tie. Exits 1 if trace-baton costs more than its
README claims: as much as the cheapest other, and a third more than asgi-correlation-id, which does
without the trace, where one comes in beside the request id.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import time
from dataclasses import dataclass
from enum import Enum
from typing import Callable, Mapping, Sequence

from asgi_correlation_id import CorrelationIdMiddleware, correlation_id
from opentelemetry import context, propagate
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.propagators.textmap import Getter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import trace_baton
from trace_baton.asgi import ASGIMiddleware

Carry = Callable[[], Mapping[str, str]]
"""Makes the headers of a call to another service, within a request."""

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
REQUEST = "0af7651916cd43dd8448eb211c80319c"
BROWSER = (
    (b"host", b"example.org"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
    (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    (b"accept-language", b"en-US,en;q=0.5"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"connection", b"keep-alive"),
)
"""What comes with every request."""

TRACEPARENT = (b"traceparent", f"00-{TRACE}-00f067aa0ba902b7-01".encode())
TRACESTATE = (b"tracestate", b"rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")
BAGGAGE = (b"baggage", b"userId=alice,serverNode=DF%2028")
# In a form that the default validator of asgi-correlation-id accepts.
REQUEST_ID = (b"x-request-id", REQUEST.encode())


class Verdict(Enum):
    """What trace-baton costs beside another; the worst for trace-baton first."""

    MORE = "more"
    TIE = "a tie"
    LESS = "less"


@dataclass(frozen=True)
class Contender:
    """How to put an application behind a middleware, and to carry its context on from there."""

    name: str
    wrap: Callable[[ASGIApp], ASGIApp]
    carry: Carry


@dataclass(frozen=True)
class Job:
    """What comes in, and what has to go out.

    carried: header of a call to another service -> what its value contains.
    answered: the same of the answer.
    claim: how many times the overhead of the cheapest other trace-baton's is at most; a tenth is the
        spread from run to run.
    """

    name: str
    incoming: tuple[tuple[bytes, bytes], ...]
    carried: Mapping[str, str]
    answered: Mapping[str, str]
    contenders: tuple[Contender, ...]
    claim: float = 1.1


def own_request_id() -> Mapping[str, str]:
    context = trace_baton.current()
    return {"x-request-id": context.request_id if context else ""}


def other_request_id() -> Mapping[str, str]:
    return {"x-request-id": correlation_id.get() or ""}


def other_trace_context() -> Mapping[str, str]:
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier


def opentelemetry(sampler: Sampler) -> Callable[[ASGIApp], ASGIApp]:
    """Its instrumentation at its leanest: no exporter, no metrics, one span a request."""
    provider = TracerProvider(sampler=sampler)

    def wrap(app: ASGIApp) -> ASGIApp:
        return OpenTelemetryMiddleware(
            app, tracer_provider=provider, exclude_spans=["receive", "send"]
        )

    return wrap


class ScopeGetter(Getter[Scope]):
    """Reads the headers of an ASGI scope, as the instrumentation's own does."""

    def get(self, carrier: Scope, key: str) -> list[str] | None:
        wanted = key.encode()
        found = [value.decode() for name, value in carrier["headers"] if name == wanted]
        return found or None

    def keys(self, carrier: Scope) -> list[str]:
        return [name.decode() for name, _ in carrier["headers"]]


def propagators(app: ASGIApp) -> ASGIApp:
    """OpenTelemetry's propagators and nothing else: no span, so that without a caller there is no trace."""
    getter = ScopeGetter()

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        token = context.attach(propagate.extract(scope, getter=getter))
        try:
            await app(scope, receive, send)
        finally:
            context.detach(token)

    return call


BARE = Contender("bare", lambda app: app, dict)
FOR_REQUEST_ID = (
    Contender("trace-baton", ASGIMiddleware, own_request_id),
    Contender("asgi-correlation-id", CorrelationIdMiddleware, other_request_id),
)
FOR_TRACE_CONTEXT = (
    Contender("trace-baton", ASGIMiddleware, trace_baton.headers),
    Contender("opentelemetry, propagators", propagators, other_trace_context),
    Contender("opentelemetry, not sampling", opentelemetry(ALWAYS_OFF), other_trace_context),
    Contender("opentelemetry", opentelemetry(ALWAYS_ON), other_trace_context),
)

ANY_ID = {"x-request-id": ""}
ONE_ID = {"x-request-id": REQUEST}
JOBS = (
    Job("request id; none comes in", (), ANY_ID, ANY_ID, FOR_REQUEST_ID),
    Job("request id; one comes in", (REQUEST_ID,), ONE_ID, ONE_ID, FOR_REQUEST_ID),
    Job(
        "request id; one comes in with a traceparent",
        (TRACEPARENT, REQUEST_ID),
        ONE_ID,
        ONE_ID,
        FOR_REQUEST_ID,
        claim=1.35,
    ),
    Job(
        "trace context; none comes in",
        (),
        {"traceparent": "00-"},
        {},
        # The bare propagators start none.
        tuple(each for each in FOR_TRACE_CONTEXT if each.wrap is not propagators),
    ),
    Job(
        "trace context; traceparent comes in",
        (TRACEPARENT,),
        {"traceparent": TRACE},
        {},
        FOR_TRACE_CONTEXT,
    ),
    Job(
        "trace context; tracestate and baggage come in, too",
        (TRACEPARENT, TRACESTATE, BAGGAGE),
        {"traceparent": TRACE, "tracestate": "congo=t61rcWkgMzE", "baggage": "userId=alice"},
        {},
        FOR_TRACE_CONTEXT,
    ),
)


def bare_asgi(carry: Carry) -> ASGIApp:
    """The smallest application that answers."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        carry()
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    return app


def starlette(carry: Carry) -> ASGIApp:
    """The same by a framework."""

    async def answer(request: Request) -> PlainTextResponse:
        carry()
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/", answer)])


APPLICATIONS = {"bare ASGI": bare_asgi, "starlette": starlette}


def request(job: Job) -> Scope:
    """A request's scope, new as a server's is."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "headers": [*BROWSER, *job.incoming],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }


async def receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: Message) -> None:
    pass


async def check(contender: Contender, make: Callable[[Carry], ASGIApp], job: Job) -> None:
    """End the benchmark unless the contender does the job."""
    carried: dict[str, str] = {}
    answered: dict[str, str] = {}

    def carry() -> Mapping[str, str]:
        carried.update(contender.carry())
        return carried

    async def read(message: Message) -> None:
        for name, value in message.get("headers", ()):
            answered[name.decode().lower()] = value.decode()

    await contender.wrap(make(carry))(request(job), receive, read)
    for expected, found in ((job.carried, carried), (job.answered, answered)):
        for name, value in expected.items():
            if not found.get(name) or value not in found[name]:
                raise SystemExit(
                    f"{contender.name} does not do the job ({job.name}): "
                    f"expected a header {name} with {value!r}, found {found}"
                )


async def measure(apps: list[ASGIApp], job: Job, rounds: int, batch: int) -> list[list[float]]:
    """Microseconds a request, of each application in each round; who begins changes."""
    times: list[list[float]] = [[] for _ in apps]
    for number in range(rounds):
        for place in range(len(apps)):
            index = (number + place) % len(apps)
            app = apps[index]
            start = time.process_time_ns()
            for _ in range(batch):
                await app(request(job), receive, send)
            times[index].append((time.process_time_ns() - start) / batch / 1000)
    return times


def quartiles_above(bare: Sequence[float], times: Sequence[float]) -> list[float]:
    """The quartiles of what a request takes more than one to the bare application."""
    return statistics.quantiles([time - base for time, base in zip(times, bare)], n=4)


def share_of_less(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """In what share of the rounds ours is the smaller."""
    return statistics.mean(mine < other for mine, other in zip(ours, theirs))


def judge(less: float) -> Verdict:
    """What a share of rounds in which trace-baton costs less amounts to."""
    if less >= 0.75:
        return Verdict.LESS
    return Verdict.TIE if less > 0.25 else Verdict.MORE


async def compare(job: Job, application: str, rounds: int, batch: int) -> tuple[Verdict, float]:
    """Print one table; return what trace-baton, which comes first, costs beside the cheapest other.

    As a verdict, and as the ratio of the medians.
    """
    make = APPLICATIONS[application]
    for contender in job.contenders:
        await check(contender, make, job)
    apps = [each.wrap(make(each.carry)) for each in (BARE, *job.contenders)]
    await measure(apps, job, rounds // 10, batch)
    gc.collect()
    bare, *others = await measure(apps, job, rounds, batch)
    print(f"\n{job.name} ({application}: {statistics.median(bare):.2f} µs a request)")
    print(
        f"  {'':28}{'overhead':>9} µs  {'half of all':>13}  {'/ bare':>7}  {'/ trace-baton':>8}  trace-baton costs"
    )
    ours = others[0]
    _, least, _ = quartiles_above(bare, ours)
    verdicts = []
    ratios = []
    for contender, times in zip(job.contenders, others):
        low, overhead, high = quartiles_above(bare, times)
        line = (
            f"  {contender.name:28}{overhead:9.2f}     {low:5.2f} .. {high:5.2f}"
            f"  {overhead / statistics.median(bare):6.2f}x  {overhead / least:7.2f}x"
        )
        if times is not ours:
            less = share_of_less(ours, times)
            verdicts.append(judge(less))
            ratios.append(least / overhead)
            line += f"  {verdicts[-1].value} (less in {less:.0%} of rounds)"
        print(line)
    return min(verdicts, key=list(Verdict).index), max(ratios)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--batch", type=int, default=200, help="requests a round")
    parser.add_argument("--only", default="", help="part of a job's name")
    options = parser.parse_args()
    jobs = [job for job in JOBS if options.only in job.name]
    if not jobs:
        parser.error(f"no job is named so; there are: {'; '.join(job.name for job in JOBS)}")
    print(f"Python {sys.version.split()[0]}, {options.rounds} rounds of {options.batch} requests")
    verdicts = []
    broken = []
    for job in jobs:
        for application in APPLICATIONS:
            verdict, ratio = asyncio.run(compare(job, application, options.rounds, options.batch))
            verdicts.append(verdict)
            if ratio > job.claim:
                broken.append(
                    f"{job.name} ({application}): {ratio:.2f} times, claimed {job.claim:.2f}"
                )
    print(
        f"\nOf {len(verdicts)} comparisons with the cheapest other, trace-baton costs"
        f" less in {verdicts.count(Verdict.LESS)}, as much in {verdicts.count(Verdict.TIE)} (a tie),"
        f" more in {verdicts.count(Verdict.MORE)}"
    )
    for line in broken:
        print(f"More than is claimed: {line}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
