"""Import rules as a Pants backend; computes nothing itself."""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Rule
from pants.engine.unions import UnionRule

from import_rules import checks


def rules() -> Iterable[Rule | UnionRule]:
    return (*checks.rules(),)
