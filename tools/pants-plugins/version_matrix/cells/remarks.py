"""What the list of results does not show of a cell, for the last lines of a run. Pure."""

from __future__ import annotations

import logging
from typing import Iterator, Sequence

from version_matrix.not_run.requests import Remark


def remarks_on(
    address: str, *, as_known: str | None, on_trial: bool, skipped: Sequence[str], mend: str
) -> Iterator[Remark]:
    """What to say of a cell that was run.

    `as_known` is the reason of a known failure that failed, `on_trial` whether a trial did, `skipped`
    why all of its tests were skipped, `mend` what brings programs to the machine.
    """
    if as_known:
        yield Remark(address, "cell", f"failed, as known ({_line(as_known)})", "", logging.INFO)
    if on_trial:
        how = "failed on trial, on a Python that its release does not claim"
        yield Remark(address, "cell", how, "", logging.INFO)
    if skipped:
        how = f"skipped every test, and so tested nothing ({_line('; '.join(skipped))})"
        advice = (
            f"If that is for want of a program: {mend} Named in `programs` of the stanza, it is looked "
            "for beforehand."
        )
        yield Remark(address, "cell", how, advice, logging.WARNING)


def _line(text: str) -> str:
    """The text without its line ends."""
    return " ".join(text.split())
