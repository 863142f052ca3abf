"""Integrations by name."""

import subprocess
import sys
from typing import Iterator, List

import pytest
from baton.patching import Undo

import baton
from baton import registry


@pytest.fixture(autouse=True)
def nothing_stays_installed() -> Iterator[None]:
    yield
    baton.uninstall()


def test_an_unknown_name_lists_the_valid_ones() -> None:
    with pytest.raises(baton.UnknownIntegration, match="named 'htppx'; it has: .*httpx"):
        baton.install("htppx")


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    monkeypatch.delitem(sys.modules, "baton.integrations.httpx", raising=False)
    with pytest.raises(ImportError, match=r"cannot integrate httpx.*pip install 'baton\[httpx\]'"):
        baton.install("httpx")


def test_install_is_idempotent_and_uninstall_is_too(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: List[str] = []

    def installer() -> Undo:
        calls.append("install")
        return lambda: calls.append("undo")

    monkeypatch.setattr(registry, "_load", lambda name: installer)
    baton.install("one", "two")
    baton.install("one")
    assert calls == ["install", "install"]
    baton.uninstall("one")
    baton.uninstall("one")
    assert calls == ["install", "install", "undo"]
    baton.uninstall()
    assert calls == ["install", "install", "undo", "undo"]


def test_the_core_imports_no_integration() -> None:
    code = (
        "import sys, baton; baton.available();"
        "print([m for m in sys.modules if m.startswith('baton.integrations.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
