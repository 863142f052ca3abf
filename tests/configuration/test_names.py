"""What people are told to install is ours and listed, or another's by intention."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from published_names import PUBLISHED

READMES = sorted(path for path in Path(".").rglob("README.md") if "dist" not in path.parts)
# Packages of others that a page tells people to install beside ours.
OTHERS = {"uvicorn"}


def told(text: str) -> Iterator[str]:
    """The names that a page tells people to install: by pip, uv or pipx, and as plugins of Pants."""
    installs = re.findall(r"(?:pip|pipx|uv tool) install ([^`\n]+)", text)
    for words in installs:
        for word in re.findall(r"'[^']+'|\"[^\"]+\"|\S+", words):
            if not word.startswith("-") and not word.endswith((".lock", ".txt", ".")):
                yield word.strip("'\"")
    for plugins in re.findall(r"^plugins = (\[[^\]]*\])", text, re.MULTILINE):
        yield from ast.literal_eval(plugins)


@pytest.mark.parametrize("readme", READMES, ids=str)
def test_readmes_tell_no_other_name(readme: Path) -> None:
    names = {canonicalize_name(Requirement(each).name) for each in told(readme.read_text())}
    assert names <= PUBLISHED.keys() | OTHERS, "list it in tools/cmd/published_names.py"


def test_the_metadata_of_wheels_has_no_other_name() -> None:
    builds = [path for path in Path(".").rglob("BUILD") if "python_artifact(" in path.read_text()]
    names = {
        name
        for path in builds
        for name in re.findall(r'python_artifact\(\s*name="([^"]+)"', path.read_text())
    }
    assert len(names) == len(builds) >= 5
    assert names <= PUBLISHED.keys(), "list it in tools/cmd/published_names.py"


def test_what_is_told_is_found() -> None:
    page = (
        "pip install 'a[b,c]>=1' d\n`pipx install e`\nplugins = ['f==1']\npip install -r x.lock\n"
    )
    assert list(told(page)) == ["a[b,c]>=1", "d", "e", "f==1"]
