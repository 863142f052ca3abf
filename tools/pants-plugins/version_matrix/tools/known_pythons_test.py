from __future__ import annotations

import re

from version_matrix.stanza.python_names import KNOWN
from version_matrix.tools.carried import sampler_file


def test_a_python_that_release_sampler_has_learned_is_one_here() -> None:
    table = sampler_file("basis/python_dates.py").decode()
    every = re.findall(r'^    "(3\.\d+)":', table, re.MULTILINE)
    assert list(KNOWN) == every[every.index("3.6") :]
