"""The field in which a test says what programs it wants."""

from __future__ import annotations

import re
from typing import Iterable, Optional

from pants.engine.addresses import Address
from pants.engine.target import InvalidFieldException, StringSequenceField
from pants.util.strutil import help_text

_NAMES = re.compile(r"[\w.+-]+(\|[\w.+-]+)*")


class ProgramsField(StringSequenceField):
    alias = "programs"
    help = help_text("""
        Programs of the system that the tests cannot do without; of names divided by `|` one is
        enough. For instance `["redis-server|valkey-server"]`.

        They are searched along `[test-programs].search_path` and are on the PATH of cells. Other
        tests have the PATH that Pants gives to all of them, and find what lies elsewhere in
        `MATRIX_PROGRAMS`, which names each program as `PATH=HASH`. Where
        one is missing the tests are not run, which is told in the last lines; where `CI` is set it
        is an error. A result is remembered for the programs it was made with.
        """)

    @classmethod
    def compute_value(
        cls, raw_value: Optional[Iterable[str]], address: Address
    ) -> Optional[tuple[str, ...]]:
        value = super().compute_value(raw_value, address)
        for names in value or ():
            if not _NAMES.fullmatch(names):
                raise InvalidFieldException(
                    f"The {cls.alias!r} field in target {address} has {names!r}: expected the name "
                    "of a program, such as 'initdb', or several of which one will do, divided by '|'"
                )
        return value
