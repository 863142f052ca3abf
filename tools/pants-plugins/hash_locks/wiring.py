"""Hash-pinned locks through pip-tools, as a Pants backend; computes nothing itself."""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Rule
from pants.engine.unions import UnionRule

from hash_locks import freshness, generate


def rules() -> Iterable[Rule | UnionRule]:
    return (*freshness.rules(), *generate.rules())
