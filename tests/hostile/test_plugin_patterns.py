"""The same of every pattern of the plugins that are published, whichever file it is in."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest

from hostile import growth

ROOT = Path("tools/pants-plugins")
PLUGINS = ("dependency_policy", "hash_locks", "import_rules", "version_matrix")
# Run beside tox and pip, which are not here to be imported.
BESIDE_TOOLS = ("failures.py", "read_tox.py")


def patterns() -> Iterator[Any]:
    """Each pattern of each file that has one, as the file uses it: all there are, not those of a list."""
    sys.path.insert(0, str(ROOT))
    for plugin in PLUGINS:
        for path in sorted((ROOT / plugin).rglob("*.py")):
            is_test = path.name.endswith("_test.py") or path.name == "conftest.py"
            text = path.read_text()
            if is_test or "re.compile(" not in text:
                continue
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found = (
                written(text)
                if path.name in BESIDE_TOOLS
                else growth.uses(importlib.import_module(name), text)
            )
            for use, call in found:
                yield pytest.param(call, id=f"{name} {use}")


def written(text: str) -> Iterator[Any]:
    """Each pattern that stands in a file as it is."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile":
            if isinstance(node.args[0], ast.Constant):
                yield f"line {node.lineno}", re.compile(str(node.args[0].value)).search


PATTERNS = list(patterns())


def test_they_are_all_there() -> None:
    assert len(PATTERNS) > 60
    named = {param.id.partition(".")[0] for param in PATTERNS}
    assert named == {*PLUGINS} - {"import_rules"}, "import_rules has none"


@pytest.mark.parametrize("match", PATTERNS)
def test_a_pattern_of_a_plugin_does_not_try_again_from_every_place(match: Any) -> None:
    assert growth.slow(match) is None
