"""Times as indexes write them and as the snapshot keeps them: UTC, to the second."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_ISO_8601 = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(?P<zone>Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 date or time as an aware UTC time; without a zone it is taken for UTC.

    Fractions of a second are dropped. (`datetime.fromisoformat` of Python 3.9 knows neither "Z" nor
    fractions of other than three or six digits, and indexes write both.)

    >>> parse_time("2026-11-21T07:00:00.25+01:00").isoformat()
    '2026-11-21T06:00:00+00:00'

    Raises `ValueError` if the text is neither.
    """
    match = _ISO_8601.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a time like 2026-11-21T06:00:00Z")
    zone = (match["zone"] or "Z").upper()
    offset = "+00:00" if zone == "Z" else f"{zone[:3]}:{zone[-2:]}"
    try:
        local = datetime.fromisoformat(f"{match['day']}T{match['time'] or '00:00'}{offset}")
        return local.astimezone(timezone.utc)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:40]!r} is not a time: {error}") from error


def format_time(time: datetime) -> str:
    """Write an aware time as the snapshot does: `2026-11-21T06:00:00Z`."""
    return time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def days_after(time: datetime, days: int) -> datetime:
    """The time `days` later (earlier if negative); at the ends of the calendar, its last or first moment."""
    try:
        return time + timedelta(days=days)
    except OverflowError:
        extreme = datetime.max if days > 0 else datetime.min
        return extreme.replace(microsecond=0, tzinfo=timezone.utc)
