"""One stream of structured logs, stderr, whoever logs: structlog, the standard library, uvicorn."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from servicekit.settings import ServiceSettings
from trace_baton.integrations.structlog import add_context

#: Their lines are ours already (requests), or say nothing to whoever runs a service.
_QUIET = ("alembic.runtime.plugins", "httpx", "httpcore", "uvicorn.access")


def configure(settings: ServiceSettings, service: str) -> None:
    """Send all logs of this process to stderr, a JSON object a line (or text for people).

    Each has `time` (UTC, RFC 3339), `level`, `event`, `logger`, `service`, and where there is a
    context trace-baton's `trace_id`, `span_id` and `request_id`. Calling it again replaces the settings.
    """
    shared: list[Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _naming(service),
        add_context,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_uvicorn_colours,
                *_renderers(settings.log_format),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    logging.captureWarnings(True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _naming(service: str) -> Processor:
    def name_service(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        event.setdefault("service", service)
        return event

    return name_service


def _without_uvicorn_colours(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)
    return event


def _renderers(log_format: str) -> list[Processor]:
    if log_format == "console":
        return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), timestamp_key="time")]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
