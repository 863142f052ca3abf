"""The `traceparent` and `tracestate` headers of W3C Trace Context, levels 1 and 2.

Source: https://www.w3.org/TR/trace-context-1/ and https://www.w3.org/TR/trace-context-2/. Parsing is
strict and total: what is not valid gives nothing, and no input raises or costs more than linear time.
Where the levels differ on `tracestate`, as they do on its keys, level 2 is followed, as by the public
test harness.
"""

import re
from typing import Iterable, List, Optional, Tuple

SAMPLED = 0x01
"""Flag: the caller may have recorded this trace."""

RANDOM = 0x02
"""Flag (level 2): at least the last seven bytes of the trace id are random."""

KNOWN_FLAGS = SAMPLED | RANDOM

OWS = " \t"
"""Optional white space around header values (RFC 9110, section 5.6.3)."""

MAX_TRACEPARENT = 512
"""Characters; a header of a future version may be longer than the 55 of version 00, within reason."""

MAX_TRACESTATE = 2048
"""Characters sent; the recommendation asks for 512 at least, and servers accept about 8 KiB in all."""

MAX_TRACESTATE_MEMBERS = 32

MAX_FIELD = 32768
"""Characters received; no valid list is this long, but for white space."""

# Every request is matched; that no id is all zero is faster to ask of the ids than of the text.
_IDS_AND_FLAGS = r"-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})"
_version_00 = re.compile(rf"00{_IDS_AND_FLAGS}").fullmatch
# Anything may follow but a comma, by which servers join several headers of one name.
_LATER_VERSION = re.compile(rf"(?!00|ff)[0-9a-f]{{2}}{_IDS_AND_FLAGS}(?:-[^,]*)?")
_NO_TRACE = "0" * 32
_NO_SPAN = "0" * 16

_FLAGS = {f"{bits:02x}": bits for bits in range(256)}
"""Flags by their text: every request reads and writes them, and a table is faster than numbers."""

_FLAGS_TEXT = tuple(_FLAGS)

# Level 2, section 3.3.1.3.1, Key; members have no blanks around them when they are matched.
_MEMBER = re.compile(
    r"([a-z0-9][a-z0-9_*/@-]{0,255})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)


Traceparent = Tuple[str, str, int]
"""Trace id, span id of the caller, flags; a bare tuple, because every request makes one."""


def parse_traceparent(value: str) -> Optional[Traceparent]:
    """Read one header value; None if it is not valid, and then the trace starts anew.

    Flags that the version does not define are dropped. Of a version later than 00 only `sampled` is
    read, and anything may follow the flags after a dash (section 3.2.4, Versioning of traceparent).
    """
    known = KNOWN_FLAGS
    match = _version_00(value)
    if match is None:
        if len(value) > MAX_TRACEPARENT:
            return None
        value = value.strip(OWS)
        match = _version_00(value)
        if match is None:
            known = SAMPLED
            match = _LATER_VERSION.fullmatch(value)
            if match is None:
                return None
    trace_id, span_id, flags = match.groups()
    if trace_id == _NO_TRACE or span_id == _NO_SPAN:
        return None
    return trace_id, span_id, _FLAGS[flags] & known


def format_traceparent(trace_id: str, span_id: str, flags: int) -> str:
    """Return the header value, in version 00; flags are 0 to 255."""
    return f"00-{trace_id}-{span_id}-{_FLAGS_TEXT[flags]}"


def parse_tracestate(values: Iterable[str]) -> str:
    """Join the header's values, in their order, into one; "" if any part of them is not valid.

    Members keep their order and bytes; empty members and white space between them go. Of several
    with one key the first stays, which is the most recent (section 3.3.1.3, list-members). A list that
    is too long to send loses members as section 3.3.1.5 (Limits) says: from the end, those above 128
    characters first.
    """
    text = ",".join(values)
    if len(text) > MAX_FIELD:
        return ""
    members: List[str] = []
    keys = set()
    for part in text.split(","):
        member = part.strip(OWS)
        if not member:
            continue
        match = _MEMBER.fullmatch(member)
        if match is None:
            return ""
        if match[1] not in keys:
            keys.add(match[1])
            members.append(member)
    if len(members) > MAX_TRACESTATE_MEMBERS:
        return ""
    while sum(map(len, members)) + len(members) - 1 > MAX_TRACESTATE:
        members.remove(([m for m in members if len(m) > 128] or members)[-1])
    return ",".join(members)
