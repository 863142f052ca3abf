"""The tables of W3C Trace Context: the cases of its public test harness, and the edges of the grammar.

`benchmarks/w3c_harness.py` runs the harness itself.

Sections are those of https://www.w3.org/TR/trace-context-2/.
"""

import string
from typing import List, Optional, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trace_baton.w3c import (
    MAX_TRACESTATE,
    Traceparent,
    format_traceparent,
    parse_traceparent,
    parse_tracestate,
)

# The examples are small; a machine that is busy with other things is no failure.
unhurried = settings(deadline=None)

TRACE = "12345678901234567890123456789012"
SPAN = "1234567890123456"
CALLER = f"00-{TRACE}-{SPAN}-01"


def read(flags: int) -> Traceparent:
    return TRACE, SPAN, flags


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # 3.2.2.5 trace-flags: what version 00 defines is kept, the rest is dropped.
        (f"00-{TRACE}-{SPAN}-00", read(0)),
        (f"00-{TRACE}-{SPAN}-01", read(1)),
        (f"00-{TRACE}-{SPAN}-02", read(2)),
        (f"00-{TRACE}-{SPAN}-03", read(3)),
        (f"00-{TRACE}-{SPAN}-09", read(1)),
        (f"00-{TRACE}-{SPAN}-ff", read(3)),
        (f"00-{TRACE}-{SPAN}-.0", None),
        (f"00-{TRACE}-{SPAN}-0.", None),
        (f"00-{TRACE}-{SPAN}-001", None),
        (f"00-{TRACE}-{SPAN}-1", None),
        # 3.2.2.1 version
        (f"ff-{TRACE}-{SPAN}-01", None),
        (f".0-{TRACE}-{SPAN}-01", None),
        (f"0.-{TRACE}-{SPAN}-01", None),
        (f"000-{TRACE}-{SPAN}-01", None),
        (f"0000-{TRACE}-{SPAN}-01", None),
        (f"0-{TRACE}-{SPAN}-01", None),
        (f"0A-{TRACE}-{SPAN}-01", None),
        # 3.2.2.2 version-format: nothing follows version 00.
        (f"{CALLER}.", None),
        (f"{CALLER}-", None),
        (f"{CALLER}-what-the-future-will-be-like", None),
        (f"{CALLER}\n", None),
        # 3.2.2.3 trace-id
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-.2345678901234567890123456789012-{SPAN}-01", None),
        (f"00-1234567890123456789012345678901.-{SPAN}-01", None),
        (f"00-{TRACE}3-{SPAN}-01", None),
        (f"00-{TRACE[:-1]}-{SPAN}-01", None),
        (f"00-{'A' * 32}-{SPAN}-01", None),
        ("00-" + "\u0661" * 32 + f"-{SPAN}-01", None),
        # 3.2.2.4 parent-id
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE}-.234567890123456-01", None),
        (f"00-{TRACE}-123456789012345.-01", None),
        (f"00-{TRACE}-{SPAN}7-01", None),
        (f"00-{TRACE}-{SPAN[:-1]}-01", None),
        (f"00-{TRACE}-{'A' * 16}-01", None),
        # 3.2.4 Versioning: of a later version only `sampled` is read, and more may follow a dash.
        (f"cc-{TRACE}-{SPAN}-01", read(1)),
        (f"cc-{TRACE}-{SPAN}-ff", read(1)),
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like", read(1)),
        (f"cc-{TRACE}-{SPAN}-01.what-the-future-will-be-like", None),
        (f"cc-{TRACE}-{SPAN}-01-{'x' * 400}", read(1)),
        (f"cc-{TRACE}-{SPAN}-01-{'x' * 4000}", None),
        (f"cc-{TRACE}-{SPAN}", None),
        (f"cc-{TRACE}-{SPAN}-01,cc-{TRACE}-{SPAN}-01", None),
        (f"cc-{TRACE}-{SPAN}-01-x,cc-{TRACE}-{SPAN}-01-x", None),
        (f"{CALLER},{CALLER}", None),
        # RFC 9110, 5.6.3: optional white space around a value
        (f" {CALLER}", read(1)),
        (f"\t{CALLER}", read(1)),
        (f"{CALLER} ", read(1)),
        (f"{CALLER}\t", read(1)),
        (f"\t {CALLER} \t", read(1)),
        ("", None),
    ],
)
def test_traceparent(value: str, expected: Optional[Traceparent]) -> None:
    assert parse_traceparent(value) == expected


ALL_KEY_CHARACTERS = string.ascii_lowercase + string.digits + "_-*/"
ALL_VALUE_CHARACTERS = "".join(chr(c) for c in range(0x20, 0x7F) if chr(c) not in ",=")
SIMPLE = f"{ALL_KEY_CHARACTERS}={ALL_VALUE_CHARACTERS}"
MULTI_TENANT = f"{ALL_KEY_CHARACTERS}@a-z0-9_-*/={ALL_VALUE_CHARACTERS}"
TEN_A_HEADER = [
    ",".join(f"bar{i:02}={i:02}" for i in range(start, min(start + 10, 33)))
    for start in range(1, 33, 10)
]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # 3.3.1 tracestate header field values: combined in order, empty members allowed.
        (["foo=1,bar=2"], "foo=1,bar=2"),
        (["foo=1,bar=2", "rojo=1,congo=2", "baz=3"], "foo=1,bar=2,rojo=1,congo=2,baz=3"),
        ([""], ""),
        (["foo=1", ""], "foo=1"),
        (["", "foo=1"], "foo=1"),
        (["foo=1,,  ,bar=2"], "foo=1,bar=2"),
        # Optional white space
        (["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"),
        (["foo=1\t \t,\t \tbar=2,\t \tbaz=3"], "foo=1,bar=2,baz=3"),
        ([" foo=1"], "foo=1"),
        (["\tfoo=1"], "foo=1"),
        (["foo=1 "], "foo=1"),
        (["foo=1\t"], "foo=1"),
        (["\t foo=1 \t"], "foo=1"),
        # 3.3.1.3 list-members: every character allowed, and those that are not
        ([SIMPLE], SIMPLE),
        ([MULTI_TENANT], MULTI_TENANT),
        (["0key=1"], "0key=1"),
        (["foo= 1"], "foo= 1"),
        (["foo =1"], ""),
        (["FOO=1"], ""),
        (["foo.bar=1"], ""),
        (["foo@=1,bar=2"], "foo@=1,bar=2"),
        (["@foo=1,bar=2"], ""),
        (["foo@@bar=1,bar=2"], "foo@@bar=1,bar=2"),
        (["foo@bar@baz=1,bar=2"], "foo@bar@baz=1,bar=2"),
        (["foo,bar=2"], ""),
        (["=1,bar=2"], ""),
        (["foo=,bar=2"], ""),
        (["foo=bar=baz,bar=2"], ""),
        (["foo=\x1f,bar=2"], ""),
        (["foo=\x7f,bar=2"], ""),
        (["foo=a\r\nx: y,bar=2"], ""),
        (["foo=ä"], ""),
        # Duplicate keys
        (["foo=1,foo=1"], "foo=1"),
        (["foo=1,foo=2"], "foo=1"),
        (["foo=1", "foo=1"], "foo=1"),
        (["foo=1", "bar=3,foo=2"], "foo=1,bar=3"),
        (["foo=1", "foo="], ""),
        # Limits of keys, values and members
        (["foo=1", "z" * 256 + "=1"], "foo=1," + "z" * 256 + "=1"),
        (["foo=1", "z" * 257 + "=1"], ""),
        (
            ["foo=1", "t" * 241 + "@" + "v" * 14 + "=1"],
            "foo=1," + "t" * 241 + "@" + "v" * 14 + "=1",
        ),
        (["foo=1", "t" * 242 + "@v=1"], "foo=1," + "t" * 242 + "@v=1"),
        (["foo=1", "t@" + "v" * 15 + "=1"], "foo=1,t@" + "v" * 15 + "=1"),
        (["foo=1", "t@" + "v" * 255 + "=1"], ""),
        (["foo=" + "v" * 256], "foo=" + "v" * 256),
        (["foo=" + "v" * 257], ""),
        (TEN_A_HEADER, ",".join(TEN_A_HEADER)),
        ([*TEN_A_HEADER, "bar33=33"], ""),
        ([*TEN_A_HEADER, "bar32=33"], ",".join(TEN_A_HEADER)),
    ],
)
def test_tracestate(values: Sequence[str], expected: str) -> None:
    assert parse_tracestate(values) == expected


def test_tracestate_sheds_long_members_from_the_end() -> None:
    """3.3.1.5 Limits: members above 128 characters go first."""
    long = [f"long{i:02}" + "k" * 200 + "=" + "x" * 256 for i in range(30)]
    kept = parse_tracestate(["short=1", *long, "last=1"]).split(",")
    assert MAX_TRACESTATE - 500 < len(",".join(kept)) <= MAX_TRACESTATE
    assert kept == ["short=1", *long[: len(kept) - 2], "last=1"]


def test_tracestate_sheds_short_members_when_no_long_one_is_left() -> None:
    short = [f"k{i:02}=" + "x" * 120 for i in range(31)]
    kept = parse_tracestate([*short, "long=" + "x" * 200]).split(",")
    assert MAX_TRACESTATE - 130 < len(",".join(kept)) <= MAX_TRACESTATE
    assert kept == short[: len(kept)]


def test_what_the_recommendation_asks_for_is_carried() -> None:
    """3.3.1.5 Limits: 512 characters at least."""
    longest = ",".join(f"k{i}=" + "x" * 248 for i in range(2))
    assert parse_tracestate([longest]) == longest and len(longest) > 500


def test_a_huge_tracestate_is_cheap_and_safe() -> None:
    assert parse_tracestate(["," * 10_000_000]) == ""


ids = st.text("0123456789abcdef", min_size=32, max_size=32).filter(lambda t: set(t) != {"0"})


@unhurried
@given(ids, ids, st.integers(0, 3))
def test_traceparent_round_trip(trace_id: str, span: str, flags: int) -> None:
    span_id = span[:15] + "1"
    text = format_traceparent(trace_id, span_id, flags)
    assert parse_traceparent(text) == (trace_id, span_id, flags)


@unhurried
@given(st.text() | st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}.{0,9}"))
def test_traceparent_is_total(value: str) -> None:
    result = parse_traceparent(value)
    if result is not None:
        assert parse_traceparent(format_traceparent(*result)) == result


members = st.text(st.characters(max_codepoint=0x80), max_size=20)


@unhurried
@given(st.lists(members | st.from_regex(r"[a-z]{1,3}=[ -~]{1,5}", fullmatch=True), max_size=40))
@example(["a=1\n"])
def test_tracestate_is_total_and_stable(values: List[str]) -> None:
    result = parse_tracestate(values)
    assert all(" " <= character <= "~" for character in result)
    assert parse_tracestate([result]) == result
    assert len(result.split(",")) <= 32
