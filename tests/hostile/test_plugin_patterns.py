"""The same of every pattern of the plugins that are published, whichever file it is in."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Iterator, List

import pytest

from hostile import growth

ROOT = Path("tools/pants-plugins")
# Run beside tox, on a file of the repository's own.
ELSEWHERE = ("conftest.py", "read_tox.py")
PLUGINS = ("dependency_policy", "hash_locks", "import_rules", "version_matrix")


def modules() -> Iterator[ModuleType]:
    """The modules with patterns, imported from their files: all there are, not those of a list."""
    sys.path.insert(0, str(ROOT))
    for plugin in PLUGINS:
        for path in sorted((ROOT / plugin).rglob("*.py")):
            passed_over = path.name.endswith("_test.py") or path.name in ELSEWHERE
            if not passed_over and "re.compile(" in path.read_text():
                yield importlib.import_module(
                    ".".join(path.relative_to(ROOT).with_suffix("").parts)
                )


def patterns() -> List[Any]:
    """Each pattern, as its module uses it."""
    return [
        pytest.param(call, id=f"{module.__name__} {name}")
        for module in modules()
        for name, call in growth.uses(module, Path(str(module.__file__)).read_text())
    ]


PATTERNS = patterns()


def test_they_are_all_there() -> None:
    assert len(PATTERNS) > 60
    assert {param.id.partition(".")[0] for param in PATTERNS} == {*PLUGINS} - {"import_rules"}


@pytest.mark.parametrize("match", PATTERNS)
def test_a_pattern_of_a_plugin_does_not_try_again_from_every_place(match: Any) -> None:
    assert growth.slow(match) is None
