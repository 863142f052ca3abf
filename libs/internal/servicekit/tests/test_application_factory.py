"""What every application has: health, metrics, a request id, a line in the log, a clean 500."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.responses import PlainTextResponse
from structlog.testing import capture_logs

from example_client import Client
from example_settings import ExampleSettings
from servicekit.application import create_application
from servicekit.health import Check, NotReady


def application(*checks: Check, registry: CollectorRegistry | None = None) -> FastAPI:
    made = create_application(
        ExampleSettings(), title="Example", version="1", checks=checks, registry=registry
    )

    @made.get("/packages/{name}")
    def package(name: str) -> str:
        return {"known": name}[name]

    made.mount("/static", PlainTextResponse("body {}"))
    return made


def client(*checks: Check, registry: CollectorRegistry | None = None) -> Client:
    return Client(application(*checks, registry=registry))


async def fine() -> None:
    pass


async def unready() -> None:
    raise NotReady("polled nothing yet")


async def secretive() -> None:
    raise OSError("postgresql://user:hunter2@database")


async def hanging() -> None:
    await asyncio.Event().wait()


def test_readiness_names_what_fails() -> None:
    checks = [
        Check("disk", fine),
        Check("index", unready),
        Check("database", secretive),
        Check("queue", hanging, timeout=0.01),
    ]
    answer = client(*checks).get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "failing": {
            "index": "polled nothing yet",
            "database": "OSError",
            "queue": "no answer within 0.01 seconds",
        },
    }


@pytest.mark.parametrize("probe, alive, ready", [(fine, 200, 200), (unready, 200, 503)])
def test_alive_does_not_mean_ready(
    probe: Callable[[], Awaitable[None]], alive: int, ready: int
) -> None:
    asked = client(Check("index", probe))
    assert (asked.get("/healthz").status_code, asked.get("/readyz").status_code) == (alive, ready)


def test_not_ready_while_it_stops() -> None:
    made = application(Check("disk", fine))
    made.state.lifecycle.stopping = True
    answer = Client(made).get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "shutting down")


def test_a_fault_is_answered_without_internals() -> None:
    with capture_logs() as logs:
        answer = client().get("/packages/secret", headers={"X-Request-ID": "order-7"})
    assert answer.status_code == 500
    assert answer.json() == {"detail": "internal error", "request_id": "order-7"}
    assert answer.headers["x-request-id"] == "order-7"
    assert [line["event"] for line in logs] == ["request failed", "request"]
    assert logs[0]["exc_info"] is True and logs[1]["status"] == 500


def test_a_request_is_a_line_and_probes_are_for_debugging() -> None:
    asked = client()
    with capture_logs() as logs:
        asked.get("/packages/known?token=secret")
        asked.get("/healthz")
    fields = [(line["log_level"], line["route"], line["path"], line["status"]) for line in logs]
    assert fields == [
        ("info", "/packages/{name}", "/packages/known", 200),
        ("debug", "/healthz", "/healthz", 200),
    ]


def test_metrics_have_few_labels() -> None:
    registry = CollectorRegistry()
    asked = client(registry=registry)
    for name in ("known", "other", "third"):
        asked.get(f"/packages/{name}")
    asked.request("BREW", "/packages/known")
    asked.get("/static/style.css")
    asked.get("/nowhere/1")
    asked.get("/nowhere/2")
    text = asked.get("/metrics").text
    counts = [line for line in text.splitlines() if line.startswith("http_requests_total{")]
    assert sorted(counts) == [
        'http_requests_total{method="GET",route="/packages/{name}",status="200"} 1.0',
        'http_requests_total{method="GET",route="/packages/{name}",status="500"} 2.0',
        'http_requests_total{method="GET",route="/static/*",status="200"} 1.0',
        'http_requests_total{method="GET",route="none",status="404"} 2.0',
        'http_requests_total{method="other",route="/packages/{name}",status="405"} 1.0',
    ]


def test_two_applications_share_nothing() -> None:
    first, second = client(), client()
    first.get("/healthz")
    assert 'route="/healthz"' in first.get("/metrics").text
    assert 'route="/healthz"' not in second.get("/metrics").text
    assert "process_resident_memory_bytes" in second.get("/metrics").text
