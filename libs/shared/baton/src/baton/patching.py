"""Replacing a function of a third-party package, and putting it back."""

import functools
from typing import Any, Callable

Undo = Callable[[], None]
"""Takes an integration back; may be called once."""


def replace(
    owner: Any, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> Undo:
    """Set `owner.name`, a function of a class or module, to `wrap(original)`; return the undo.

    If somebody else has wrapped the function since, undoing cannot remove the wrapper from below
    theirs; it then passes every call through to the original.
    """
    inherited = name not in vars(owner)
    original = getattr(owner, name)
    wrapper = wrap(original)
    active = True

    @functools.wraps(original)
    def switch(*args: Any, **kwargs: Any) -> Any:
        return wrapper(*args, **kwargs) if active else original(*args, **kwargs)

    def undo() -> None:
        nonlocal active
        active = False
        if vars(owner).get(name) is not switch:
            return
        if inherited:
            delattr(owner, name)
        else:
            setattr(owner, name, original)

    setattr(owner, name, switch)
    return undo
