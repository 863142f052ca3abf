"""An index that fails, breaks off, is slow or not there is told in one plain error."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event

import pytest

from release_sampler import NoReleases, SamplerError
from release_sampler.index.client import SimpleIndex
from release_sampler.index.http import Http, NotOffered
from release_sampler.index.pip_config import IndexConfig
from sampler_client import EARLY, client, fetch
from sampler_index import JSON, FakeIndex, Reply, serve


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        (Reply(status=404), "thing: no such package on http://127.*/simple/; check the name"),
        (Reply(status=401), "thing: .*answers 401; the index wants credentials"),
        (Reply(status=403), "thing: .*answers 403; the index refuses"),
        (
            Reply(b"\x00\xff garbage"),
            r"thing: the index lists no releases .*\(a login page\?\); check pip's index-url",
        ),
        (Reply(b"{", headers={"Content-Type": JSON}), "thing: .*no page of the Simple API"),
        (
            Reply(b"[" * 99_999, headers={"Content-Type": JSON}),
            "thing: .*no page of the Simple",
        ),
        (Reply(b"[1]", headers={"Content-Type": JSON}), "expected a list of files, PEP 691"),
        (
            Reply(b'{"meta":{"api-version":"2.0"},"files":[]}', headers={"Content-Type": JSON}),
            "Simple API version '2.0', expected 1.x",
        ),
        (Reply(b"%PDF", headers={"Content-Type": "application/pdf"}), "got 'application/pdf'"),
        (
            Reply(b"x", headers={"Content-Type": "text/html; charset=nope"}),
            "no page of the Sim",
        ),
        (
            Reply(b'<a href="thing-1.0.tar.gz">thing-1.0.tar.gz</a>', length=9999),
            "thing: .*the answer breaks off",
        ),
        (
            Reply(
                b'<html><a href="thing-1.0.tar.gz">thing-1.0.tar.gz</a>\n<a href="thing-1.1',
                headers={"Content-Type": "text/html"},
                delimited=False,
            ),
            "thing: .*the answer breaks off",
        ),
        (Reply(b"not gzip", headers={"Content-Encoding": "gzip"}), "thing: .*cannot|fails"),
    ],
)
def test_an_answer_that_is_of_no_use(index: FakeIndex, reply: Reply, complaint: str) -> None:
    index.replies["/simple/thing/"] = reply
    with pytest.raises(SamplerError, match=complaint) as error:
        fetch(index)
    # Only of an answer that was understood is it known that there is no release.
    told = "no such package" in complaint or "lists no releases" in complaint
    assert isinstance(error.value, NoReleases) is told


@pytest.mark.parametrize("end", ["</html>", "</BODY>", "</body></html >\n<!--SERIAL 7-->"])
def test_a_page_that_ends_with_the_connection(index: FakeIndex, end: str) -> None:
    body = f'<html><a href="x">thing-1.0.tar.gz</a>{end}'.encode()
    headers = {"Content-Type": "text/html"}
    index.replies["/simple/thing/"] = Reply(body, headers=headers, delimited=False)
    assert list(fetch(index)) == ["1.0"]
    index.json_page("thing", [{"filename": "thing-2.0.tar.gz", "url": "x", "hashes": {}}])
    page = index.replies["/simple/thing/"]
    assert isinstance(page, Reply)
    page.delimited = False
    assert list(fetch(index)) == ["2.0"]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_passing_failure_is_retried(index: FakeIndex, status: int) -> None:
    index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
    page = index.replies["/simple/thing/"]
    assert isinstance(page, Reply)
    failure = Reply(status=status, headers={"Retry-After": "0"})
    index.replies["/simple/thing/"] = [failure, page]
    assert list(fetch(index)) == ["1.0"]
    assert index.asked("/simple/thing/") == 2


@pytest.mark.parametrize("status", [429, 500])
def test_a_lasting_failure_is_reported(index: FakeIndex, status: int) -> None:
    index.replies["/simple/thing/"] = Reply(status=status, headers={"Retry-After": "0"})
    with pytest.raises(SamplerError, match=f"thing: .*the index answers {status}; .*try again"):
        fetch(index)
    assert index.asked("/simple/thing/") == 5


@pytest.mark.parametrize(
    "header, seconds",
    [("30", 30.0), ("Fri, 02 Jan 2026 00:00:00 GMT", 0.0), ("soon", None), (None, None)],
)
def test_what_the_index_asks_for_is_told(
    index: FakeIndex, header: str | None, seconds: float | None
) -> None:
    headers = {"Retry-After": header} if header else {}
    index.replies["/simple/thing/"] = Reply(status=403, headers=headers)
    with pytest.raises(SamplerError) as error:
        fetch(index)
    assert error.value.retry_after == seconds


@pytest.mark.parametrize(
    ("header", "when"), [("3600", "in 3,600 seconds"), ("0", "later"), ("soon", "later")]
)
def test_when_to_try_again_is_told(index: FakeIndex, header: str, when: str) -> None:
    index.replies["/simple/thing/"] = Reply(status=507, headers={"Retry-After": header})
    with pytest.raises(SamplerError, match=f"the index answers 507; try again {when}$"):
        fetch(index)


@pytest.mark.parametrize("header", ["99999999", "soon", "Sun, 01 Jan 9999 00:00:00 GMT"])
def test_retry_after_is_bounded(index: FakeIndex, header: str) -> None:
    from release_sampler.index.http import _MAX_RETRY_AFTER, _Retry

    class _Response:
        headers = {"Retry-After": header}

    after = _Retry().get_retry_after(_Response())  # type: ignore[arg-type]
    assert after is None or after <= _MAX_RETRY_AFTER


def test_a_slow_answer_times_out(index: FakeIndex) -> None:
    release = Event()
    index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
    page = index.replies["/simple/thing/"]
    assert isinstance(page, Reply)
    page.stall = lambda: release.wait()
    try:
        with pytest.raises(SamplerError, match="thing: .*no answer in time; try again later"):
            client(index.simple, timeout=0.2).fetch("thing", None)
        with pytest.raises(SamplerError, match="no complete answer within 0.3 seconds"):
            client(index.simple, deadline=0.3).fetch("thing", None)
    finally:
        release.set()


def test_an_unreachable_index() -> None:
    with serve() as gone:
        url = gone.simple
    with pytest.raises(SamplerError, match="thing: .*the index cannot be reached"):
        client(url).fetch("thing", None)


def test_credentials_are_used_and_not_shown(index: FakeIndex) -> None:
    index.replies["/simple/thing/"] = Reply(status=403)
    url = index.simple.replace("//", "//user:hunter2@")
    with pytest.raises(SamplerError) as raised:
        client(url).fetch("thing", None)
    assert "hunter2" not in str(raised.value) and "user" not in str(raised.value)
    assert index.requests[0][1]["Authorization"].startswith("Basic ")


def test_too_large_an_answer(index: FakeIndex) -> None:
    index.replies["/big"] = Reply(b"x" * 2_000_000)
    with pytest.raises(SamplerError, match="more than 1,000,000 bytes"):
        Http(IndexConfig((index.simple,))).get(f"{index.url}/big", limit=1_000_000)


def test_a_page_that_takes_too_long_to_read(index: FakeIndex) -> None:
    release = Event()
    index.page("thing", {})
    http = Http(IndexConfig((index.simple,)), deadline=0.3)
    try:
        with pytest.raises(SamplerError, match="no complete answer within 0.3 seconds"):
            http.read(f"{index.simple}thing/", lambda answer: release.wait())
    finally:
        release.set()


@pytest.mark.parametrize("device", ["/dev/zero", "fifo", "folder"])
def test_only_files_are_read(tmp_path: Path, device: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    with pytest.raises(NotOffered):
        Http(IndexConfig((f"file://{tmp_path}/",))).get(f"file://{tmp_path / device}")


def test_too_large_a_file(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 1001)
    http = Http(IndexConfig((f"file://{tmp_path}/",)))
    with pytest.raises(SamplerError, match="more than 1,000 bytes"):
        http.get(f"file://{tmp_path}/big", limit=1_000)
    assert len(http.get(f"file://{tmp_path}/big", limit=1_001).content) == 1_001


def test_a_bundle_of_certificates_that_is_not_there() -> None:
    config = IndexConfig(("https://127.0.0.1:9/simple/",), cert="/nowhere/bundle.pem")
    with pytest.raises(SamplerError, match="thing: /nowhere/bundle.pem: .*check pip's cert"):
        SimpleIndex(config, Http(config)).fetch("thing", None)
