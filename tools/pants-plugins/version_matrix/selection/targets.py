"""A target that nobody writes: it owns files that results rest on, and has no sources."""

from __future__ import annotations

import os.path

from pants.engine.addresses import Address
from pants.engine.target import COMMON_TARGET_FIELDS, MultipleSourcesField, Target
from pants.source.filespec import FilespecMatcher
from pants.util.memo import memoized_property
from pants.util.strutil import help_text

EVERY_TEST = "_of-every-test"
NATIVE_TESTS = "_of-native-tests"
CELLS = "_of-cells"
REMOVED = Address("", target_name="_removed")


class OwnedFilesField(MultipleSourcesField):
    """Owns files and has none: nothing reads them through the target."""

    alias = "files"
    help = "Files and globs, relative to the folder of the target."

    @property
    def globs(self) -> tuple[str, ...]:
        return ()

    @memoized_property
    def filespec_matcher(self) -> FilespecMatcher:
        folder = self.address.spec_path
        return FilespecMatcher([os.path.join(folder, file) for file in self.value or ()], [])


class ResultInputsTarget(Target):
    alias = "_result_inputs"
    core_fields = (*COMMON_TARGET_FIELDS, OwnedFilesField)
    help = help_text("""
        Files that the results of tests rest on beside code: configuration, locks of tools, what was
        removed. The plugin makes these targets by itself, and the dependencies on them.
        """)
