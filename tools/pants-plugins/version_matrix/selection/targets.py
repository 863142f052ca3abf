"""A target that nobody writes: it owns files that results rest on, and has no sources."""

from __future__ import annotations

import os.path

from pants.engine.addresses import Address
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    AsyncFieldMixin,
    SecondaryOwnerMixin,
    StringSequenceField,
    Target,
)
from pants.source.filespec import Filespec
from pants.util.strutil import help_text

EVERY_TEST = "_of-every-test"
NATIVE_TESTS = "_of-native-tests"
CELLS = "_of-cells"
REMOVED = Address("", target_name="_removed")


class OwnedFilesField(AsyncFieldMixin, SecondaryOwnerMixin, StringSequenceField):
    alias = "files"
    help = "Files and globs, relative to the folder of the target."

    @property
    def filespec(self) -> Filespec:
        return {"includes": [os.path.join(self.address.spec_path, f) for f in self.value or ()]}


class ResultInputsTarget(Target):
    alias = "_result_inputs"
    core_fields = (*COMMON_TARGET_FIELDS, OwnedFilesField)
    help = help_text("""
        Files that the results of tests rest on beside code: configuration, locks of tools, what was
        removed. The plugin makes these targets by itself, and the dependencies on them.
        """)
