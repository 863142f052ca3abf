"""The pins of a lock: as text, in the format that pip reads, and as values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterable, Iterator

from packaging.markers import InvalidMarker, Marker
from packaging.utils import canonicalize_name

_PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:===?(?P<version>[^\s;\\]+)| @ (?P<url>\S+))"
    r"(?: *; *(?P<marker>[^\\\n]*[^\\\s]))?"
)
_HASH = re.compile(r"--hash=(\S+)")


@dataclass(frozen=True)
class Pin:
    """One project at one release.

    Attributes:
        name: normalized (PEP 503).
        version: `""` for a direct reference, which has a `url`.
        marker: where it is needed, as PEP 508 has it; `""` is everywhere.
        hashes: of every file that may be installed.
        via: who requires it: names of projects, and `-r FILE` for an input.
    """

    name: str
    version: str
    url: str = ""
    marker: str = ""
    hashes: frozenset[str] = field(default=frozenset())
    via: frozenset[str] = field(default=frozenset())

    @property
    def release(self) -> tuple[str, str, str]:
        """What it is, wherever it is needed."""
        return self.name, self.version, self.url

    def __str__(self) -> str:
        """As pip reads it, without hashes."""
        pinned = f"{self.name} @ {self.url}" if self.url else f"{self.name}=={self.version}"
        return f"{pinned} ; {self.marker}" if self.marker else pinned


def parse(text: str) -> tuple[Pin, ...]:
    """The pins of a lock, of what a resolver printed, or of what a merge conflict left of them."""
    return tuple(_pin(lines) for lines in _blocks(text))


def marker_of(pin: Pin) -> Marker | None:
    """Where a pin is needed; None is everywhere. Also for what somebody made of a marker by hand."""
    try:
        return Marker(pin.marker) if pin.marker else None
    except InvalidMarker:
        return None


def render(pins: Iterable[Pin]) -> str:
    """The text of a lock's pins: sorted, and the same for the same pins."""
    return "".join(f"{line}\n" for pin in sorted(pins, key=_order) for line in _lines(pin))


def _order(pin: Pin) -> tuple[str, str, str]:
    return pin.name, pin.marker, pin.version


def _lines(pin: Pin) -> Iterator[str]:
    yield " \\\n    ".join([str(pin), *(f"--hash={each}" for each in sorted(pin.hashes))])
    via = sorted(pin.via)
    if len(via) == 1:
        yield f"    # via {via[0]}"
    elif via:
        yield "    # via"
        yield from (f"    #   {each}" for each in via)


def _blocks(text: str) -> Iterator[list[str]]:
    block: list[str] = []
    for line in text.splitlines():
        if _PIN.match(line):
            if block:
                yield block
            block = [line]
        elif block and line.startswith((" ", "\t")):
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _pin(lines: list[str]) -> Pin:
    match = _PIN.match(lines[0])
    assert match is not None
    comments = [line.strip(" \t#") for line in lines[1:] if line.lstrip().startswith("#")]
    if comments:
        comments[0] = comments[0][len("via") :].strip()
    return Pin(
        canonicalize_name(match["name"]),
        match["version"] or "",
        match["url"] or "",
        match["marker"] or "",
        frozenset(_HASH.findall("\n".join(lines))),
        frozenset(filter(None, comments)),
    )
