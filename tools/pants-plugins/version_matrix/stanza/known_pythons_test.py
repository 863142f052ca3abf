from __future__ import annotations

import re
from pathlib import Path

from version_matrix.stanza.python_names import KNOWN

DATES = Path("libs/shared/release-sampler/src/release_sampler/basis/python_dates.py")


def test_a_python_that_release_sampler_has_learned_is_one_here() -> None:
    every = re.findall(r'^    "(3\.\d+)":', DATES.read_text(), re.MULTILINE)
    assert list(KNOWN) == every[every.index("3.6") :]
