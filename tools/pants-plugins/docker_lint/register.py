"""Dockerfiles in `lint`, as a Pants backend."""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Rule
from pants.engine.unions import UnionRule

from docker_lint import hadolint


def rules() -> Iterable[Rule | UnionRule]:
    return hadolint.rules()
