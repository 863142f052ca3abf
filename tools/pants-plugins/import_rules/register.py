"""The import rules of this repository and the order of its imports, as a Pants backend."""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Rule
from pants.engine.unions import UnionRule

from import_rules import checks, first_party


def rules() -> Iterable[Rule | UnionRule]:
    return (*checks.rules(), *first_party.rules())
