"""When each Python 3 was first released, and when its support ends.

From the developer's guide of Python (devguide.python.org/versions, and its release-cycle.json), which follows the release
schedules PEP 361 to PEP 790; written down in November 2026. Where only the month of an end is fixed, its
last day stands here. A new Python is a line here, and nothing else in this library.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

#: Python -> its first final release, its end of support.
_DATES: Mapping[str, tuple[date, date]] = {
    "3.0": (date(2008, 12, 3), date(2009, 6, 27)),
    "3.1": (date(2009, 6, 27), date(2012, 4, 9)),
    "3.2": (date(2011, 2, 20), date(2016, 2, 20)),
    "3.3": (date(2012, 9, 29), date(2017, 9, 29)),
    "3.4": (date(2014, 3, 16), date(2019, 3, 18)),
    "3.5": (date(2015, 9, 13), date(2020, 9, 30)),
    "3.6": (date(2016, 12, 23), date(2021, 12, 23)),
    "3.7": (date(2018, 6, 27), date(2023, 6, 27)),
    "3.8": (date(2019, 10, 14), date(2024, 10, 7)),
    "3.9": (date(2020, 10, 5), date(2025, 10, 31)),
    "3.10": (date(2021, 10, 4), date(2026, 10, 31)),
    "3.11": (date(2022, 10, 24), date(2027, 10, 31)),
    "3.12": (date(2023, 10, 2), date(2028, 10, 31)),
    "3.13": (date(2024, 10, 7), date(2029, 10, 31)),
    "3.14": (date(2025, 10, 7), date(2030, 10, 31)),
    "3.15": (date(2026, 10, 1), date(2031, 10, 31)),
}

FIRST_FINAL: Mapping[str, date] = {minor: first for minor, (first, _) in _DATES.items()}
END_OF_SUPPORT: Mapping[str, date] = {minor: end for minor, (_, end) in _DATES.items()}
