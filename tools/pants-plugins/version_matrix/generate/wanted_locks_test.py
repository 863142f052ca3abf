"""What a lock is made of where the canary asks for an unreleased source, and where nobody does."""

from __future__ import annotations

import pytest
from pants.testutil.option_util import create_subsystem
from pants.util.frozendict import FrozenDict

from version_matrix.generate.requests import Closure
from version_matrix.generate.wanted_locks import wanted
from version_matrix.stanza.lock_file import LockInputs
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.samples_file import Sample
from version_matrix.stanza.suite import Suite

URL = "https://forge.example/httpx/main.tar.gz"


def inputs(version: str, *, upstream: str | None = None, asked: str | None = None) -> LockInputs:
    matrix = create_subsystem(
        VersionMatrix,
        target_pythons=["3.9.18", "3.12.1"],
        platforms=["linux-x86_64-glibc2.28"],
        base_requirements=["pytest>=7"],
        upstream=asked,
    )
    suite = Suite("a:matrix", "a/matrix", "httpx[http2]>=0.16", sdists=("h2",), upstream=upstream)
    sample = Sample(version, "latest", ("3.9", "3.12"))
    return wanted(suite, sample, sample.pythons, matrix, Closure(FrozenDict(), frozenset())).inputs


def test_a_source_that_is_named_changes_no_lock() -> None:
    assert inputs("0.28.1", upstream=URL) == inputs("0.28.1")


@pytest.mark.parametrize("version, upstream", [("0.27.0", URL), ("0.28.1", None)])
def test_other_samples_and_suites_are_as_ever(version: str, upstream: str | None) -> None:
    assert inputs(version, upstream=upstream, asked="0.28.1") == inputs(version)


def test_the_sample_that_is_asked_for_is_built_from_it() -> None:
    found, released = inputs("0.28.1", upstream=URL, asked="0.28.1"), inputs("0.28.1")
    assert found.requirements == (f"httpx[http2] @ {URL}", *released.requirements[1:])
    assert found.sdists == ("h2", "httpx")
    assert found.digest != released.digest
