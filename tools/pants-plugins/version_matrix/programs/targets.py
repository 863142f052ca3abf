"""`python_program_tests`: native tests that want programs of the system."""

from __future__ import annotations

from pants.backend.python.target_types import (
    PythonTestsGeneratorTarget,
    PythonTestTarget,
    SkipPythonTestsField,
)
from pants.engine.target import Target, TargetFilesGenerator
from pants.util.strutil import help_text

from version_matrix.programs.fields import ProgramsField


class SkipWithoutProgramsField(SkipPythonTestsField):
    """Keeps Pants' own runner off: it would run the tests whatever is missing."""

    default = True


class ProgramTestTarget(Target):
    alias = "python_program_test"
    core_fields = (
        *(field for field in PythonTestTarget.core_fields if field is not SkipPythonTestsField),
        SkipWithoutProgramsField,
        ProgramsField,
    )
    help = "A single Python test file that wants programs of the system."


class ProgramTestsTarget(TargetFilesGenerator):
    alias = "python_program_tests"
    core_fields = PythonTestsGeneratorTarget.core_fields
    generated_target_cls = ProgramTestTarget
    copied_fields = PythonTestsGeneratorTarget.copied_fields
    moved_fields = (
        *(
            field
            for field in PythonTestsGeneratorTarget.moved_fields
            if field is not SkipPythonTestsField
        ),
        ProgramsField,
    )
    settings_request_cls = PythonTestsGeneratorTarget.settings_request_cls
    help = help_text("""
        Like `python_tests`, of tests that cannot do without programs of the system.

        They are run as `python_tests` are where the programs of the field `programs` are there, with
        these on their PATH, and not run where one is missing.
        """)
