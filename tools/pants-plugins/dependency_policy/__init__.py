"""One place and one form of external requirements, as a Pants backend."""

from dependency_policy.supported_pants import require_supported

require_supported("pants-dependency-policy")
