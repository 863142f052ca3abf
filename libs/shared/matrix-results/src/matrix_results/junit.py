"""Reads the JUnit files that pytest writes, one for each cell.

The format is that of pytest's `--junit-xml` with `junit_family` `xunit1` or `xunit2`:
https://docs.pytest.org/en/stable/how-to/output.html#creating-junitxml-format-files
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Container, Dict, Iterable, Optional, Tuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from matrix_results.causes.junit_text import failure_text, name_of_test
from matrix_results.causes.symptom import shortened, without_colour
from matrix_results.errors import UnreadableResults
from matrix_results.model import MAX_FAILURES, Failure

NOT_STARTED = "not-started"
SELECTION = "selection"
MAX_FILE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Outcome:
    """What one JUnit file says: counts, seconds, when it ran, and the tests that failed.

    `lock` is the digest of the pins that it ran with, if the runner gave pytest one by
    `-o junit_suite_name=sha256:...`. `not_started` is why no test could start, in the words of
    the runner that wrote the file in pytest's place: the message of an `error` (or of a `skipped`,
    if it was left out on purpose) whose `type` is `not-started`. `selection` is what chose the
    tests, where the runner left some out: the value of a `property` of the suite of that name.
    """

    tests: int
    failed: int
    skipped: int
    seconds: float
    ran_at: Optional[datetime.datetime] = None
    lock: Optional[str] = None
    not_started: str = ""
    selection: str = ""
    failures: Tuple[Failure, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether at least one test passed and none failed."""
        return self.failed == 0 and self.tests > self.skipped


def read_folders(
    folders: Iterable[Path], wanted: Optional[Container[str]] = None
) -> Dict[str, Outcome]:
    """File name -> outcome, over the reports of one machine or of several shards.

    Other tests may write to the same folders: only files whose name is `wanted` are read, or all.

    A name found twice is the same cell run twice: the later counts, of equally late the failed.
    A folder that is not there holds nothing. Raises `UnreadableResults`, which names every file
    that cannot be read.
    """
    found: Dict[str, Outcome] = {}
    problems = []
    for folder in folders:
        for path in sorted(folder.glob("*.xml")):
            if wanted is not None and path.name not in wanted:
                continue
            try:
                outcome = read(path)
            except UnreadableResults as error:
                problems.append(str(error))
                continue
            known = found.get(path.name)
            if known is None or _precedence(outcome) > _precedence(known):
                found[path.name] = outcome
    if problems:
        raise UnreadableResults("\n".join(problems))
    return found


def read(path: Path) -> Outcome:
    """The outcome that a JUnit file holds; raises `UnreadableResults`."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UnreadableResults(
            f"{path} is larger than {MAX_FILE_BYTES} bytes: no result of a test run. Delete it"
        )
    return parse(path.read_bytes(), source=str(path))


def parse(data: bytes, *, source: str) -> Outcome:
    """The outcome that the text of a JUnit file holds; `source` names it in an error.

    Raises `UnreadableResults`. Entities and document types are refused: no JUnit file has them,
    and they are what XML bombs are made of.
    """
    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise UnreadableResults(f"{source} is refused: {type(error).__name__}") from None
    except (ParseError, LookupError, ValueError) as error:
        raise UnreadableResults(
            f"{source} is torn ({error}): delete it, and run its test again"
        ) from None
    if root.tag not in ("testsuites", "testsuite"):
        raise UnreadableResults(f"{source} is no JUnit file: its root is <{root.tag[:50]}>")
    return _outcome(root)


def _outcome(root: Element) -> Outcome:
    suites = list(root.iter("testsuite"))
    cases = list(root.iter("testcase"))
    failures = [failure for case in cases if (failure := _failure(case))]
    locks = {name for suite in suites if (name := suite.get("name", "")).startswith("sha256:")}
    return Outcome(
        tests=len(cases),
        failed=len(failures),
        skipped=sum(case.find("skipped") is not None and not _failure(case) for case in cases),
        seconds=sum(map(_seconds, suites)),
        ran_at=max((time for suite in suites if (time := _time(suite))), default=None),
        lock=min(locks, default=None),
        not_started=_not_started(cases),
        selection=_selection(root),
        failures=tuple(failures[:MAX_FAILURES]),
    )


def _failure(case: Element) -> Optional[Failure]:
    text = failure_text(case)
    return None if text is None else Failure(test=name_of_test(case), text=text)


def _not_started(cases: Iterable[Element]) -> str:
    reasons = (
        _told(found.get("message") or NOT_STARTED)
        for case in cases
        for found in case
        if found.tag in ("error", "skipped") and found.get("type") == NOT_STARTED
    )
    return next(reasons, "")


def _selection(root: Element) -> str:
    values = (
        _told(found.get("value") or SELECTION)
        for found in root.iterfind(".//testsuite/properties/property")
        if found.get("name") == SELECTION
    )
    return next(values, "")


def _told(text: str) -> str:
    """The text without colours, and not too long."""
    return shortened(without_colour(text).strip())


def _seconds(suite: Element) -> float:
    try:
        seconds = float(suite.get("time", "0"))
    except ValueError:
        return 0.0
    return min(seconds, 1e6) if seconds > 0 else 0.0


def _time(suite: Element) -> Optional[datetime.datetime]:
    """The suite's timestamp in UTC, to the second; without an offset it is of this machine."""
    try:
        time = datetime.datetime.fromisoformat(suite.get("timestamp", ""))
        return time.astimezone(datetime.timezone.utc).replace(microsecond=0)
    except (ValueError, OverflowError, OSError):
        return None


_EPOCH = datetime.datetime.fromtimestamp(0, datetime.timezone.utc)


def _precedence(outcome: Outcome) -> Tuple[datetime.datetime, bool]:
    return outcome.ran_at or _EPOCH, not outcome.passed
