"""Hash-pinned locks through pip-tools, as a Pants backend."""

from hash_locks.supported_pants import require_supported

require_supported("pants-hash-locks")
