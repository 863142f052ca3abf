"""W3C Baggage (https://www.w3.org/TR/baggage/): reading, changing and writing the header."""

import re
from typing import Dict, List, Optional, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace_baton.baggage import MAX_BYTES, MAX_MEMBERS, Baggage

# The examples are small; a machine that is busy with other things is no failure.
unhurried = settings(deadline=None)


@pytest.mark.parametrize(
    ("values", "read", "written"),
    [
        # 3.3.1 baggage-string, and the examples of 3.4
        (["userId=alice"], {"userId": "alice"}, "userId=alice"),
        (
            ["userId=alice,serverNode=DF%2028,isProduction=false"],
            {"userId": "alice", "serverNode": "DF 28", "isProduction": "false"},
            "userId=alice,serverNode=DF%2028,isProduction=false",
        ),
        (["a=1", "b=2,c=3"], {"a": "1", "b": "2", "c": "3"}, "a=1,b=2,c=3"),
        ([" userId =   alice ", "b = 2, c = 3"], {"userId": "alice", "b": "2", "c": "3"}, None),
        (["a=1,a=2"], {"a": "2"}, "a=2"),
        # 3.3.1.2 key: a token
        (["a b=1,c=2"], {"c": "2"}, "c=2"),
        (["=1,c=2"], {"c": "2"}, "c=2"),
        (["é=1,c=2"], {"c": "2"}, "c=2"),
        (["!#$%&'*+-.^_`|~=1"], {"!#$%&'*+-.^_`|~": "1"}, "!#$%&'*+-.^_`|~=1"),
        # 3.3.1.3 value: percent-encoded UTF-8, with any number of equal signs
        (["a=b=c=="], {"a": "b=c=="}, "a=b=c=="),
        (["a="], {"a": ""}, "a="),
        (["a=%C3%A9"], {"a": "é"}, "a=%C3%A9"),
        (["a=%FF"], {"a": "\ufffd"}, "a=%FF"),
        (["a=1+1"], {"a": "1+1"}, "a=1+1"),
        (["a=%0D%0Ax"], {"a": "\r\nx"}, "a=%0D%0Ax"),
        (['a="1",b=2'], {"b": "2"}, "b=2"),
        (["a=\\,b=2"], {"b": "2"}, "b=2"),
        (["a=x\r\ny,b=2"], {"b": "2"}, "b=2"),
        (["a=x y,b=2"], {"b": "2"}, "b=2"),
        (["a,b=2"], {"b": "2"}, "b=2"),
        # 3.3.1.4 property: opaque, carried along
        (["k=v;p1;p2"], {"k": "v"}, "k=v;p1;p2"),
        (["k=v ; p = 1 ; q"], {"k": "v"}, "k=v;p=1;q"),
        (["k=v;bad\x00;q"], {"k": "v"}, "k=v;q"),
        ([""], {}, ""),
        ([",,"], {}, ""),
    ],
)
def test_parse(values: Sequence[str], read: Dict[str, str], written: Optional[str]) -> None:
    baggage = Baggage.parse(values)
    assert dict(baggage) == read
    if written is not None:
        assert baggage.header == written


def test_what_the_limits_promise_is_carried() -> None:
    """3.3.2 Limits: 64 members and 8192 bytes at least."""
    longest = ",".join(f"{i:02}=" + "x" * 124 for i in range(64))
    assert len(longest) == MAX_BYTES - 1
    assert Baggage.parse([longest]).header == longest


def test_what_exceeds_the_limits_is_dropped_whole() -> None:
    many = [f"k{i}=1" for i in range(MAX_MEMBERS + 1)]
    assert Baggage.parse(many).header == ",".join(many[:MAX_MEMBERS])
    assert dict(Baggage.parse(["a=1,b=" + "x" * MAX_BYTES])) == {"a": "1"}
    assert dict(Baggage.parse(["b=" + "x" * MAX_BYTES])) == {}
    full = Baggage({"a": "1", "b": "x" * MAX_BYTES})
    assert full["b"] == "x" * MAX_BYTES
    assert full.header == "a=1"


def test_updated_sets_removes_and_leaves_the_original() -> None:
    received = Baggage.parse(["a=1;p,b=2"])
    changed = received.updated({"b": None, "c": "3", "gone": None})
    assert changed.header == "a=1;p,c=3"
    assert received.header == "a=1;p,b=2"
    assert changed == {"a": "1", "c": "3"}
    assert hash(changed) == hash(Baggage({"c": "3", "a": "1"}))


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a,b", "é", "a\n"])
def test_a_bad_name_is_an_error_that_says_so(name: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(name))):
        Baggage({name: "1"})


def test_a_value_that_is_no_string_is_an_error() -> None:
    with pytest.raises(TypeError, match="'a' is 5, expected a string"):
        Baggage({"a": 5})  # type: ignore[dict-item]


names = st.from_regex(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@unhurried
@given(st.dictionaries(names, texts, max_size=20))
def test_round_trip(values: Dict[str, str]) -> None:
    header = Baggage(values).header
    assert header.isascii() and header.isprintable()
    assert dict(Baggage.parse([header])) == values


@unhurried
@given(st.lists(st.text(st.characters(max_codepoint=0x100)), max_size=10))
def test_parse_is_total_and_its_output_clean(values: List[str]) -> None:
    baggage = Baggage.parse(values)
    assert all("!" <= character <= "~" for character in baggage.header)
    assert Baggage.parse([baggage.header]) == baggage


@unhurried
@given(st.text())
def test_any_text_can_be_a_value(value: str) -> None:
    header = Baggage({"a": value}).header
    assert all("!" <= character <= "~" for character in header)
