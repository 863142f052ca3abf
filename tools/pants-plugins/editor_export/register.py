"""`./pants export` for an editor, as a Pants backend."""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Rule
from pants.engine.unions import UnionRule

from editor_export import editor


def rules() -> Iterable[Rule | UnionRule]:
    return editor.rules()
