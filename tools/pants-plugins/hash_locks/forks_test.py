from __future__ import annotations

import pytest

from hash_locks.forks import bad_fork, bad_forks
from hash_locks.requirements_file import parse

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HASH = f"sha256={'0' * 64}"
HOST = "https://host.example/owner/project"


@pytest.mark.parametrize(
    "requirement",
    [
        "httpx>=0.27",
        f"httpx @ {HOST}/archive/{COMMIT}.zip#{HASH}",
        f"httpx[http2] @ {HOST}/archive/{COMMIT}.tar.gz#{HASH}",
        f"httpx @ {HOST}/tar.gz/{COMMIT}#{HASH}",
        f"httpx @ {HOST}/archive/{COMMIT}.zip#{HASH} ; python_version >= '3.9'",
    ],
)
def test_forks_that_are_pinned(requirement: str) -> None:
    assert bad_fork("3rdparty/python:x#httpx", requirement) is None


@pytest.mark.parametrize(
    "url",
    [
        f"{HOST}/archive/refs/heads/main.zip#{HASH}",
        f"{HOST}/archive/refs/tags/v1.0.zip#{HASH}",
        f"{HOST}/archive/{COMMIT}.zip",
        f"{HOST}/archive/{COMMIT[:39]}.zip#{HASH}",
        f"{HOST}/archive/{COMMIT}a.zip#{HASH}",
        f"{HOST}/archive/{COMMIT.upper()}.zip#{HASH}",
        f"{HOST}/archive/{COMMIT}/main.zip#{HASH}",
        f"{HOST}/archive/main.zip?commit={COMMIT}#{HASH}",
        f"{HOST}/archive/{COMMIT}.zip#{HASH[:-1]}",
        f"{HOST}/archive/{COMMIT}.zip#egg=httpx",
        f"http://host.example/archive/{COMMIT}.zip#{HASH}",
        f"https://user:secret@host.example/{COMMIT}.zip#{HASH}",
        f"git+https://host.example/owner/project@{COMMIT}",
        f"file:///wheels/{COMMIT}.zip#{HASH}",
    ],
)
def test_forks_that_are_not(url: str) -> None:
    violation = bad_fork("3rdparty/python:x#httpx", f"httpx @ {url}")
    assert violation is not None
    assert (
        violation.startswith("3rdparty/python:x#httpx: ") and "exactly 40 hex digits" in violation
    )


def test_every_line_is_named() -> None:
    branch = f"{HOST}/archive/refs/heads/main.zip"
    text = (
        f"a @ {branch}  # A.\n"
        f"b @ {HOST}/archive/{COMMIT}.zip#{HASH}  # B.\n"
        f"# C.\nc @ {branch}\n"
    )
    found = bad_forks("tools/x.in", parse(text, "tools/x.in"))
    assert [violation.partition(": ")[0] for violation in found] == ["tools/x.in:1", "tools/x.in:4"]
