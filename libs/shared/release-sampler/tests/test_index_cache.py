"""What the index client remembers on disk."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from release_sampler import SamplerError
from sampler_client import EARLY, client
from sampler_index import JSON, FakeIndex, Reply


def test_a_page_that_did_not_change_is_not_sent_again(index: FakeIndex, tmp_path: Path) -> None:
    index.etags = True
    index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
    first = client(index.simple, cache=tmp_path).fetch("thing", None)
    second = client(index.simple, cache=tmp_path).fetch("thing", None)
    assert first == second
    assert "If-None-Match" in index.requests[1][1]
    index.page("thing", {"thing-2.0.tar.gz": {"upload-time": EARLY}})
    third = client(index.simple, cache=tmp_path).fetch("thing", None)
    assert [release.version for release in third.releases] == ["2.0"]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda entry: entry[:-1], id="truncated"),
        pytest.param(lambda entry: entry[:20], id="truncated early"),
        pytest.param(lambda entry: b"", id="empty"),
        pytest.param(lambda entry: None, id="missing"),
        pytest.param(lambda entry: b"garbage" * 99, id="garbage"),
        pytest.param(lambda entry: entry.replace(b"thing", b"other"), id="garbage in the body"),
        pytest.param(lambda entry: entry[32:], id="of an older release of this library"),
    ],
)
def test_a_damaged_entry_is_none(
    index: FakeIndex, tmp_path: Path, damage: Callable[[bytes], bytes | None]
) -> None:
    index.etags = True
    index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
    client(index.simple, cache=tmp_path).fetch("thing", None)
    (entry,) = (f for f in tmp_path.rglob("*") if f.is_file() and f.suffix != ".lock")
    damaged = damage(entry.read_bytes())
    entry.unlink() if damaged is None else entry.write_bytes(damaged)
    for _ in range(2):
        found = client(index.simple, cache=tmp_path).fetch("thing", None)
        assert [release.version for release in found.releases] == ["1.0"]
    conditional = ["If-None-Match" in headers for _, headers in index.requests]
    assert conditional == [False, False, True], "asked for anew once, and remembered again"


@pytest.mark.parametrize(
    "bad",
    [
        Reply(b'<a href="x">thing-1.0.tar.gz</a>', delimited=False),
        Reply(b"{", headers={"Content-Type": JSON}),
    ],
)
def test_what_is_no_page_is_not_remembered(index: FakeIndex, tmp_path: Path, bad: Reply) -> None:
    index.etags = True
    index.replies["/simple/thing/"] = bad
    for _ in range(2):
        with pytest.raises(SamplerError):
            client(index.simple, cache=tmp_path).fetch("thing", None)
    assert not any("If-None-Match" in headers for _, headers in index.requests)


def test_a_compressed_page_is_remembered(index: FakeIndex, tmp_path: Path) -> None:
    index.etags = True
    link = '<a href="x" data-upload-time="2024-01-02">thing-1.0.tar.gz</a>'
    body = gzip.compress(link.encode())
    headers = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
    index.replies["/simple/thing/"] = Reply(body, headers=headers)
    for _ in range(3):
        found = client(index.simple, cache=tmp_path).fetch("thing", None)
        assert [release.version for release in found.releases] == ["1.0"]
    assert "If-None-Match" in index.requests[1][1] and "If-None-Match" in index.requests[2][1]


def test_a_cache_that_cannot_be_written_does_no_harm(index: FakeIndex, tmp_path: Path) -> None:
    blocked = tmp_path / "cache"
    blocked.write_text("not a folder")
    index.etags = True
    index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
    assert client(index.simple, cache=blocked).fetch("thing", None).releases
