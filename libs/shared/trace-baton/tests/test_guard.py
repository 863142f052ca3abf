"""A fault of trace-baton is logged once and never the application's."""

import logging

import pytest

import trace_baton
from baton_testing.faults import break_baton
from trace_baton.guard import Guard


def test_the_first_failure_is_logged_and_none_escapes(caplog: pytest.LogCaptureFixture) -> None:
    guard = Guard("teapot")
    for number in range(3):
        with guard:
            raise KeyError(number)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "trace-baton's teapot integration failed" in record.getMessage()
    assert record.exc_info is not None and record.exc_info[0] is KeyError


def test_a_failure_reported_by_hand_is_the_first_as_well(caplog: pytest.LogCaptureFixture) -> None:
    guard = Guard("teapot")
    first = KeyError(1)
    guard.report(first)
    with guard:
        raise KeyError(2)
    (record,) = caplog.records
    assert record.exc_info is not None and record.exc_info[1] is first


def test_an_interrupt_is_not_a_fault_of_baton() -> None:
    with pytest.raises(KeyboardInterrupt):
        with Guard("teapot"):
            raise KeyboardInterrupt


def test_a_block_in_a_context() -> None:
    context = trace_baton.TraceContext.new()
    guard = Guard("teapot")
    with trace_baton.start() as around:
        with guard.attached(context):
            assert trace_baton.current() is context
        with guard.attached(None):
            assert trace_baton.current() is around
        with pytest.raises(LookupError), guard.attached(context):
            raise LookupError("the application's own")
        assert trace_baton.current() is around


def test_a_context_that_cannot_be_attached_leaves_the_block_as_it_is(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with trace_baton.start() as around:
        break_baton(monkeypatch, "attaching")
        with Guard("teapot").attached(trace_baton.TraceContext.new()):
            assert trace_baton.current() is around
    assert "trace-baton's teapot integration failed" in caplog.text
