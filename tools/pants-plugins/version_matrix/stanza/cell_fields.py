"""The fields of the targets that a stanza generates: what is known of a cell."""

from __future__ import annotations

from pants.backend.python.target_types import (
    SkipPythonTestsField,
)
from pants.engine.target import (
    BoolField,
    Dependencies,
    MultipleSourcesField,
    StringField,
    StringSequenceField,
)


class SkipOutsideCellsField(SkipPythonTestsField):
    default = True


class CellSourcesField(MultipleSourcesField):
    alias = "_sources"
    help = (
        "The cell's lock and the test files of its suite; what is amiss with one that cannot run."
    )


class CellDependenciesField(Dependencies):
    alias = "_dependencies"
    help = "The test files of the suite, and through them all the first-party code they reach."


class CellPackageField(StringField):
    alias = "package"
    help = "The project that this cell tests a release of; unset if a library tests its own floors."


class CellVersionField(StringField):
    alias = "version"
    required = True
    help = "The sample: the release of the package that this cell tests."


class CellAxesField(StringSequenceField):
    alias = "axes"
    help = "The release of each axis that this cell tests, for instance `django==5.2.1`."


class CellTierField(StringField):
    alias = "tier"
    required = True
    help = "Why the release is tested: `lowest`, `major`, `between`, `latest` or `prerelease`."


class CellPythonField(StringField):
    alias = "python"
    required = True
    help = "The Python that this cell runs on, for instance `3.12`."


class CellTrialField(BoolField):
    alias = "trial"
    default = False
    help = "Whether the release admits this Python, but does not claim it."


class CellLockField(StringField):
    alias = "lock"
    help = "The path of the hash-pinned requirements that make the cell's environment."


class CellKnownFailureField(StringField):
    alias = "known_failure"
    help = "Why the cell is expected to fail; unset if it is expected to pass."


class CellKnownFailureUntilField(StringField):
    alias = "known_failure_until"
    help = "The date until which the known failure is tolerated, if it has one."


class CellUnresolvableField(StringField):
    alias = "unresolvable"
    help = "Why no lock can be made for the cell; unset if it has one."


class CellProblemField(StringField):
    alias = "problem"
    help = "Why the cell cannot run, and the command that mends it; unset if it can."
