"""Identifiers: their form, and that none occurs twice."""

import mmap
import os
import random
import re
import sys

import pytest

from trace_baton import forks, ids


def test_form() -> None:
    for _ in range(100):
        assert re.fullmatch("[0-9a-f]{32}", ids.new_ids()[0])
        assert re.fullmatch("[0-9a-f]{16}", ids.new_span_id())


def test_never_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [0, 0, 10, 0, 1, 11, 12]
    monkeypatch.setattr(ids, "_getrandbits", lambda bits: numbers.pop(0))
    assert ids.new_span_id() == "000000000000000a"
    assert ids.new_ids() == (f"{11:032x}", f"{12:016x}")


def test_the_seed_of_an_application_does_not_matter() -> None:
    random.seed(1)
    first = ids.new_ids()[0]
    random.seed(1)
    assert ids.new_ids()[0] != first


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_forked_processes_differ() -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, ids.new_ids()[0].encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with open(reader) as stream:
        assert stream.read() not in ("", ids.new_ids()[0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("kernel_wipes", [True, False])
def test_a_mark_tells_the_process_that_was_forked(
    kernel_wipes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not kernel_wipes:
        monkeypatch.setattr(forks, "_WIPE_ON_FORK", -1)
    mark = forks.mark()
    assert isinstance(mark, mmap.mmap) or not kernel_wipes or sys.platform != "linux"
    child = os.fork()
    if child == 0:
        before = mark[0]
        mark[0] = 1
        os._exit(10 * before + mark[0])
    _, status = os.waitpid(child, 0)
    assert os.WEXITSTATUS(status) == 1
    assert mark[0] == 1
