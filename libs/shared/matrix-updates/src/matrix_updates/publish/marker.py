"""What a request remembers of itself, in a comment that nobody sees. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import Optional

_MARKER = re.compile(r"<!-- matrix-updates: (\{[^\n<>]*\}) -->")
_FOOTER = (
    "---\n"
    "Made by `matrix-updates`, which writes this text and this branch anew when there is news.\n"
    "Push a commit to the branch and it is yours; close this and it stays closed until samples or "
    "pins are others.\n"
)


@dataclass(frozen=True)
class Marker:
    """`identity` is of samples and pins, `text` of title and body, `ready` what was published last.

    `closed` is set where this program closed the request itself.
    """

    identity: str
    text: str
    ready: bool
    closed: bool = False


def signed(title: str, body: str, *, identity: str, ready: bool) -> str:
    """The body of a request with its footer and its marker."""
    text = hashlib.sha256(f"{title}\n{body}".encode()).hexdigest()
    return f"{body}\n{_FOOTER}{written(Marker(identity, text, ready))}\n"


def written(marker: Marker) -> str:
    """The marker as a comment."""
    return f"<!-- matrix-updates: {json.dumps(asdict(marker), sort_keys=True)} -->"


def read(body: str) -> Optional[Marker]:
    """The marker of a request's body, the last if somebody quoted one; None without one."""
    found = _MARKER.findall(body)
    try:
        data = json.loads(found[-1]) if found else {}
        return Marker(
            str(data["identity"]), str(data["text"]), data["ready"] is True, data["closed"] is True
        )
    except (ValueError, KeyError, RecursionError):
        return None


def closed_by_us(body: str) -> str:
    """The body of a request that this program closes, so that it is no person's decision."""
    marker = read(body)
    if marker is None:
        return body
    closed = Marker(marker.identity, marker.text, marker.ready, closed=True)
    return _MARKER.sub(lambda _: written(closed), body)
