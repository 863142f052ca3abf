"""The failed tests of a JUnit file, under the names and with the texts that a report has of them."""

from __future__ import annotations

from typing import List, Optional, Tuple
from xml.etree.ElementTree import Element, ParseError, fromstring

from .grouping import FailedTest
from .symptom import shortened, without_colour

MAX_NAME = 500


def failed_tests(data: bytes) -> Tuple[FailedTest, ...]:
    """Of a file that pytest wrote on this machine; one that cannot be read has none."""
    try:
        root = fromstring(data)
    except (ParseError, LookupError, ValueError):
        return ()
    found: List[FailedTest] = []
    for case in root.iter("testcase"):
        text = failure_text(case)
        if text is not None:
            found.append(FailedTest(name_of_test(case), text))
    return tuple(found)


def failure_text(case: Element) -> Optional[str]:
    """What is written of a test case that failed; None for any other."""
    texts = [
        text
        for kind in ("failure", "error")
        for found in case.findall(kind)
        for text in (found.text or found.get("message") or kind,)
    ]
    return shortened(without_colour("\n".join(texts)).strip()) if texts else None


def name_of_test(case: Element) -> str:
    """`tests.test_client.TestClient::test_get`."""
    names = [case.get("classname") or "", case.get("name") or ""]
    return ("::".join(name for name in names if name) or "unnamed")[:MAX_NAME]
