"""What isort is told of our modules, held to the modules that there are, as a Pants backend."""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Rule
from pants.engine.unions import UnionRule

from isort_first_party import checks


def rules() -> Iterable[Rule | UnionRule]:
    return (*checks.rules(),)
