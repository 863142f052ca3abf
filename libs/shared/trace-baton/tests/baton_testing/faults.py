"""Faults of trace-baton itself, which no application may notice."""

import sys
from typing import Any

import pytest

FAULTS = ("reading", "attaching", "detaching", "naming")
"""What trace-baton does for a request: each may fail."""

_FUNCTIONS = {"attaching": {"attach"}, "naming": {"_name", "_named"}}
"""What fails, wherever in trace-baton it is looked up."""


def broken(*args: Any) -> Any:
    raise RuntimeError("trace-baton is broken")


class _Undetachable:
    """Where the context is kept; it cannot be given back."""

    def __init__(self, variable: Any) -> None:
        self._variable = variable

    def __getattr__(self, name: str) -> Any:
        return broken if name == "reset" else getattr(self._variable, name)


def break_baton(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """Make trace-baton fail at one of FAULTS, while it is installed."""
    if fault == "reading":
        monkeypatch.setattr("trace_baton.propagation.parse_traceparent", broken)
        return
    if fault in _FUNCTIONS:
        for module in [m for name, m in sys.modules.items() if name.startswith("trace_baton.")]:
            for function in _FUNCTIONS[fault] & set(vars(module)):
                monkeypatch.setattr(module, function, broken)
        return
    context = sys.modules["trace_baton.context"]
    monkeypatch.setattr(context, "_current", _Undetachable(vars(context)["_current"]))
