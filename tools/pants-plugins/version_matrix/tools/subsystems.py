"""The tools behind the plugin, each installed from a lock of its own."""

from __future__ import annotations

from pants.backend.python.subsystems.python_tool_base import (
    PythonToolBase,
    PythonToolRequirementsBase,
)
from pants.backend.python.target_types import ConsoleScript


class Uv(PythonToolBase):
    options_scope = "uv"
    name = "uv"
    help = "Resolves the locks of samples and installs their environments."

    default_version = "uv>=0.13"
    default_main = ConsoleScript("uv")
    register_interpreter_constraints = True
    default_interpreter_constraints = ["CPython>=3.9,<3.15"]
    default_lockfile_resource = ("version_matrix.locks", "uv.lock")


class IndexClient(PythonToolRequirementsBase):
    options_scope = "version-matrix-index-client"
    name = "index client"
    help = "What release-sampler needs to read a package index."

    default_version = "release-sampler[index]"
    register_interpreter_constraints = True
    default_interpreter_constraints = ["CPython>=3.9,<3.15"]
    default_lockfile_resource = ("version_matrix.locks", "index-client.lock")


class MatrixResults(PythonToolRequirementsBase):
    options_scope = "version-matrix-results"
    name = "matrix-results"
    help = "What matrix-results needs to make a report."

    default_version = "matrix-results"
    register_interpreter_constraints = True
    default_interpreter_constraints = ["CPython>=3.9,<3.15"]
    default_lockfile_resource = ("version_matrix.locks", "matrix-results.lock")


class ToxReader(PythonToolRequirementsBase):
    options_scope = "version-matrix-tox"
    name = "tox"
    help = "What `draft-suites` reads the configuration of tox with."

    default_version = "tox>=4.30"
    register_interpreter_constraints = True
    default_interpreter_constraints = ["CPython>=3.9,<3.15"]
    default_lockfile_resource = ("version_matrix.locks", "tox.lock")


class RiotReader(PythonToolRequirementsBase):
    options_scope = "version-matrix-riot"
    name = "riot"
    help = "What `draft-suites` expands a riotfile with."

    default_version = "riot>=0.23"
    register_interpreter_constraints = True
    default_interpreter_constraints = ["CPython>=3.9,<3.15"]
    default_lockfile_resource = ("version_matrix.locks", "riot.lock")


class DiffCover(PythonToolRequirementsBase):
    options_scope = "version-matrix-diff-cover"
    name = "diff-cover"
    help = "Tells `coverage-gate` which changed lines no test reached."

    default_version = "diff-cover>=9"
    register_interpreter_constraints = True
    default_interpreter_constraints = ["CPython>=3.9,<3.15"]
    default_lockfile_resource = ("version_matrix.locks", "diff-cover.lock")
