"""Wrapping a function and putting it back, whoever else has wrapped it."""

import asyncio
import inspect
from typing import Any, Callable

import pytest

from trace_baton.patching import Installed, replace, replace_async


class Base:
    def greet(self, name: str) -> str:
        """Greet."""
        return f"hello {name}"

    async def wave(self, name: str) -> str:
        """Wave."""
        return f"goodbye {name}"


class Derived(Base):
    pass


def loud(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: original(*args, **kwargs).upper()


def loud_async(original: Callable[..., Any], installed: Installed) -> Callable[..., Any]:
    async def wave(self: Base, name: str) -> str:
        said: str = await original(self, name)
        return said.upper() if installed.active else said

    return wave


def test_replace_and_undo() -> None:
    original = Base.greet
    undo = replace(Base, "greet", loud)
    assert Derived().greet(name="eve") == "HELLO EVE"
    assert Base.greet.__doc__ == "Greet."
    undo()
    assert Base.greet is original


def test_an_inherited_function_is_inherited_again() -> None:
    undo = replace(Derived, "greet", loud)
    assert (Derived().greet("eve"), Base().greet("eve")) == ("HELLO EVE", "hello eve")
    undo()
    assert "greet" not in vars(Derived)
    assert Derived().greet("eve") == "hello eve"


def test_undo_leaves_the_wrapper_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    undo = replace(Base, "greet", loud)
    ours = Base.greet
    theirs = lambda self, name: f"<{ours(self, name)}>"  # noqa: E731
    with monkeypatch.context() as patch:
        patch.setattr(Base, "greet", theirs)
        assert Base().greet("eve") == "<HELLO EVE>"
        undo()
        assert Base.greet is theirs
        assert Base().greet("eve") == "<hello eve>"
        undo_again = replace(Base, "greet", loud)
        assert Base().greet("eve") == "<HELLO EVE>"
        undo_again()
        assert Base().greet("eve") == "<hello eve>"


def test_a_coroutine_function_stays_one() -> None:
    original = Base.wave
    undo = replace_async(Base, "wave", loud_async)
    assert asyncio.run(Base().wave("eve")) == "GOODBYE EVE"
    assert inspect.iscoroutinefunction(Base.wave) and Base.wave.__doc__ == "Wave."
    with pytest.raises(TypeError, match="name"):
        Base().wave()  # type: ignore[call-arg, unused-coroutine]
    below = Base.wave
    undo()
    assert Base.wave is original
    assert asyncio.run(below(Base(), "eve")) == "goodbye eve"
