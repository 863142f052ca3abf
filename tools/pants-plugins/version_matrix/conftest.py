"""Properties have no deadline: what else a machine does is not theirs to judge. matrix-results is there."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

# Beside the plugin, as `[GLOBAL].pythonpath` has it; it needs no import but carries it with it.
sys.path.append(str(Path("libs/shared/matrix-results/src").absolute()))

settings.register_profile("version_matrix", deadline=None)
settings.load_profile("version_matrix")
