"""How an error is told that no code of ours expects."""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)


def unexpected(error: Exception) -> str:
    """What the engine or a bug raised, with its type; the debug log has where."""
    logger.debug("an error that is told in one line", exc_info=error)
    told = str(error).strip().lstrip(": ")
    return f"{type(error).__name__}: {told}" if told else type(error).__name__
