"""What Pants loads. A Pants that the plugin does not run on is told before anything else is imported."""

from version_matrix.supported_pants import require_supported

require_supported("pants-version-matrix")

# What follows looks for what only such a Pants has.
from version_matrix.wiring import rules, target_types  # noqa: E402

__all__ = ["rules", "target_types"]
