"""Replacing a function of a third-party package, and putting it back."""

import functools
from typing import Any, Callable

Undo = Callable[[], None]
"""Takes an integration back; may be called once."""

Function = Callable[..., Any]


class Installed:
    """Whether an integration still works, for what stays where it cannot be taken out."""

    def __init__(self) -> None:
        self.active = True


def replace(owner: Any, name: str, wrap: Callable[[Function], Function]) -> Undo:
    """Set `owner.name`, a function of a class or module, to `wrap(original)`; return the undo.

    If somebody else has wrapped the function since, undoing would take theirs away as well; so ours
    stays below it, and from then on passes straight through.
    """
    original = getattr(owner, name)
    call = wrap(original)

    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return call(*args, **kwargs)

    put_back = _set(owner, name, wrapper)

    def undo() -> None:
        nonlocal call
        call = original
        put_back()

    return undo


def replace_async(owner: Any, name: str, wrap: Callable[[Function, Installed], Function]) -> Undo:
    """Do the same of a coroutine function, with `wrap(original, installed)`.

    Servers look at an application to learn how to call it: what is set must be a coroutine function
    as well, and demand the same arguments. So nothing comes between: it looks at `installed` itself.
    """
    original = getattr(owner, name)
    installed = Installed()
    put_back = _set(owner, name, functools.wraps(original)(wrap(original, installed)))

    def undo() -> None:
        installed.active = False
        put_back()

    return undo


def _set(owner: Any, name: str, wrapper: Function) -> Undo:
    inherited = name not in vars(owner)
    original = getattr(owner, name)
    setattr(owner, name, wrapper)

    def put_back() -> None:
        if vars(owner).get(name) is not wrapper:
            return
        if inherited:
            delattr(owner, name)
        else:
            setattr(owner, name, original)

    return put_back
