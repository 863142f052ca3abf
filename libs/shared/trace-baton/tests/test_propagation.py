"""Headers in and out."""

from http.client import HTTPMessage
from typing import Any, Dict, List, Tuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace_baton import TraceContext, bind, extract, headers, inject, start

# The examples are small; a machine that is busy with other things is no failure.
unhurried = settings(deadline=None)

TRACE = "12345678901234567890123456789012"
SPAN = "1234567890123456"
CALLER = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize("name", ["traceparent", "TraceParent", "TrAcEpArEnT", "TRACEPARENT"])
def test_the_name_of_a_field_has_any_case(name: str) -> None:
    """3.2.1 Header name."""
    for carrier in ({name: CALLER}, [(name, CALLER)], [(name.encode(), CALLER.encode())]):
        context = extract(carrier)
        assert (context.trace_id, context.parent_id, context.flags) == (TRACE, SPAN, 1)
        assert context.span_id != SPAN


def test_the_headers_of_the_standard_library() -> None:
    """They have `items`, with repeated fields, but are no Mapping."""
    message = HTTPMessage()
    message["Traceparent"] = CALLER
    message["tracestate"] = "a=1"
    message["tracestate"] = "b=2"
    context = extract(message)
    assert (context.trace_id, context.tracestate) == (TRACE, "a=1,b=2")
    inject(message)
    assert message.get_all("traceparent") == [CALLER]


@pytest.mark.parametrize("name", ["trace-parent", "trace.parent", "x-traceparent", "traceparent "])
def test_another_name_is_another_field(name: str) -> None:
    assert extract({name: CALLER}).parent_id is None


def test_two_traceparents_start_a_new_trace() -> None:
    other = CALLER.replace("9012-", "9011-")
    for second in (other, CALLER):
        context = extract([("traceparent", CALLER), ("tracestate", "a=1"), ("Traceparent", second)])
        assert context.parent_id is None
        assert context.trace_id not in (CALLER[3:35], other[3:35])
        assert context.tracestate == ""


def test_two_traceparents_of_a_future_version_start_a_new_trace() -> None:
    later = f"cc-{TRACE}-{SPAN}-01-more"
    assert extract([("traceparent", later)]).parent_id == SPAN
    assert extract([("traceparent", later), ("traceparent", later)]).parent_id is None


def test_any_number_of_fields_is_cheap_and_safe() -> None:
    pairs = [("traceparent", CALLER), *[("tracestate", "a" * 100)] * 100_000]
    context = extract(pairs)
    assert (context.trace_id, context.tracestate) == (TRACE, "")


def test_no_tracestate_without_a_valid_traceparent() -> None:
    """3.3 Tracestate header; baggage and request id are independent of it."""
    fields = {"tracestate": "a=1", "baggage": "k=v", "x-request-id": "r-1"}
    for carrier in (fields, {**fields, "traceparent": "00-" + "0" * 32 + f"-{SPAN}-01"}):
        context = extract(carrier)
        assert context.parent_id is None
        assert context.tracestate == ""
        assert context.baggage == {"k": "v"}
        assert context.request_id == "r-1"
        assert context.flags == 2


def test_a_bad_tracestate_does_not_affect_the_traceparent() -> None:
    context = extract({"traceparent": CALLER, "tracestate": "a=1,B=2"})
    assert (context.trace_id, context.tracestate) == (TRACE, "")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["6f2c-41"], "6f2c-41"),
        ([" 6f2c-41\t"], "6f2c-41"),
        (["a" * 128], "a" * 128),
        (["a" * 129], TRACE),
        ([""], TRACE),
        (["a b"], TRACE),
        (["a\r\nb"], TRACE),
        (["a\n"], TRACE),
        (["*/ DROP TABLE users --"], TRACE),
        (["one", "two"], TRACE),
    ],
)
def test_request_id(values: List[str], expected: str) -> None:
    pairs = [("traceparent", CALLER), *(("X-Request-ID", value) for value in values)]
    assert extract(pairs).request_id == expected


def test_headers_of_a_context() -> None:
    received = extract({"traceparent": CALLER, "tracestate": "a=1, b=2", "x-request-id": "r-1"})
    with start(received), bind(baggage={"who": "Zoë"}):
        first, second = headers(), headers()
    assert set(first) == {"traceparent", "tracestate", "baggage", "x-request-id"}
    assert first["tracestate"] == "a=1,b=2"
    assert first["baggage"] == "who=Zo%C3%AB"
    assert first["x-request-id"] == "r-1"
    spans = {value["traceparent"][36:52] for value in (first, second)}
    assert len(spans) == 2 and not spans & {SPAN, received.span_id}
    assert {value["traceparent"][:36] for value in (first, second)} == {f"00-{TRACE}-"}


def test_headers_outside_of_any_context_start_a_trace_each() -> None:
    first, second = headers(), headers()
    assert set(first) == {"traceparent", "x-request-id"}
    assert first["traceparent"][3:35] != second["traceparent"][3:35]
    assert first["traceparent"].endswith("-02")


@pytest.mark.parametrize(
    ("before", "added"),
    [
        ({}, {"traceparent", "tracestate", "baggage", "x-request-id"}),
        ({"TraceParent": CALLER}, {"baggage", "x-request-id"}),
        ({"X-Request-Id": "mine"}, {"traceparent", "tracestate", "baggage"}),
        ({"Baggage": "a=1"}, {"traceparent", "tracestate", "x-request-id"}),
    ],
)
def test_inject_leaves_what_is_there(before: Dict[str, str], added: Any) -> None:
    carrier = dict(before)
    with start(extract({"traceparent": CALLER, "tracestate": "a=1", "baggage": "k=v"})):
        inject(carrier)
    assert set(carrier) - set(before) == added
    assert before.items() <= carrier.items()


def test_inject_leaves_names_in_bytes_as_well() -> None:
    carrier: Any = {b"TraceParent": CALLER.encode()}
    with start(extract({"traceparent": CALLER, "tracestate": "a=1"})):
        inject(carrier)
    assert set(carrier) == {b"TraceParent", "x-request-id"}


texts = st.text(st.characters(max_codepoint=0x110))
plausible = (
    st.just(CALLER)
    | st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", fullmatch=True)
    | st.from_regex(r"[a-z]{1,4}=[!-~]{1,8}(;[a-z]=1)?", fullmatch=True)
    | texts
)
names = st.sampled_from(["traceparent", "TraceState", "baggage", "X-Request-ID"]) | texts
fields = st.lists(st.tuples(names, plausible | st.binary() | st.none()), max_size=8)


@unhurried
@given(fields)
def test_extract_never_raises_and_its_headers_are_clean(pairs: List[Tuple[str, Any]]) -> None:
    context = extract(pairs)
    assert context == TraceContext(**vars(context)), "the constructor validates"
    with start(context):
        sent = headers()
    for value in sent.values():
        assert all(" " <= character <= "~" for character in value)


@unhurried
@given(fields)
def test_extract_reverses_inject(pairs: List[Tuple[str, Any]]) -> None:
    sender = extract(pairs)
    carrier: Dict[str, str] = {}
    with start(sender):
        inject(carrier)
    receiver = extract(carrier)
    assert receiver.trace_id == sender.trace_id
    assert receiver.flags == sender.flags
    assert receiver.request_id == sender.request_id
    assert receiver.tracestate == sender.tracestate
    assert receiver.baggage == sender.baggage
