from __future__ import annotations

import logging
from typing import Any

import pytest

from version_matrix.cells.remarks import remarks_on


@pytest.mark.parametrize(
    "given, level, how, mend",
    [
        ({"as_known": "a\nbug"}, logging.INFO, "failed, as known (a bug)", ""),
        (
            {"on_trial": True},
            logging.INFO,
            "failed on trial, on a Python that its release does not claim",
            "",
        ),
        # A cell that has tested nothing looks green.
        (
            {"skipped": ("no redis-server", "no initdb")},
            logging.WARNING,
            "skipped every test, and so tested nothing (no redis-server; no initdb)",
            "If that is for want of a program: Mend it. Named in `programs` of the stanza, it is "
            "looked for beforehand.",
        ),
    ],
)
def test_what_the_list_of_results_does_not_show(
    given: dict[str, Any], level: int, how: str, mend: str
) -> None:
    nothing: dict[str, Any] = {"as_known": None, "on_trial": False, "skipped": ()}
    (remark,) = remarks_on("lib:matrix#1.0", **{**nothing, **given}, mend="Mend it.")
    assert (remark.address, remark.kind) == ("lib:matrix#1.0", "cell")
    assert (remark.level, remark.how, remark.mend) == (level, how, mend)
    assert list(remarks_on("lib:matrix#1.0", **nothing, mend="Mend it.")) == []
