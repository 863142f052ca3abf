"""Faults of trace-baton itself, which no application may notice."""

import sys
from typing import Any

import pytest

FAULTS = ("reading", "attaching", "detaching", "naming")
"""What trace-baton does for a request: each may fail."""


def broken(*args: Any) -> Any:
    raise RuntimeError("trace-baton is broken")


class _Variable:
    """Where the context is kept; one of its methods fails."""

    def __init__(self, variable: Any, method: str) -> None:
        self._variable = variable
        self._method = method

    def __getattr__(self, name: str) -> Any:
        return broken if name == self._method else getattr(self._variable, name)


def break_baton(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """Make trace-baton fail at one of FAULTS, while it is installed."""
    if fault == "reading":
        monkeypatch.setattr("trace_baton.propagation.parse_traceparent", broken)
        return
    if fault == "naming":
        for module in [m for name, m in sys.modules.items() if name.startswith("trace_baton.")]:
            for function in {"_name", "_named"} & set(vars(module)):
                monkeypatch.setattr(module, function, broken)
        return
    context = sys.modules["trace_baton.context"]
    method = {"attaching": "set", "detaching": "reset"}[fault]
    monkeypatch.setattr(context, "_current", _Variable(vars(context)["_current"], method))
