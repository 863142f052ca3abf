from __future__ import annotations

import os
import subprocess
import sys

import pytest

from version_matrix.supported_pants import refusal

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@pytest.mark.parametrize("pants", ["2.17.1", "2.27.0.dev0", "2.30.2", "2.34.0.dev3", "3.0.0"])
def test_supported(pants: str) -> None:
    assert refusal("it", pants) is None


@pytest.mark.parametrize("pants", ["2.16.0", "2.18.0.dev0", "2.26.2"])
def test_any_other_is_told_in_one_line_by_whatever_is_loaded_first(pants: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import version_matrix.register"],
        env={**os.environ, "_PANTS_VERSION_OVERRIDE": pants, "PYTHONPATH": HERE},
        capture_output=True,
        text=True,
    )
    assert loaded.returncode == 1
    assert loaded.stderr.splitlines()[-1] == (
        f"pants-version-matrix runs on Pants 2.17 and 2.27 or later, not on {pants}: see [GLOBAL].pants_version."
    )
    assert "Traceback" not in loaded.stderr
