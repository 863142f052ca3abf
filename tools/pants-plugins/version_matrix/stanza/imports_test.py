from __future__ import annotations

import pytest

from version_matrix.stanza.imports import installed

LOCK = "# requires: httpx==0.28.1\nhttpcore==1.0.7 \\\n    --hash=sha256:0\nPyYAML==6.0\n"


@pytest.mark.parametrize(
    "module",
    [
        "httpx",
        "httpx._client.deep.er",
        # What came with it.
        "httpcore._async",
        # Where a project's name is not its module's.
        "yaml",
        "opentelemetry.trace",
        "pytest_asyncio",
        "PIL.Image",
    ],
)
def test_what_is_named_or_pinned_brings_its_modules(module: str) -> None:
    named = ["httpx", "opentelemetry-api", "pytest-asyncio", "Pillow"]
    assert installed(named, [LOCK, ""]).brings(module)


@pytest.mark.parametrize("module", ["lib", "lib.httpx", "httpx2", "http", "h"])
def test_nothing_else_is_brought(module: str) -> None:
    assert not installed(["httpx"], [LOCK]).brings(module)


def test_before_anything_is_locked_anything_may_be_brought() -> None:
    assert installed(["httpx"], []).brings("h2")
