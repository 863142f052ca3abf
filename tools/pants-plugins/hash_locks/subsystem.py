"""`[hash-locks]`: which files a lock is made from; and pip-tools, which makes it."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any, Sequence

from pants.backend.python.subsystems.python_tool_base import PythonToolBase
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import ConsoleScript
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.option.option_types import (
    DictOption,
    IntOption,
    SkipOption,
    StrListOption,
    StrOption,
)
from pants.option.subsystem import Subsystem
from pants.util.docutil import bin_name
from pants.util.strutil import help_text, softwrap

from hash_locks.carried.environments import DEFAULT_PLATFORMS, PlatformError, served


class HashLocks(Subsystem):
    options_scope = "hash-locks"
    name = "hash-locks"
    help = help_text("""
        Makes the locks of `[python].resolves` through pip-tools: pip requirements files with a
        hash for every file that may be installed, which pip reads without Pants as well.

        A lock serves every Python that its resolve admits
        (`[python].resolves_to_interpreter_constraints`) on every platform of
        `[hash-locks].platforms`; what some of them alone need has a marker.
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

    platforms = StrListOption(
        default=list(DEFAULT_PLATFORMS),
        help=softwrap("""
            What locks are for beside Pythons: system, processor, and the oldest C library, or macOS,
            that they have to run with. For instance `linux-aarch64-musl1.2`.
            """),
    )
    cooldown_days = IntOption(
        default=3,
        help=softwrap("""
            How many days a file must have been on the index before a lock takes it. Most malicious or
            broken releases are withdrawn within days. What a lock holds already stays.
            """),
    )
    cooldown_exempt = StrListOption(
        default=[],
        help=softwrap("""
            Projects, by name, that the cool-down leaves alone. For instance those of an index that does
            not tell when a file was uploaded: nothing of them ever cools down. Name no project that
            strangers could upload to an index you use.
            """),
    )

    def checked_platforms(self) -> tuple[str, ...]:
        """The platforms; raises PlatformError."""
        try:
            served(["3.9"], self.platforms)
        except PlatformError as error:
            raise PlatformError(f"[{self.options_scope}].platforms: {error}") from None
        return tuple(self.platforms)

    def globs(self, resolve: str) -> tuple[str, ...]:
        """Where the requirements of a resolve are."""
        return tuple(self.inputs.get(resolve, (self.input.format(resolve=resolve),)))


class PipTools(PythonToolBase):
    options_scope = "pip-tools"
    name = "pip-tools"
    help = "Resolves locks with pip's own resolver (https://pip-tools.readthedocs.io)."

    default_version = "pip-tools>=7.5"
    default_requirements = ["pip-tools>=7.5"]
    default_main = ConsoleScript("pip-compile")
    register_interpreter_constraints = True
    default_interpreter_constraints = ["CPython>=3.9,<3.16"]
    default_lockfile_resource = ("hash_locks.locks", "pip-tools.lock")

    @classmethod
    def _default_package_name_and_version(cls) -> None:  # type: ignore[override,unused-ignore]
        """Nothing: newer Pants read it from the lock, in formats that this one is not in."""


def pythons(resolve: str, python_setup: PythonSetup) -> tuple[str, ...]:
    """The minor versions, such as `3.9`, that a resolve admits, from the oldest on; raises ValueError."""
    constraints = InterpreterConstraints(
        python_setup.resolves_to_interpreter_constraints.get(
            resolve, python_setup.interpreter_constraints
        )
    )
    universe = python_setup.interpreter_versions_universe
    found = constraints.partition_into_major_minor_versions(universe)
    if not found:
        raise ValueError(
            f"The resolve `{resolve}` is for {constraints}, which admits no Python of "
            "[python].interpreter_versions_universe."
        )
    return tuple(sorted(found, key=lambda each: tuple(map(int, each.split(".")))))


def prior_to(resolve: str, python_setup: PythonSetup) -> str:
    """The moment, in UTC, before which everything that a resolve locks was uploaded; empty without one.

    That is `[python].resolves_to_uploaded_prior_to`, which Pants has from 2.32 on; without a time zone it is
    UTC, so that a lock is the same wherever it is made. Raises ValueError if it is no date.
    """
    dates: Any = getattr(python_setup, "resolves_to_uploaded_prior_to", dict)
    told = dates().get(resolve)
    if not told:
        return ""
    try:
        # Python 3.9 knows no Z.
        moment = datetime.fromisoformat(re.sub("[Zz]$", "+00:00", told))
    except ValueError:
        raise ValueError(
            f"[python].resolves_to_uploaded_prior_to has {told!r} for `{resolve}`: expected a date such as "
            "2026-03-16T00:00:00Z."
        ) from None
    zone = moment.tzinfo or timezone.utc
    return moment.replace(tzinfo=zone).astimezone(timezone.utc).isoformat()
