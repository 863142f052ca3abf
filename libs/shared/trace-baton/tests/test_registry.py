"""Integrations by name."""

import subprocess
import sys
from pathlib import Path
from typing import Iterator, List, Type

import pytest

import trace_baton
import trace_baton.integrations

LEAKY = """
def install():
    raise AttributeError("too old")
"""

TEAPOT = """
calls = []

def install():
    calls.append("install")
    return lambda: calls.append("undo")
"""


@pytest.fixture(autouse=True)
def integrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`teapot`; `kettle`, whose package is missing; `leaky`, which cannot be installed."""
    (tmp_path / "teapot.py").write_text(TEAPOT)
    (tmp_path / "kettle.py").write_text("import kettle_of_1886")
    (tmp_path / "leaky.py").write_text(LEAKY)
    monkeypatch.setattr(trace_baton.integrations, "__path__", [str(tmp_path)])
    yield
    trace_baton.uninstall()
    for name in ("teapot", "leaky"):
        sys.modules.pop(f"trace_baton.integrations.{name}", None)


def test_available() -> None:
    assert trace_baton.available() == ("kettle", "leaky", "teapot")


def test_an_unknown_name_lists_the_valid_ones() -> None:
    with pytest.raises(
        trace_baton.UnknownIntegration, match="named 'taepot'; it has: kettle, leaky, teapot"
    ):
        trace_baton.install("taepot")


def test_a_missing_package_says_what_to_install() -> None:
    expected = r"cannot integrate kettle: No module.*run `pip install 'trace-baton\[kettle\]'`"
    with pytest.raises(ImportError, match=expected):
        trace_baton.install("kettle")


@pytest.mark.parametrize(
    ("name", "error", "calls"),
    [
        ("taepot", trace_baton.UnknownIntegration, []),
        ("kettle", ImportError, []),
        ("leaky", AttributeError, ["install", "undo"]),
    ],
)
def test_all_are_installed_or_none(name: str, error: Type[Exception], calls: List[str]) -> None:
    with pytest.raises(error):
        trace_baton.install("teapot", name)
    assert sys.modules["trace_baton.integrations.teapot"].calls == calls
    trace_baton.install("teapot")
    with pytest.raises(error):
        trace_baton.install("teapot", name)
    assert sys.modules["trace_baton.integrations.teapot"].calls == [*calls, "install"]


def test_install_and_uninstall_are_idempotent() -> None:
    trace_baton.install("teapot")
    trace_baton.install("teapot", "teapot")
    calls = sys.modules["trace_baton.integrations.teapot"].calls
    assert calls == ["install"]
    trace_baton.uninstall("teapot")
    trace_baton.uninstall("teapot")
    assert calls == ["install", "undo"]
    trace_baton.install("teapot")
    trace_baton.uninstall()
    assert calls == ["install", "undo", "install", "undo"]


def test_the_core_imports_no_integration() -> None:
    code = (
        "import sys, trace_baton; trace_baton.available();"
        "print([m for m in sys.modules if m.startswith('trace_baton.integrations.')])"
    )
    path = [str(Path(trace_baton.__file__).parents[1])]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
