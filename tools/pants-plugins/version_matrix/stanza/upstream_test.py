from __future__ import annotations

import pytest

from version_matrix.stanza.conditions import SuiteError
from version_matrix.stanza.suite import Suite
from version_matrix.stanza.upstream import check_upstream, parse_upstream, required

URL = "https://forge.example/encode/httpx/archive/refs/heads/master.tar.gz"


@pytest.mark.parametrize(
    "url", [None, URL, "file:///somewhere/main.zip", "http://127.0.0.1:8080/x.tgz"]
)
def test_the_archive_of_a_branch(url: str | None) -> None:
    assert parse_upstream(url) == url


@pytest.mark.parametrize(
    "url, told",
    [
        ("", "by https"),
        ("httpx", "by https"),
        ("git+https://forge.example/encode/httpx", "by https"),
        ("https:///main.tar.gz", "by https"),
        ("https://forge.example/encode/httpx", "expected the URL of an archive"),
        (f"{URL}#sha256=0", "expected the URL of an archive"),
        (f"{URL}?token=1", "expected the URL of an archive"),
        ("https://me:secret@forge.example/main.tar.gz", "holds credentials"),
        ("https://forge.example/a b.tar.gz", "characters"),
        ("https://forge.example/a;b.tar.gz", "characters"),
        ("https://forge.example/$HOME.tar.gz", "characters"),
        ("https://[forge/main.tar.gz", "is no URL"),
    ],
)
def test_what_is_none_is_refused(url: str, told: str) -> None:
    with pytest.raises(SuiteError, match=told) as refused:
        parse_upstream(url)
    assert "secret" not in str(refused.value)


def test_extras_are_kept() -> None:
    suite = Suite("a:matrix", "a/matrix", "httpx[http2,cli]>=0.16", upstream=URL)
    assert required(suite) == f"httpx[cli,http2] @ {URL}"


def test_own_requirements_have_no_upstream() -> None:
    with pytest.raises(SuiteError, match="upstream is about a package"):
        check_upstream(Suite("a:matrix", "a/matrix", None, upstream=URL))


def test_it_is_no_part_of_what_is_sampled() -> None:
    plain = Suite("a:matrix", "a/matrix", "httpx>=0.16")
    named = Suite("a:matrix", "a/matrix", "httpx>=0.16", upstream=URL)
    assert named.sampling_request() == plain.sampling_request()
