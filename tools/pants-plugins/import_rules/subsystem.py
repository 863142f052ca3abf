"""`[import-rules]`: who may depend on whom."""

from __future__ import annotations

from typing import Any

from pants.option.option_types import DictOption, SkipOption, StrListOption
from pants.option.subsystem import Subsystem
from pants.util.strutil import help_text

from import_rules.tables import rooms_of, zones_of
from import_rules.violations import Tables


class ImportRules(Subsystem):
    options_scope = "import-rules"
    name = "import-rules"
    help = help_text("""
        Which part of the repository may depend on which, and in which direction the modules of a
        package may use one another. By paths alone: there is nothing to declare in BUILD files.

        `lint` lists every violation with both its ends; `test`, `check` and whatever else asks for
        the dependencies of a target refuse it.
        """)

    skip = SkipOption("lint")

    zones = DictOption[Any](
        default={},
        help=help_text("""
            Folder -> the zones that may depend on it besides itself: a list of them, or `all`. In
            a folder `*` stands for one name, and makes each folder that matches a zone of its own;
            the most precise of those that match a path is its zone. What is in no zone is a
            violation by itself, the root aside. Without any zone nothing is checked.

            For example, `{"libs/*" = "all", "services/*" = []}`.
            """),
    )
    outside = StrListOption(
        default=[],
        help="Zones that may depend on every other, and nothing on them, such as `tests`.",
    )
    exceptions = DictOption[Any](
        default={},
        help=help_text("""
            Zone -> folders in other zones that it may depend on all the same.

            For example, `{infra = ["services/*/infra"]}`.
            """),
    )
    rooms = DictOption[Any](
        default={},
        help=help_text("""
            Folder of a package -> `order`, the folders or modules directly in it, of which each may
            use those before it and itself; and `beside`, those that all may use and that may use
            all. Modules in the package's own folder that are in neither come last. What Python or
            pytest load by themselves (`__init__.py`, `conftest.py`) may be anywhere above.

            For example, `{"libs/shop" = {order = ["model", "store", "web"], beside = ["log.py"]}}`.
            """),
    )

    def tables(self) -> Tables:
        """All of them, checked; raises TableError."""
        return Tables(zones_of(self.zones, self.outside, self.exceptions), rooms_of(self.rooms))
