"""Names of files that no file system would take. Pure."""

from __future__ import annotations

from typing import Iterable

from version_matrix.stanza.samples_file import Sample
from version_matrix.stanza.suite import Suite

# Of bytes, on all that are in use (NAME_MAX).
_LONGEST = 255


def too_long(suite: Suite, samples: Iterable[Sample]) -> str | None:
    """Why the names of combinations are too long; None if they are not.

    The longest is that of a result, which has the address of its cell.
    """
    names = (
        f"{suite.address.lstrip('/')}#{sample.name},python={python}.xml"
        for sample in samples
        for python in sample.pythons
    )
    longest = max(names, key=len, default="")
    if not suite.axes or len(longest) <= _LONGEST:
        return None
    return (
        f"results would have names of {len(longest)} characters, and file systems take {_LONGEST}: "
        f"name fewer packages in `axes`, or let the suite lie less deep ({longest})"
    )
