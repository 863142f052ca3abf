"""`[hash-locks]`: which files a lock is made from; and pip-tools, which makes it."""

from __future__ import annotations

from typing import Sequence

from pants.backend.python.subsystems.python_tool_base import PythonToolBase
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import ConsoleScript
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.option.option_types import DictOption, SkipOption, StrListOption, StrOption
from pants.option.subsystem import Subsystem
from pants.util.docutil import bin_name
from pants.util.strutil import help_text


class HashLocks(Subsystem):
    options_scope = "hash-locks"
    name = "hash-locks"
    help = help_text("""
        Makes the locks of `[python].resolves` through pip-tools: pip requirements files with a
        hash for every file that may be installed, which pip reads without Pants as well.

        A lock is made on the oldest Python that its resolve admits
        (`[python].resolves_to_interpreter_constraints`).
        """)

    skip = SkipOption("lint")

    inputs = DictOption[Sequence[str]](
        default={},
        help=help_text("""
            Resolve -> globs of the requirements files its lock is made from in one pass. A resolve
            that is not named here is made from the file that `[hash-locks].input` gives.
            """),
    )
    input = StrOption(
        default="3rdparty/python/tools/{resolve}.in",
        help="Path of the requirements file of a resolve that `[hash-locks].inputs` does not name.",
    )
    upgrade = StrListOption(
        default=[],
        help=lambda cls: help_text(f"""
            Projects whose pins `generate-lockfiles` may move, or `all`. Every other pin stays
            where it is as long as the requirements admit it.

            For example, `{bin_name()} generate-lockfiles --hash-locks-upgrade=httpx`.
            """),
    )

    def globs(self, resolve: str) -> tuple[str, ...]:
        """Where the requirements of a resolve are."""
        return tuple(self.inputs.get(resolve, (self.input.format(resolve=resolve),)))


class PipTools(PythonToolBase):
    options_scope = "pip-tools"
    name = "pip-tools"
    help = "Resolves locks with pip's own resolver (https://pip-tools.readthedocs.io)."

    default_version = "pip-tools>=7.5"
    default_main = ConsoleScript("pip-compile")
    register_interpreter_constraints = True
    default_interpreter_constraints = ["CPython>=3.9,<3.15"]
    # Pants wants one to be named; `install_from_resolve` takes its place.
    default_lockfile_resource = ("hash_locks", "pip-tools.lock")


def oldest_python(resolve: str, python_setup: PythonSetup) -> str:
    """The oldest minor version, such as `3.9`, that a resolve admits; raises ValueError."""
    constraints = InterpreterConstraints(
        python_setup.resolves_to_interpreter_constraints.get(
            resolve, python_setup.interpreter_constraints
        )
    )
    oldest = constraints.minimum_python_version(python_setup.interpreter_versions_universe)
    if oldest is None:
        raise ValueError(
            f"The resolve `{resolve}` is for {constraints}, which admits no Python of "
            "[python].interpreter_versions_universe."
        )
    return oldest
