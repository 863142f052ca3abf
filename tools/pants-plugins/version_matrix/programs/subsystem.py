"""`[test-programs]`: where programs are searched, and what installs them."""

from __future__ import annotations

from pants.option.option_types import StrListOption, StrOption
from pants.option.subsystem import Subsystem
from pants.util.strutil import softwrap


class SystemPrograms(Subsystem):
    options_scope = "test-programs"
    help = "Programs of the system that tests declare in the field `programs`."

    search_path = StrListOption(
        default=[
            "<PATH>",
            "/opt/homebrew/bin",
            "/usr/local/bin",
            "/usr/bin",
            "/bin",
            # Debian keeps the programs of each version of PostgreSQL off PATH.
            "/usr/lib/postgresql/*/bin",
        ],
        help=softwrap("""
            Folders, or globs of folders, where programs are searched, the first that has one first;
            of those that a glob matches the one with the highest number. `<PATH>` stands for the
            folders of the environment variable.
            """),
    )
    install_command = StrOption(
        default=None,
        help="The command that installs missing programs, told where one is missing.",
    )

    @property
    def mend(self) -> str:
        """What to do about a missing program."""
        if self.install_command:
            return f"To fix, run `{self.install_command}`."
        return f"Install it where [{self.options_scope}].search_path leads."
