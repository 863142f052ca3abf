from __future__ import annotations

import pytest

from dependency_policy.policy import bad_fork, misplaced_files, misplaced_target, published_url

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HASH = f"sha256={'0' * 64}"
HOST = "https://host.example/owner/project"


@pytest.mark.parametrize(
    "path",
    [
        "requirements.txt",
        "requirements-dev.txt",
        "services/users/requirements.txt",
        "services/users/dev-requirements.txt",
        "libs/shared/baton/constraints.txt",
        "services/users/service.in",
        "services/users/setup.py",
        "services/users/Pipfile",
    ],
)
def test_requirements_elsewhere(path: str) -> None:
    (violation,) = misplaced_files([path, "README.md"])
    assert violation.startswith(f"{path}: requirements are said in 3rdparty/python/*.in only")


@pytest.mark.parametrize(
    "path",
    [
        "3rdparty/python/service.in",
        "3rdparty/python/tools/pytest.in",
        "libs/shared/release-sampler/src/release_sampler/requirements.py",
        "libs/shared/baton/tests/integrations/httpx/matrix/0.28.1.lock",
        "libs/shared/baton/MANIFEST.in",
        "docs/built.txt",
    ],
)
def test_files_that_may_be_where_they_are(path: str) -> None:
    assert misplaced_files([path]) == ()


def test_targets() -> None:
    assert misplaced_target("3rdparty/python:testing", "3rdparty/python") is None
    assert misplaced_target("3rdparty/python/tools:x", "3rdparty/python/tools") is None
    violation = misplaced_target("services/users:httpx", "services/users")
    assert violation is not None and violation.startswith("services/users:httpx: ")


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


def test_nothing_published_requires_a_url() -> None:
    fork = f"httpx @ {HOST}/archive/{COMMIT}.zip#{HASH}"
    violation = published_url("libs/shared/baton:dist", fork)
    assert violation is not None and violation.startswith("libs/shared/baton:dist: ")
    assert published_url("libs/shared/baton:dist", "httpx>=0.16") is None
