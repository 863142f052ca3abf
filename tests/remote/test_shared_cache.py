"""What one checkout has run, no other one runs again; and a cache that dies spoils no build."""

from __future__ import annotations

import re
from typing import Dict, Iterator

import pytest

from matrix_end_to_end.package_index import PackageIndex, serve
from matrix_end_to_end.repository import MATRIX, Repository
from remote.cache_server import CacheServer
from remote.checkouts import NATIVE_TEST, counters, first_checkout, second_checkout

PASSED = 5
"""Cells of two samples on two Pythons, and the native tests."""

# Waits, wherever it runs, until this test lets it go on.
WAITING = """\
import urllib.request

from lib.core import PREFIX


def test_prefix() -> None:
    urllib.request.urlopen({url!r}).close()
    assert PREFIX == 'hello'
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageIndex]:
    for index in serve(tmp_path_factory.mktemp("index") / "index"):
        for version, uploaded in (("1.0.0", "2024-01-01"), ("2.0.0", "2024-07-01")):
            index.release(
                "matrix-example",
                version,
                uploaded=f"{uploaded}T00:00:00Z",
                code=f"NAME = 'example'  # {version}\n",
            )
        yield index


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CacheServer]:
    server = CacheServer(tmp_path_factory.mktemp("server") / "buildgrid")
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module")
def first(
    tmp_path_factory: pytest.TempPathFactory, index: PackageIndex, server: CacheServer
) -> Iterator[Repository]:
    """A checkout whose suite is generated and committed, before any test has run."""
    checkout = first_checkout(tmp_path_factory.mktemp("first"), index.url, server.address)
    try:
        checkout.succeed("generate-matrix", "::")
        checkout.commit("generate the matrix")
        yield checkout
    finally:
        checkout.stop()


@pytest.fixture(scope="module")
def written(first: Repository) -> Dict[str, int]:
    """What the first run of all tests counted."""
    output = first.succeed("test", "::")
    assert output.count("✓ ") == PASSED and "(cached" not in output
    return counters(output)


@pytest.fixture(scope="module")
def second(
    tmp_path_factory: pytest.TempPathFactory, first: Repository, written: Dict[str, int]
) -> Iterator[Repository]:
    checkout = second_checkout(first, tmp_path_factory.mktemp("second"))
    try:
        yield checkout
    finally:
        checkout.stop()


def test_a_checkout_writes_what_it_has_run(written: Dict[str, int]) -> None:
    assert written["remote_cache_requests"] > PASSED
    assert written["remote_cache_requests_cached"] == 0
    assert written["remote_cache_write_successes"] == written["remote_cache_write_attempts"]
    assert written["remote_cache_write_errors"] == written["remote_cache_read_errors"] == 0


def test_another_checkout_runs_nothing(second: Repository, written: Dict[str, int]) -> None:
    """Neither tests nor what they need: no wheel is installed again, and no tool."""
    output = second.succeed("test", "::")
    assert output.count("(cached remotely)") == PASSED
    hits = re.findall(r'remote cache hit for: "(.+?)" digest=', output)
    begun = re.findall(r"\[DEBUG\] Running (.+?) under semaphore", output)
    for what in (
        "Install matrix-example 1.0.0 on ",
        # With what pytest brings, which one process installs.
        "Install .*, pytest [0-9.]+ on ",
        "Run pytest for ",
        "Run Pytest ",
    ):
        assert any(re.match(what, hit) for hit in hits), (what, hits)
    # What is the plugin's own, and takes time, waits for the answer.
    assert not [what for what in begun if what.startswith(("Install ", "Run pytest for "))], begun
    found = counters(output)
    # Pants' own begins at once, and may be there before the answer.
    ahead = found["remote_cache_speculation_local_completed_first"]
    assert len(hits) == found["remote_cache_requests_cached"]
    assert found["remote_cache_requests_cached"] + ahead == found["remote_cache_requests"]
    assert found["remote_cache_requests"] >= written["remote_cache_write_successes"]
    assert found["remote_cache_requests_uncached"] == found["remote_cache_read_errors"] == 0


def test_a_cache_that_dies_while_tests_run_spoils_nothing(
    second: Repository, index: PackageIndex, server: CacheServer
) -> None:
    index.offer("waiting", [])
    gate = index.hold("waiting")
    second.write(
        {
            "lib/src/lib/core.py": "PREFIX = 'hello'  # Changed.\n",
            NATIVE_TEST: WAITING.format(url=f"{index.url}/waiting"),
        }
    )
    process = second.start("test", "::")
    assert gate.reached.wait(600)
    server.kill()
    gate.opened.set()
    output, _ = process.communicate()
    assert process.returncode == 0, output
    assert output.count("✓ ") == PASSED
    found = counters(output)
    assert found["remote_cache_write_errors"] > 0
    assert "remote cache" in output

    # And from then on, as without one.
    second.write({"lib/src/lib/core.py": "PREFIX = 'hallo'\n"})
    status, output = second.pants("test", f"{MATRIX}#2.0.0@python=3.12")
    assert status == 1 and "hallo example" in output, output
    assert counters(output)["remote_cache_read_errors"] > 0
