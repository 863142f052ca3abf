"""Names of projects, PEP 503."""

from __future__ import annotations

import re

from release_sampler.basis.errors import SamplerError

_NORMALIZED = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def require_normalized(name: str) -> None:
    """Let only normalized names become parts of URLs; raises `SamplerError` for any other."""
    if len(name) > 200 or not _NORMALIZED.fullmatch(name):
        raise SamplerError(f"project {name[:60]!r}: expected a normalized name, as in my-project")
