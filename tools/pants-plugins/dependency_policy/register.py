"""What Pants loads. A Pants that the plugin does not run on is told before anything else is imported."""

from dependency_policy.supported_pants import require_supported

require_supported("pants-dependency-policy")

# What follows looks for what only such a Pants has.
from dependency_policy.wiring import rules  # noqa: E402

__all__ = ["rules"]
