"""Tests integrations on a sample of the releases of what they integrate."""

from version_matrix.supported_pants import require_supported

require_supported("pants-version-matrix")
