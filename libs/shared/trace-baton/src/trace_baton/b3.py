"""B3, the headers of Zipkin: one field, `b3`, or several, `x-b3-...`.

Source: https://github.com/openzipkin/b3-propagation.
"""

import re
from typing import Dict, Mapping, NamedTuple, Optional, Tuple

from trace_baton.settings import B3, B3_FLAGS, B3_SAMPLED, B3_SPAN_ID, B3_TRACE_ID
from trace_baton.w3c import OWS

_TRACE_ID = re.compile(r"(?!0+$)(?:[0-9a-f]{32}|[0-9a-f]{16})")
_SPAN_ID = re.compile(r"(?!0+$)[0-9a-f]{16}")
_SAMPLED = {"1": True, "d": True, "true": True, "0": False, "false": False}
# Ids, sampling state, and the parent's id, which nobody reads; the state may stand alone.
_SINGLE = re.compile(r"(?:([0-9a-f]{16,32})-([0-9a-f]{16})(?:-([01d])(?:-[0-9a-f]{16})?)?|([01d]))")


class Caller(NamedTuple):
    """What B3 says: trace and span id of the caller, if any, and its decision, if it has taken one."""

    ids: Optional[Tuple[str, str]]
    sampled: Optional[bool]


def parse(found: Mapping[str, str]) -> Caller:
    """Read the fields, by their names in lower case, the single one first; what is not valid is nothing.

    A trace id of 64 bits is filled up with zeros.
    """
    match = _SINGLE.fullmatch(found.get(B3, "").strip(OWS))
    if match is not None:
        trace_id, span_id, state, alone = match.groups()
        return Caller(_ids(trace_id or "", span_id or ""), _SAMPLED.get(state or alone or ""))
    trace_id = found.get(B3_TRACE_ID, "").strip(OWS)
    span_id = found.get(B3_SPAN_ID, "").strip(OWS)
    debug = found.get(B3_FLAGS, "").strip(OWS) == "1"
    sampled = True if debug else _SAMPLED.get(found.get(B3_SAMPLED, "").strip(OWS).lower())
    return Caller(_ids(trace_id, span_id), sampled)


def _ids(trace_id: str, span_id: str) -> Optional[Tuple[str, str]]:
    if _TRACE_ID.fullmatch(trace_id) and _SPAN_ID.fullmatch(span_id):
        return trace_id.rjust(32, "0"), span_id
    return None


def single(trace_id: str, span_id: str, sampled: bool) -> Dict[str, str]:
    """Return the single field, by its name."""
    return {B3: f"{trace_id}-{span_id}-{sampled:d}"}


def several(trace_id: str, span_id: str, sampled: bool) -> Dict[str, str]:
    """Return the several fields, by their names."""
    return {B3_TRACE_ID: trace_id, B3_SPAN_ID: span_id, B3_SAMPLED: f"{sampled:d}"}
