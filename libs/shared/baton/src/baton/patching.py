"""Replacing a function of a third-party package, and putting it back."""

import functools
import logging
from typing import Any, Callable

_log = logging.getLogger("baton")

Undo = Callable[[], None]
"""Takes an integration back; may be called once."""


def replace(
    owner: Any, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> Undo:
    """Set `owner.name`, a function of a class or module, to `wrap(original)`; return the undo.

    The wrapper must be async if the original is, and demand the same arguments: servers look at
    both to learn how to call an application.

    If somebody else has wrapped the function since, undoing would take theirs away as well; so the
    wrapper stays, and a warning says so. Wrapping it again later is harmless: the outer wrapper
    does the work, the inner one finds it done.
    """
    inherited = name not in vars(owner)
    original = getattr(owner, name)
    wrapper = functools.wraps(original)(wrap(original))

    def undo() -> None:
        if vars(owner).get(name) is not wrapper:
            _log.warning(
                "baton cannot be taken out of %s.%s: it has been wrapped again since.",
                getattr(owner, "__qualname__", owner),
                name,
            )
            return
        if inherited:
            delattr(owner, name)
        else:
            setattr(owner, name, original)

    setattr(owner, name, wrapper)
    return undo
