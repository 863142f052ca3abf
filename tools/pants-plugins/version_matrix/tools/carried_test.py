from __future__ import annotations

import sys
from pathlib import Path

import pytest

from version_matrix.tools.carried import carried_module


def test_a_package_is_loaded_without_what_is_around_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "example_carried/__init__.py": "import not_installed_here",
        "example_carried/pure/__init__.py": "from .part import ANSWER",
        "example_carried/pure/part.py": "ANSWER = 42",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert carried_module("example_carried", "pure", wheel="example").ANSWER == 42
    assert "example_carried" not in sys.modules


def test_a_wheel_that_is_missing_is_named() -> None:
    with pytest.raises(ImportError, match="install the wheel `no-such-wheel`"):
        carried_module("no_such_package", "pure", wheel="no-such-wheel")
