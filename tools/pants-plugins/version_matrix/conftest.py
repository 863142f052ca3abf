"""Properties have no deadline: what else a machine does is not theirs to judge."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("version_matrix", deadline=None)
settings.load_profile("version_matrix")
