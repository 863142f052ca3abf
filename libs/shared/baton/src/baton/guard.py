"""The one promise of every integration: a fault of baton is never the application's."""

import logging
from types import TracebackType
from typing import Optional, Type

_log = logging.getLogger("baton")


class Guard:
    """A reusable context manager that swallows exceptions and logs the first of them.

    Only baton's own work belongs inside, never a call of the application.
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
            "baton's %s integration failed; the application goes on without its trace context. "
            "Further failures of it are not logged.",
            self._integration,
            exc_info=error,
        )
