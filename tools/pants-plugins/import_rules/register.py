"""What Pants loads. A Pants that the plugin does not run on is told before anything else is imported."""

from import_rules.supported_pants import require_supported

require_supported("pants-import-rules")

# What follows looks for what only such a Pants has.
from import_rules.wiring import rules  # noqa: E402

__all__ = ["rules"]
