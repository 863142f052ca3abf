"""URLs of files in the build root, as a Pants backend."""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Rule
from pants.engine.unions import UnionRule

from build_root_url import handler


def rules() -> Iterable[Rule | UnionRule]:
    return handler.rules()
