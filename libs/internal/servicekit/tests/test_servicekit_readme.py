"""The example in the README is a service."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from example_client import Client
from servicekit import server

README = Path(__file__).parents[1] / "README.md"


def test_the_example_greets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served: list[FastAPI] = []
    monkeypatch.setattr(server, "serve", lambda application, settings: served.append(application))
    monkeypatch.setenv("GREETER_NAME", "you")
    names: dict[str, Any] = {"__name__": "greeter"}
    (example,) = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.M | re.S)
    exec(compile(example, str(README), "exec", dont_inherit=True), names)
    names["main"]()
    assert Client(served[0]).get("/greeting").json() == "Hello you"

    monkeypatch.setenv("GREETER_PORT", "many")
    assert names["main"]() == 1
    assert "greeter: GREETER_PORT: expected a valid integer" in capsys.readouterr().err
