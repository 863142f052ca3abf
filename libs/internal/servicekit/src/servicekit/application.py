"""The application factory: FastAPI with what every service has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CollectorRegistry
from starlette.middleware import Middleware
from starlette.types import StatelessLifespan

from servicekit.health import Check, Lifecycle, health_routes
from servicekit.metrics import RequestMetrics, metrics_route, new_registry
from servicekit.middleware import RequestMiddleware
from servicekit.settings import ServiceSettings
from trace_baton.asgi import ASGIMiddleware


def create_application(
    settings: ServiceSettings,
    *,
    title: str,
    version: str,
    checks: Sequence[Check] = (),
    lifespan: StatelessLifespan[FastAPI] | None = None,
    registry: CollectorRegistry | None = None,
    middleware: Sequence[Middleware] = (),
    **fastapi_options: Any,
) -> FastAPI:
    """Make an application that has `/healthz`, `/readyz` and `/metrics`.

    Every request runs in trace-baton's context, is logged and counted; `middleware` runs within that.
    `checks` are what `/readyz` asks. `application.state` has the `settings` and the `lifecycle`.
    """
    registry = registry or new_registry()
    lifecycle = Lifecycle()
    application = FastAPI(
        title=title,
        version=version,
        lifespan=lifespan,
        middleware=[
            Middleware(ASGIMiddleware),
            Middleware(RequestMiddleware, metrics=RequestMetrics(registry)),
            *middleware,
        ],
        # Context and metrics are what the middleware has.
        telemetry=TelemetryConfig(tracing=False, metrics=False, logs=False, operation_spans=False),
        **fastapi_options,
    )
    application.include_router(health_routes(checks, lifecycle))
    application.include_router(metrics_route(registry))
    application.state.settings = settings
    application.state.lifecycle = lifecycle
    return application
