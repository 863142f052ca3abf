"""The dependency policy of this repository, as a Pants backend."""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Rule
from pants.engine.unions import UnionRule

from dependency_policy import checks


def rules() -> Iterable[Rule | UnionRule]:
    return checks.rules()
