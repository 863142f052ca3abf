"""The context: what it is, and that tasks and threads keep their own."""

import contextvars
import re
from typing import Any, Dict

import pytest

import trace_baton
from trace_baton import TraceContext, current, start
from trace_baton.context import attach, detach

CONTEXT = TraceContext(trace_id="a" * 32, span_id="b" * 16)


def test_a_new_trace_is_random_and_not_sampled() -> None:
    first, second = TraceContext.new(), TraceContext.new()
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-02", first.traceparent)
    assert first.parent_id is None
    assert first.request_id == first.trace_id
    assert not first.sampled
    assert TraceContext.new(sampled=True).traceparent.endswith("-03")
    assert len({first.trace_id, second.trace_id, first.span_id, second.span_id}) == 4


def test_a_child_shares_all_but_its_span() -> None:
    parent = TraceContext(
        "a" * 32, "b" * 16, "c" * 16, 1, "req-1", "x=1", trace_baton.Baggage({"k": "v"})
    )
    child = parent.child()
    assert child.span_id != parent.span_id
    assert child == TraceContext(
        "a" * 32, child.span_id, parent.span_id, 1, "req-1", "x=1", trace_baton.Baggage({"k": "v"})
    )


@pytest.mark.parametrize(
    "field",
    [
        {"trace_id": "0" * 32},
        {"trace_id": "A" * 32},
        {"trace_id": "a" * 31},
        {"span_id": "0" * 16},
        {"span_id": "b" * 16 + "\n"},
        {"parent_id": "b" * 15 + "\n"},
        {"parent_id": "0" * 16},
        {"flags": 4},
        {"flags": 1000},
        {"flags": -1},
        {"request_id": "a\r\nset-cookie: b"},
        {"request_id": "a" * 129},
        {"tracestate": "a=1\r\nb: c"},
        {"tracestate": "a=1,a=2"},
        {"tracestate": "@a=1"},
    ],
)
def test_an_invalid_context_cannot_be_made(field: Dict[str, Any]) -> None:
    with pytest.raises(
        ValueError, match=re.escape(next(iter(field)).split("_")[0]) + "|traceparent"
    ):
        TraceContext(**{"trace_id": "a" * 32, "span_id": "b" * 16, **field})


def test_detach_in_another_context_changes_nothing_there() -> None:
    token = contextvars.copy_context().run(attach, CONTEXT)
    with start() as mine:
        detach(token)
        assert current() is mine


def test_detach_again_changes_nothing() -> None:
    token = attach(CONTEXT)
    detach(token)
    with start() as mine:
        detach(token)
        assert current() is mine
