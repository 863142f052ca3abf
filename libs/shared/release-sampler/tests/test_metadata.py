"""Classifiers of a release, from wherever the index offers them."""

from __future__ import annotations

import json

import pytest

from release_sampler import SamplerError
from release_sampler.index.client import SimpleIndex
from release_sampler.index.http import Http
from release_sampler.index.pip_config import IndexConfig
from sampler_index import FakeIndex, Reply, metadata, sdist, wheel

WHEEL, SDIST = "thing-1.0-py3-none-any.whl", "thing-1.0.tar.gz"
API, PEP_658 = "/pypi/thing/1.0/json", f"/files/{WHEEL}.metadata"


def classify(index: FakeIndex, *files: str) -> tuple[str, ...] | None:
    index.page("thing", {name: {"upload-time": "2024-01-01"} for name in files})
    config = IndexConfig((index.simple,), timeout=600)
    client = SimpleIndex(config, Http(config, backoff=0))
    snapshot = client.classify(client.fetch("thing", None), ["1.0"])
    return snapshot.releases[0].pythons


def api(*pythons: str) -> Reply:
    classifiers = [f"Programming Language :: Python :: {python}" for python in pythons]
    return Reply(json.dumps({"info": {"classifiers": classifiers}}).encode())


def test_from_the_json_api(index: FakeIndex) -> None:
    index.replies[API] = api("3", "3.8", "3.10")
    assert classify(index, WHEEL) == ("3.8", "3.10")
    assert index.asked(PEP_658) == 0


def test_from_a_metadata_file(index: FakeIndex) -> None:
    index.replies[PEP_658] = Reply(metadata("3.9"))
    assert classify(index, WHEEL) == ("3.9",)
    assert index.asked(f"/files/{WHEEL}") == 0


@pytest.mark.parametrize(
    ("ranges", "before", "after", "requests"),
    [
        pytest.param(True, 10, 0, 1, id="shorter than the part asked for"),
        pytest.param(True, 300_000, 0, 1, id="by its end"),
        pytest.param(True, 2_000_000, 300_000, 2, id="by a longer end"),
        pytest.param(True, 10, 2_000_000, 3, id="METADATA first, against the standard's advice"),
        pytest.param(False, 300_000, 0, 1, id="a server that gives out whole files only"),
    ],
)
def test_from_the_wheel(
    index: FakeIndex, ranges: bool, before: int, after: int, requests: int
) -> None:
    index.ranges = ranges
    index.replies[f"/files/{WHEEL}"] = Reply(wheel("3.11", before=before, after=after))
    assert classify(index, WHEEL) == ("3.11",)
    assert index.asked(f"/files/{WHEEL}") == requests


def test_from_the_sdist(index: FakeIndex) -> None:
    index.replies[f"/files/{SDIST}"] = Reply(sdist("3.12"))
    assert classify(index, SDIST) == ("3.12",)


@pytest.mark.parametrize(
    "garbage", [b"", b"{", b"[]", b'{"info":{"classifiers":3}}', b"PK\x05\x06", b"\x1f\x8b\x08 no"]
)
def test_what_cannot_be_read_is_skipped(index: FakeIndex, garbage: bytes) -> None:
    for path in (API, PEP_658, f"/files/{WHEEL}"):
        index.replies[path] = Reply(garbage)
    index.replies[f"/files/{SDIST}"] = Reply(sdist("3.12"))
    assert classify(index, WHEEL, SDIST) == ("3.12",)
    index.replies[f"/files/{SDIST}"] = Reply(garbage)
    assert classify(index, WHEEL, SDIST) == ()


def test_what_is_forbidden_is_not_offered(index: FakeIndex) -> None:
    """Stores of files answer 403 for what they do not have."""
    for path in (API, PEP_658, f"/files/{WHEEL}"):
        index.replies[path] = Reply(status=403)
    index.replies[f"/files/{SDIST}"] = Reply(sdist("3.12"))
    assert classify(index, WHEEL, SDIST) == ("3.12",)


def test_half_a_wheel_is_skipped(index: FakeIndex) -> None:
    index.replies[f"/files/{WHEEL}"] = Reply(wheel("3.11", before=500)[:-100])
    assert classify(index, WHEEL) == ()


def test_nowhere(index: FakeIndex) -> None:
    assert classify(index, WHEEL) == ()


def test_a_failing_index_is_an_error_not_an_answer(index: FakeIndex) -> None:
    index.replies[API] = Reply(status=500, headers={"Retry-After": "0"})
    with pytest.raises(SamplerError, match="thing 1.0: .*the index answers 500"):
        classify(index, WHEEL)
