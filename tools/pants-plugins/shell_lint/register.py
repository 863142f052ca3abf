"""Shell scripts in `lint` and `fmt`, as a Pants backend."""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Rule
from pants.engine.unions import UnionRule

from shell_lint import shellcheck, shfmt


def rules() -> Iterable[Rule | UnionRule]:
    return (*shellcheck.rules(), *shfmt.rules())
