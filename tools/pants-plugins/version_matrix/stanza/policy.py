"""`[version-matrix]`: the policy that suites fall back on, and the tools behind the plugin."""

from __future__ import annotations

import re
from enum import Enum

from pants.option.option_types import (
    DictOption,
    EnumOption,
    IntOption,
    SkipOption,
    StrListOption,
    StrOption,
)
from pants.option.subsystem import Subsystem
from pants.util.strutil import help_text, softwrap

from version_matrix.stanza import python_names
from version_matrix.stanza.conditions import SuiteError
from version_matrix.stanza.suite import parse_projects, parse_requirement

_PLATFORM = re.compile(
    r"^(linux-\w+-(glibc|musl)\d+\.\d+|macos-(arm64|x86_64)-\d+\.\d+)$", re.ASCII
)


TIERS = ("lowest", "latest", "major", "prerelease", "between")
BREADTHS = ("ends", "ends-and-second", "all")


class PolicyError(ValueError):
    """An option of `[version-matrix]` holds what it may not; the text says what was expected."""


class MissingInterpreters(Enum):
    """What a cell does whose Python is not on the machine."""

    AUTO = "auto"
    ERROR = "error"
    SKIP = "skip"


class Trials(Enum):
    """What a cell means for a run that fails on a Python its release does not claim."""

    REPORT = "report"
    BLOCK = "block"


class Combine(Enum):
    """Which releases of several packages are tested together."""

    CORNERS = "corners"
    PAIRS = "pairs"
    ALL = "all"


class VersionMatrix(Subsystem):
    options_scope = "version-matrix"
    name = "Version matrix"
    help = help_text("""
        Tests every integrated package on a representative sample of its releases.

        Which releases, on which Pythons, follows from these options and from each
        `python_matrix_tests` target; `generate-matrix` writes it down, `test` runs it.
        """)

    skip = SkipOption("test")

    target_pythons = StrListOption(
        default=["3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0"],
        help=softwrap("""
            The Pythons that suites are tested on, each with the lowest patch level that runs
            its cells: locks are made to hold from that patch level on. For instance `3.12.1`.
            """),
    )
    platforms = StrListOption(
        default=["linux-x86_64-glibc2.28", "macos-arm64-14.0"],
        help=softwrap("""
            The systems that locks hold for, each by system, processor and the oldest C library or
            macOS that it stands for; the one that cells run on first. A release is tested if it can be
            installed on the first. For instance `linux-aarch64-glibc2.28`.
            """),
    )
    samples = IntOption(
        default=5,
        help="How many stable releases of a package to test, unless its suite says otherwise.",
    )
    cooldown_days = IntOption(
        default=3,
        help=softwrap("""
            How many days a release must have been on the index before anything takes it, be it a
            sample or a pin in a lock. Most malicious or broken releases are withdrawn within days.
            """),
    )
    cooldown_exempt = StrListOption(
        default=[],
        help=softwrap("""
            Projects, by name, whose pins the cool-down leaves alone. For instance those of an index
            that does not tell when a file was uploaded: nothing of them ever cools down. Name no
            project that strangers could upload to an index you use.
            """),
    )
    prerelease_days = IntOption(
        default=180,
        help=softwrap("""
            How many days after its upload a prerelease above the newest stable release is tested.
            """),
    )
    max_majors = IntOption(
        default=3,
        help="The newest release of each of this many newest majors is always tested.",
    )
    pythons = DictOption[str](
        default={"*": "ends", "latest": "ends-and-second"},
        help=softwrap("""
            On how many of its Pythons a sample is tested, by tier, or `*` for the others: `ends` (the
            oldest and the newest), `ends-and-second` (the oldest and the two newest) or `all`.
            """),
    )
    combine = EnumOption(
        default=Combine.CORNERS,
        help=softwrap("""
            Which combinations are tested of a suite with `axes` that does not say: `corners` (all
            floors, all newest, each floor with the others' newest, and each further sample once),
            `pairs` (every two samples, and every sample and Python, in as few cells as can be) or
            `all`.
            """),
    )
    trials = EnumOption(
        default=Trials.REPORT,
        help=softwrap("""
            Whether a cell that fails on a Python which its release admits, but does not claim, is told of
            and no more, or fails the run as any other.
            """),
    )
    upstream = StrOption(
        default=None,
        advanced=True,
        metavar="SAMPLE",
        help=softwrap("""
            A sample, such as `0.28.1`, to be locked with the `upstream` that its suite names in the place
            of the release. For `matrix-updates canary`, which throws away what is generated:
            `generate-matrix --check` refuses it.
            """),
    )
    base_requirements = StrListOption(
        default=["pytest>=7"],
        help=softwrap("""
            What the environment of every cell holds, as PEP 508 requirements. A suite that names
            the same project wins.
            """),
    )
    names_only = StrListOption(
        default=[],
        help=softwrap("""
            Addresses of `python_requirements` targets whose version ranges do not count in cells,
            for instance `3rdparty/python:integrations`. A cell gets such a project if its tests
            reach it, at whatever version its sample agrees with.
            """),
    )
    coverage_lock = StrOption(
        default=None,
        advanced=True,
        help=softwrap("""
            A lock with `pytest-cov`, laid over the environment of cells when `--use-coverage` asks
            for it, so that no sample's lock must hold it. By default the one the plugin brings.
            """),
    )
    missing_interpreters = EnumOption(
        default=MissingInterpreters.AUTO,
        help=softwrap("""
            Whether the cells of a Python that is not on this machine fail (`error`) or are left out
            (`skip`); the last lines of the run say which, and what brings the Python. `auto` is
            `error` where the environment variable `CI` is set, so that nothing looks tested that is
            not, and `skip` on a person's machine.
            """),
    )
    install_pythons_command = StrOption(
        default=None,
        help=softwrap("""
            The command that installs the Pythons of the matrix, told where one is missing. By
            default uv and pyenv are named.
            """),
    )

    def policy(self) -> dict[str, object]:
        """The sampling policy as release-sampler takes it; raises `PolicyError`."""
        self.checked_targets()
        for platform in self.platforms:
            if not _PLATFORM.match(platform):
                raise PolicyError(
                    f"[{self.options_scope}].platforms has {platform!r}: expected system, processor "
                    "and C library or macOS, such as linux-x86_64-glibc2.28 or macos-arm64-14.0"
                )
        if not self.platforms:
            raise PolicyError(f"[{self.options_scope}].platforms is empty")
        if not self.target_pythons:
            raise PolicyError(f"[{self.options_scope}].target_pythons is empty")
        if len(self._targets) < len(self.target_pythons):
            raise PolicyError(
                f"[{self.options_scope}].target_pythons has two of one minor version "
                f"({', '.join(self.target_pythons)}): expected one patch level of each"
            )
        for requirement in self.base_requirements:
            try:
                parse_requirement(requirement)
            except SuiteError as error:
                raise PolicyError(f"[{self.options_scope}].base_requirements: {error}") from None
        self.exempt_projects()
        numbers = {
            "samples": (self.samples, 1),
            "cooldown_days": (self.cooldown_days, 0),
            "prerelease_days": (self.prerelease_days, 0),
            "max_majors": (self.max_majors, 1),
        }
        for option, (value, least) in numbers.items():
            if value < least:
                raise PolicyError(
                    f"[{self.options_scope}].{option} is {value}: expected at least {least}"
                )
        return {
            "target_pythons": list(self.target_pythons),
            "platforms": list(self.platforms),
            "pythons": self._breadths(),
            **{option: value for option, (value, _) in numbers.items()},
        }

    def checked_targets(self) -> tuple[str, ...]:
        """The target Pythons with their patch levels, as given; raises `PolicyError` of what is none."""
        for python in self.target_pythons:
            problem = python_names.problem(python)
            if problem:
                raise PolicyError(
                    f"[{self.options_scope}].target_pythons has {python!r}: {problem}"
                )
        return tuple(self.target_pythons)

    def _breadths(self) -> dict[str, str]:
        wrong = {
            tier: breadth
            for tier, breadth in self.pythons.items()
            if tier not in ("*", *TIERS) or breadth not in BREADTHS
        }
        if wrong:
            raise PolicyError(
                f"[{self.options_scope}].pythons has {wrong!r}: expected a tier ({', '.join(TIERS)}) "
                f"or '*', and one of {', '.join(BREADTHS)}"
            )
        return dict(sorted(self.pythons.items()))

    def exempt_projects(self) -> tuple[str, ...]:
        """The normalized names in `cooldown_exempt`; raises `PolicyError`."""
        try:
            return parse_projects(self.cooldown_exempt)
        except SuiteError as error:
            raise PolicyError(f"[{self.options_scope}].cooldown_exempt: {error}") from None

    def patch_levels(self, minors: tuple[str, ...]) -> tuple[str, ...]:
        """The target Pythons of these minors (`3.12`) with their patch levels, ascending."""
        known = self._targets
        missing = [python for python in minors if python not in known]
        if missing:
            raise PolicyError(
                f"Python {', '.join(missing)} is not among [{self.options_scope}].target_pythons"
            )
        return tuple(sorted((known[python] for python in minors), key=python_names.age))

    def lowest_patch(self, minor: str) -> str:
        """The lowest Python that cells of this minor run on; any, once it is no target."""
        return self._targets.get(minor, python_names.lowest_patch(minor))

    @property
    def minors(self) -> tuple[str, ...]:
        """The target Pythons without patch levels (`3.12`), ascending."""
        return tuple(sorted(self._targets, key=python_names.age))

    @property
    def _targets(self) -> dict[str, str]:
        # Of what is no Python `policy` tells; whoever lists targets only shall not stumble over it.
        known = (each for each in self.target_pythons if python_names.problem(each) is None)
        return {python_names.minor(python): python for python in known}
