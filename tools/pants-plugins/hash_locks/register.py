"""What Pants loads. A Pants that the plugin does not run on is told before anything else is imported."""

from hash_locks.supported_pants import require_supported

require_supported("pants-hash-locks")

# What follows looks for what only such a Pants has.
from hash_locks.wiring import rules  # noqa: E402

__all__ = ["rules"]
