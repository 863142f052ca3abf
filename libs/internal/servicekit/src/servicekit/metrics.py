"""Metrics in Prometheus' format, from a registry of the application's own."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response

#: RFC 9110 and 5789; anything else a client sends is one label.
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


def new_registry() -> CollectorRegistry:
    """A registry that has what Python and the system say of this process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


class RequestMetrics:
    """How many requests, and how long they took (seconds), by method, route and status."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._count = Counter(
            "http_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Time to the end of the answer.",
            ["method", "route"],
            registry=registry,
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one; `route` is a template (`/packages/{name}`), so that labels stay few."""
        known = method if method in _METHODS else "other"
        self._count.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(seconds)


def metrics_route(registry: CollectorRegistry) -> APIRouter:
    """`/metrics`."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/metrics")
    def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"Content-Type": content_type})

    return routes
