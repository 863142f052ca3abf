"""Integrations by name."""

import subprocess
import sys
from pathlib import Path
from typing import Iterator, List, Type

import pytest

import baton
import baton.integrations

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
    monkeypatch.setattr(baton.integrations, "__path__", [str(tmp_path)])
    yield
    baton.uninstall()
    for name in ("teapot", "leaky"):
        sys.modules.pop(f"baton.integrations.{name}", None)


def test_available() -> None:
    assert baton.available() == ("kettle", "leaky", "teapot")


def test_an_unknown_name_lists_the_valid_ones() -> None:
    with pytest.raises(
        baton.UnknownIntegration, match="named 'taepot'; it has: kettle, leaky, teapot"
    ):
        baton.install("taepot")


def test_a_missing_package_says_what_to_install() -> None:
    expected = r"cannot integrate kettle: No module.*run `pip install 'baton\[kettle\]'`"
    with pytest.raises(ImportError, match=expected):
        baton.install("kettle")


@pytest.mark.parametrize(
    ("name", "error", "calls"),
    [
        ("taepot", baton.UnknownIntegration, []),
        ("kettle", ImportError, []),
        ("leaky", AttributeError, ["install", "undo"]),
    ],
)
def test_all_are_installed_or_none(name: str, error: Type[Exception], calls: List[str]) -> None:
    with pytest.raises(error):
        baton.install("teapot", name)
    assert sys.modules["baton.integrations.teapot"].calls == calls
    baton.install("teapot")
    with pytest.raises(error):
        baton.install("teapot", name)
    assert sys.modules["baton.integrations.teapot"].calls == [*calls, "install"]


def test_install_and_uninstall_are_idempotent() -> None:
    baton.install("teapot")
    baton.install("teapot", "teapot")
    calls = sys.modules["baton.integrations.teapot"].calls
    assert calls == ["install"]
    baton.uninstall("teapot")
    baton.uninstall("teapot")
    assert calls == ["install", "undo"]
    baton.install("teapot")
    baton.uninstall()
    assert calls == ["install", "undo", "install", "undo"]


def test_the_core_imports_no_integration() -> None:
    code = (
        "import sys, baton; baton.available();"
        "print([m for m in sys.modules if m.startswith('baton.integrations.')])"
    )
    path = [str(Path(baton.__file__).parents[1])]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
