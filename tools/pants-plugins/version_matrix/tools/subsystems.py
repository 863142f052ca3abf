"""The tools behind the plugin, each installed from a lock of its own."""

from __future__ import annotations

import sys

from pants.backend.python.subsystems.python_tool_base import (
    PythonToolBase,
    PythonToolRequirementsBase,
)
from pants.backend.python.target_types import ConsoleScript


class _InstalledFromPipLock(PythonToolRequirementsBase):
    """A tool whose default lock is a requirements file with hashes."""

    register_interpreter_constraints = True
    default_interpreter_constraints = ["CPython>=3.9,<3.16"]

    @classmethod
    def _default_package_name_and_version(cls) -> None:  # type: ignore[override,unused-ignore]
        """Nothing: newer Pants read it from the lock, in formats that this one is not in."""


class Uv(_InstalledFromPipLock, PythonToolBase):
    # `[uv]` alone belongs to Pants itself since 2.32.
    options_scope = "version-matrix-uv"
    if sys.version_info < (3, 11):
        deprecated_options_scope = "uv"
        deprecated_options_scope_removal_version = "2.27.0.dev0"
    name = "uv"
    help = "Resolves the locks of samples and installs their environments."

    default_version = "uv>=0.13"
    default_main = ConsoleScript("uv")
    default_lockfile_resource = ("version_matrix.locks", "uv.lock")


class IndexClient(_InstalledFromPipLock):
    options_scope = "version-matrix-index-client"
    name = "index client"
    help = "What release-sampler needs to read a package index."

    default_version = "release-sampler[index]"
    default_lockfile_resource = ("version_matrix.locks", "index-client.lock")


class MatrixResults(_InstalledFromPipLock):
    options_scope = "version-matrix-results"
    name = "matrix-results"
    help = "What matrix-results needs to make a report."

    default_version = "matrix-results"
    default_lockfile_resource = ("version_matrix.locks", "matrix-results.lock")


class ToxReader(_InstalledFromPipLock):
    options_scope = "version-matrix-tox"
    name = "tox"
    help = "What `draft-suites` reads the configuration of tox with."

    default_version = "tox>=4.30"
    default_lockfile_resource = ("version_matrix.locks", "tox.lock")


class RiotReader(_InstalledFromPipLock):
    options_scope = "version-matrix-riot"
    name = "riot"
    help = "What `draft-suites` expands a riotfile with."

    default_version = "riot>=0.23"
    default_lockfile_resource = ("version_matrix.locks", "riot.lock")


class DiffCover(_InstalledFromPipLock):
    options_scope = "version-matrix-diff-cover"
    name = "diff-cover"
    help = "Tells `coverage-gate` which changed lines no test reached."

    default_version = "diff-cover>=9"
    default_lockfile_resource = ("version_matrix.locks", "diff-cover.lock")
