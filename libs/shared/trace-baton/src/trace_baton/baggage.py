"""The `baggage` header of W3C Baggage: an application's own values, carried along.

Source: https://www.w3.org/TR/baggage/.
"""

import re
from typing import Dict, Iterable, Iterator, List, Mapping, Optional
from urllib.parse import quote, unquote

from trace_baton.w3c import OWS

MAX_BYTES = 8192
MAX_MEMBERS = 180

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*"
_KEY = re.compile(_TOKEN)
# For text without blanks around it: two ways to share out a run of blanks take quadratic time.
_PAIR = re.compile(rf"({_TOKEN})[ \t]*=[ \t]*({_VALUE})")
_PROPERTY = re.compile(rf"({_TOKEN})[ \t]*(?:(=)[ \t]*({_VALUE}))?")


class Baggage(Mapping[str, str]):
    """An immutable mapping of names (HTTP tokens) to values (any text).

    A member that was received is kept as it came, with its properties, until it is changed; the
    header is read when somebody asks what is in it.

    >>> tenant = Baggage({"tenant": "Müller & Co"})
    >>> tenant.header
    'tenant=M%C3%BCller%20%26%20Co'
    >>> tenant.updated({"region": "eu", "tenant": None})
    Baggage({'region': 'eu'})
    """

    __slots__ = ("_received", "_parsed", "_header")

    def __init__(self, values: Optional[Mapping[str, str]] = None) -> None:
        """Raise ValueError if a name is no token, TypeError if a value is not a string."""
        self._received = ""
        self._parsed: Optional[Dict[str, str]] = {
            key: _encode(key, value) for key, value in (values or {}).items()
        }
        self._header: Optional[str] = None

    @classmethod
    def parse(cls, values: Iterable[str]) -> "Baggage":
        """Read the header's values, in their order; whatever is not valid is left out.

        The last of several members with one name stays. At most `MAX_BYTES` characters and
        `MAX_MEMBERS` members are read, in linear time.
        """
        baggage = cls()
        baggage._received = shortened(",".join(values), MAX_BYTES)
        baggage._parsed = None
        return baggage

    def updated(self, changes: Mapping[str, Optional[str]]) -> "Baggage":
        """Return a copy with values set, and with those set to None removed.

        Errors are those of the constructor.
        """
        members = dict(self._members)
        for key, value in changes.items():
            members.pop(key, None)
            if value is not None:
                members[key] = _encode(key, value)
        copy = Baggage()
        copy._parsed = members
        return copy

    @property
    def _members(self) -> Dict[str, str]:
        # Two threads may both do this; they find the same.
        if self._parsed is None:
            self._parsed = _parse_members(self._received)
        return self._parsed

    @property
    def header(self) -> str:
        """The header's value: as many members, in their order, as its limits admit."""
        if self._header is None:
            self._header = self._encoded()
        return self._header

    def behind(self, header: str) -> str:
        """Return another header's value and behind it, as far as the limits admit, what it lacks of this."""
        taken = Baggage.parse((header,))
        ours = self.updated({key: None for key in taken})._encoded(len(header))
        return ",".join(filter(None, (header, ours)))

    def _encoded(self, size: int = -1) -> str:
        parts: List[str] = []
        for key, encoded in self._members.items():
            size += len(key) + len(encoded) + 2
            if size > MAX_BYTES or len(parts) == MAX_MEMBERS:
                break
            parts.append(f"{key}={encoded}")
        return ",".join(parts)

    def __getitem__(self, key: str) -> str:
        return unquote(self._members[key].partition(";")[0], errors="replace")

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __repr__(self) -> str:
        return f"Baggage({dict(self)})"


def shortened(header: str, limit: int) -> str:
    """Return the header's value without the members, from the end, that exceed the limit."""
    return header if len(header) <= limit else header[: limit + 1].rpartition(",")[0]


def _encode(key: str, value: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(
            f"baggage name {key!r} is not a token: use letters, digits and !#$%&'*+-.^_`|~ "
            "(RFC 9110, section 5.6.2)"
        )
    if not isinstance(value, str):
        raise TypeError(f"baggage value of {key!r} is {value!r}, expected a string")
    # As encodeURIComponent does: some readers take a bare "+" for a space.
    return quote(value, safe="!'()*", errors="replace")


def _parse_members(text: str) -> Dict[str, str]:
    members: Dict[str, str] = {}
    for part in text.split(",")[:MAX_MEMBERS]:
        pair, *properties = part.split(";")
        match = _PAIR.fullmatch(pair.strip(OWS))
        if match is None:
            continue
        key, value = match.groups()
        if properties:
            value = ";".join((value, *filter(None, map(_parse_property, properties))))
        # The last of one name stays, in its own place.
        members.pop(key, None)
        members[key] = value
    return members


def _parse_property(text: str) -> Optional[str]:
    match = _PROPERTY.fullmatch(text.strip(OWS))
    return "".join(match.groups("")) if match else None


EMPTY = Baggage()
