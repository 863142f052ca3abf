"""Wrapping a function and putting it back, whoever else has wrapped it."""

from typing import Any, Callable

import pytest

from baton.patching import replace


class Base:
    def greet(self, name: str) -> str:
        """Greet."""
        return f"hello {name}"


class Derived(Base):
    pass


def loud(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: original(*args, **kwargs).upper()


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


def test_undo_leaves_the_wrapper_of_somebody_else(caplog: pytest.LogCaptureFixture) -> None:
    original = Base.greet
    undo = replace(Base, "greet", loud)
    ours = Base.greet
    Base.greet = lambda self, name: f"<{ours(self, name)}>"  # type: ignore[method-assign]
    try:
        undo()
        assert Base().greet("eve") == "<HELLO EVE>"
        assert "cannot be taken out of Base.greet" in caplog.text
    finally:
        Base.greet = original  # type: ignore[method-assign]
