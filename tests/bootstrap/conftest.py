from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bootstrap.clone import Clone, make_clone


@pytest.fixture
def python39() -> Path:
    """The interpreter itself: a Python that lies in a virtual environment may vanish with it."""
    assert sys.version_info[:2] == (3, 9), "these tests belong to the resolve pants-plugins"
    return Path(os.path.realpath(sys.executable))


@pytest.fixture
def clone(tmp_path: Path, python39: Path) -> Clone:
    """In a folder as people have them: no path is a word of a shell or part of a URL as it stands."""
    return make_clone(tmp_path / "my projects/répo", python39)
