"""The import rules of this repository, as a Pants backend."""

from __future__ import annotations

from typing import Iterable

from import_rules import checks
from pants.engine.rules import Rule
from pants.engine.unions import UnionRule


def rules() -> Iterable[Rule | UnionRule]:
    return checks.rules()
