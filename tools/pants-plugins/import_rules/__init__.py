"""Import rules between and inside the parts of a repository, as a Pants backend."""

from import_rules.supported_pants import require_supported

require_supported("pants-import-rules")
