"""The one promise of every integration: a fault of trace-baton is never the application's."""

import logging
from types import TracebackType
from typing import Any, Optional, Type

from trace_baton.context import TraceContext, attach, detach
from trace_baton.lines import left

_log = logging.getLogger("trace_baton")


class Guard:
    """A reusable context manager that swallows exceptions and logs the first of them.

    Only trace-baton's own work belongs inside, never a call of the application.
    """

    def __init__(self, integration: str) -> None:
        self._integration = integration
        self._reported = False

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self.report(error)
        return True

    def report(self, error: Exception) -> None:
        """Log an exception, if it is the first.

        For an `except` clause of its own, where every request passes: a `with` block costs two
        calls even if nothing fails.
        """
        if self._reported:
            return
        # Set first: logging may come back here, through the integration with `logging`.
        self._reported = True
        _log.error(
            "trace-baton's %s integration failed; the application goes on without its trace context. "
            "Further failures of it are not logged.",
            self._integration,
            exc_info=error,
        )

    def attached(self, context: Optional[TraceContext]) -> "_Attached":
        """Return a `with` block of the application in a context; None stands for the one around.

        A fault of trace-baton's own leaves the block as it is. An exception that leaves the block keeps
        its context.
        """
        return _Attached(self, context)


class _Attached:
    __slots__ = ("_guard", "_context", "_token")

    def __init__(self, guard: Guard, context: Optional[TraceContext]) -> None:
        self._guard = guard
        self._context = context
        self._token: Any = None

    def __enter__(self) -> None:
        if self._context is None:
            return
        try:
            self._token = attach(self._context)
        except Exception as error:
            self._guard.report(error)

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        if self._token is not None:
            detach(self._token)
        if error is not None and self._context is not None:
            left(error, self._context)
