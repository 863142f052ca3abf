"""The JUnit file of a cell: of one for which pytest wrote none, so that no earlier one stands for it;
and of one in which nothing was tested.

Pure. matrix-results reads it: `matrix_results.junit`.
"""

from __future__ import annotations

import datetime
import re
from enum import Enum
from xml.etree import ElementTree

from pants.engine.addresses import Address

# What XML 1.0 cannot hold: https://www.w3.org/TR/xml/#charsets
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# More than a report takes of it.
_MAX_PRINTED = 15_000


class Ending(Enum):
    """Why there is no result: the tag of its element, and the element's type."""

    NOT_STARTED = ("error", "not-started")
    LEFT_OUT = ("skipped", "not-started")
    NO_RESULT = ("error", "no-result")


def results_file(cell: Address) -> str:
    """The name of a cell's JUnit file."""
    return f"{cell.path_safe_spec}.xml"


def without_result(why: str, printed: str) -> str:
    """What is told of a cell that left no result."""
    return f"{why}\n\n{printed[-_MAX_PRINTED:]}".rstrip()


def stand_in(
    cell: Address,
    ending: Ending,
    why: str,
    *,
    lock: str,
    at: datetime.datetime,
    printed: str = "",
) -> bytes:
    """A JUnit file of one test case that did not run; `lock` is the digest of the cell's pins.

    `printed` is what there is of output, whose end tells most.
    """
    tag, kind = ending.value
    suite = ElementTree.Element(
        "testsuite",
        {
            "name": lock,
            "tests": "1",
            "errors": str(int(tag == "error")),
            "failures": "0",
            "skipped": str(int(tag == "skipped")),
            "time": "0",
            "timestamp": at.isoformat(),
        },
    )
    case = ElementTree.SubElement(suite, "testcase", {"classname": "", "name": cell.spec})
    element = ElementTree.SubElement(
        case, tag, {"type": kind, "message": _UNPRINTABLE.sub("?", why)}
    )
    if printed:
        element.text = _UNPRINTABLE.sub("?", without_result(why, printed))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    text: bytes = ElementTree.tostring(root, encoding="utf-8")
    return text


def skipped_all(text: bytes) -> tuple[str, ...]:
    """Why the tests of a run were skipped, if all were: each reason once. Else nothing."""
    try:
        cases = list(ElementTree.fromstring(text).iter("testcase"))
    except ElementTree.ParseError:
        return ()
    reasons = []
    for case in cases:
        skipped = case.find("skipped")
        # An expected failure has run, and is written down as skipped all the same.
        if skipped is None or skipped.get("type") == "pytest.xfail":
            return ()
        reasons.append(skipped.get("message") or "no reason")
    return tuple(dict.fromkeys(reasons))
