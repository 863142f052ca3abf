"""What happens to a release, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """RELEASED: it is there and may be installed, for the first time. YANKED, UNYANKED: PEP 592.
    WITHDRAWN: the index no longer has it. RESTORED: it has it again.

    GONE, BACK: the same of a whole package. CLAIMED, ENDED: of a Python, which is the version."""

    RELEASED = "released"
    YANKED = "yanked"
    UNYANKED = "unyanked"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    GONE = "gone"
    BACK = "back"
    CLAIMED = "claimed"
    ENDED = "ended"


#: News for people: no release of a package, so nothing to update.
OF_PYTHONS = frozenset({Kind.CLAIMED, Kind.ENDED})


@dataclass(frozen=True)
class Event:
    """Something that happened to one release, or to a package. The same `key` is the same event, for
    ever."""

    key: str
    package: str
    #: Empty where the whole package is meant; a Python where that is the news.
    version: str
    kind: Kind
    #: The requirements under which the package is watched: "httpx>=0.16".
    requirements: tuple[str, ...]
    detected_at: datetime
    uploaded_at: datetime | None = None
    #: Of a yank, in the words of whoever did it; of news of a Python, what they rest on.
    reason: str = ""


_SENTENCES = {
    Kind.RELEASED: "{package} {version} is released",
    Kind.YANKED: "{package} {version} is yanked",
    Kind.UNYANKED: "{package} {version} is no longer yanked",
    Kind.WITHDRAWN: "{package} {version} is gone from the index",
    Kind.RESTORED: "{package} {version} is on the index again",
    Kind.GONE: "{package} is gone from the index, with all its releases",
    Kind.BACK: "{package} is on the index again",
    Kind.CLAIMED: "Python {version} is not tested on",
    Kind.ENDED: "Python {version} is still tested on",
}


def describe(event: Event) -> str:
    """One sentence without a full stop."""
    sentence = _SENTENCES[event.kind].format(package=event.package, version=event.version)
    return f"{sentence}: {event.reason}" if event.reason else sentence


def fields_of(event: Event) -> dict[str, Any]:
    """The event for machines: JSON values, times in RFC 3339."""
    return {
        "key": event.key,
        "kind": event.kind.value,
        "package": event.package,
        "version": event.version or None,
        "requirements": list(event.requirements),
        "detected_at": event.detected_at.isoformat(),
        "uploaded_at": event.uploaded_at.isoformat() if event.uploaded_at else None,
        "reason": event.reason,
    }
