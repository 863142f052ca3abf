"""Whoever sends twice as much causes twice as much work, and not four times."""

import re
from functools import partial
from typing import Any, Callable, Dict, Iterator, Tuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trace_baton
from baton_testing.work import Steps, work_of
from trace_baton import b3, context, w3c
from trace_baton.baggage import Baggage, shortened

MODULES = [
    module
    for name, module in sorted(vars(trace_baton).items())
    if getattr(module, "__name__", "").startswith("trace_baton.")
]

# Less than any bound of a parser, so that it reads all of it: what it cuts off costs nothing.
SMALL, LARGE = 200, 400
FEW = 50
"""Where the work is about as much as this, it is the same for any input."""

# What is repeated, before and behind what it is written: each a way to make a matcher try again.
UNITS: Tuple[str, ...] = (
    " ",
    "\t",
    " \t",
    ",",
    ";",
    "=",
    "a",
    "%",
    "%41",
    "@",
    "-",
    "0",
    "1",
    "\x00",
    "é",
    "\\",
)
UNITS += (
    "a=1,",
    "a=1;",
    ";a=",
    "a=,",
    " , ",
    " ;",
    "= ",
    " =",
    "a ",
    "00-",
    "a@",
    ",a=1;b",
    ", a = 1",
)
FRAMES = (
    "{}",
    "a={}",
    "a={}\x00",
    "a{}\x00",
    "a=1;b{}\x00",
    "a=1;b={}\x00",
    "a=1;{}\x00",
    "{}\x00",
    "a=1,{}=\x00",
    "{}=1",
)


def parse_baggage(text: str) -> None:
    baggage = Baggage.parse([text])
    assert baggage.header is not None and dict(baggage) is not None


def update_baggage(text: str) -> None:
    assert Baggage.parse([text]).updated({"a": None, "b": "1"}).behind(text) is not None


PARSERS: Dict[str, Callable[[str], object]] = {
    "baggage": parse_baggage,
    "baggage, changed": update_baggage,
    "shortened baggage": lambda text: shortened(text, len(text) // 2),
    "traceparent": w3c.parse_traceparent,
    "tracestate": lambda text: w3c.parse_tracestate([text]),
    "request id": context.parse_request_id,
    "b3": lambda text: b3.parse({"b3": text}),
    "b3, several": lambda text: b3.parse({"x-b3-traceid": text, "x-b3-spanid": text}),
    "headers": lambda text: trace_baton.extract(
        {name: text for name in ("traceparent", "tracestate", "baggage", "x-request-id")}
    ),
    "a traceparent and more": lambda text: trace_baton.extract(
        {"traceparent": f"00-{'1' * 32}-{'1' * 16}-01", "tracestate": text, "baggage": text}
    ),
}


def parse_repeated(parse: Callable[[str], object], frame: str, unit: str, size: int) -> object:
    return parse(frame.format(unit * (size // len(unit))))


def extract_repeated(name: str, value: str, size: int) -> object:
    return trace_baton.extract([(name, value)] * size)


def growth(call: Callable[[int], object]) -> float:
    """Return how much more work twice as much input is."""
    small, large = (work_of(partial(call, size), "trace_baton") for size in (SMALL, LARGE))
    return (large + FEW) / (small + FEW)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("parser", PARSERS)
def test_twice_the_text_is_twice_the_work(parser: str, frame: str) -> None:
    grown = {unit: growth(partial(parse_repeated, PARSERS[parser], frame, unit)) for unit in UNITS}
    assert {unit: times for unit, times in grown.items() if times > 2.2} == {}


@pytest.mark.parametrize("name", ["baggage", "tracestate", "traceparent", "x-request-id", "accept"])
def test_twice_as_many_fields_are_twice_the_work(name: str) -> None:
    for value in ("", "a=1", ","):
        assert growth(partial(extract_repeated, name, value)) < 2.2


def test_what_this_counts_tells_quadratic_from_linear() -> None:
    quadratic = re.compile(r"a=[ ]*([a-z]*)[ ]*")
    linear = re.compile(r"a=[ ]*([a-z]*)")
    grown = [
        Steps(pattern).of("a=" + " " * LARGE + "!") / Steps(pattern).of("a=" + " " * SMALL + "!")
        for pattern in (quadratic, linear)
    ]
    assert grown[0] > 3.5 and grown[1] < 2.2


def patterns() -> Iterator[Any]:
    for module in MODULES:
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield pytest.param(value, id=f"{module.__name__}.{name}")


@pytest.mark.parametrize("pattern", patterns())
@settings(deadline=None)
@given(st.text("a0A1-=@;, \t.%fd\x00", max_size=40))
def test_the_steps_of_every_pattern_are_counted_and_bounded(pattern: Any, text: str) -> None:
    """A match that agrees with Python's own, in no more steps than a line through its length."""
    assert Steps(pattern).of(text) <= 40 * (len(text) + 1)
