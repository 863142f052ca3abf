"""Archives of somebody who wants them read: bombs, and what has been damaged on purpose."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release_sampler.index import metadata as reader
from release_sampler.index.http import Answer, Http
from sampler_examples import examples
from sampler_index import sdist, wheel


class Served(Http):
    """An index that answers everything with one content."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def get(self, url: str, headers: Mapping[str, str] | None = None, limit: int = 0) -> Answer:
        return Answer(url, 200, self._content, {})


def read_sdist(content: bytes, name: str = "thing-1.0.tar.gz") -> bytes | None:
    """PKG-INFO, or None where there is none that can be read."""
    try:
        return reader._read_sdist(Served(content), f"http://127.0.0.1/{name}")
    except reader._Unreadable:
        return None


def read_wheel(content: bytes) -> bytes | None:
    try:
        return reader._metadata_in_zip(io.BytesIO(content))
    except reader._Unreadable:
        return None


def zeros(megabytes: int) -> bytes:
    """A stream of gzip of so many zeros, made without unpacking it: 1,000 to 1."""
    packer = zlib.compressobj(wbits=31)
    part = bytes(1_000_000)
    return b"".join(packer.compress(part) for _ in range(megabytes)) + packer.flush()


def header(kind: bytes, size: int) -> bytes:
    member = tarfile.TarInfo("thing-1.0/PKG-INFO")
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT)


@contextmanager
def little_memory() -> Iterator[None]:
    """What is read is never all in memory."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_of_an_sdist_that_unpacks_to_all_of_the_memory(kind: bytes) -> None:
    bomb = gzip.compress(header(kind, 100_000_000)) + zeros(100)
    with little_memory():
        assert read_sdist(bomb) is None


def test_a_member_of_an_sdist_that_unpacks_without_end() -> None:
    bomb = gzip.compress(header(tarfile.REGTYPE, 100_000_000)) + zeros(100)
    with little_memory():
        found = read_sdist(bomb)
    assert found is not None and len(found) <= 4_000_000


def test_metadata_of_a_wheel_that_unpack_without_end() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("thing-1.0.dist-info/METADATA", "w") as member:
            for _ in range(100):
                member.write(bytes(1_000_000))
    content = file.getvalue()
    with little_memory():
        found = read_wheel(content)
    assert found is not None and len(found) <= 4_000_000


def packed(method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\n" * 20)
    return file.getvalue()


WHEELS = [wheel("3.8"), *map(packed, (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))]
DAMAGE = st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), min_size=1, max_size=6)


def damaged(content: bytes, damage: list[tuple[int, int]], end: int) -> bytes:
    changed = bytearray(content)
    for place, value in damage:
        changed[place % len(changed)] = value
    return bytes(changed[: len(changed) - end % 3])


@examples(200)
@given(st.sampled_from(WHEELS), DAMAGE, st.integers(0, 50))
def test_a_damaged_wheel_is_read_or_is_none(
    content: bytes, damage: list[tuple[int, int]], end: int
) -> None:
    found = read_wheel(damaged(content, damage, end))
    assert found is None or len(found) <= 4_000_000


@examples(150)
@given(DAMAGE, st.integers(0, 50), st.booleans())
def test_a_damaged_sdist_is_read_or_is_none(
    damage: list[tuple[int, int]], end: int, inside: bool
) -> None:
    whole = sdist("3.8")
    if inside:
        content = gzip.compress(damaged(gzip.decompress(whole), damage, end), 1)
    else:
        content = damaged(whole, damage, end)
    found = read_sdist(content)
    assert found is None or len(found) <= 4_000_000


@examples(200)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_metadata_or_none(content: bytes) -> None:
    try:
        found = reader._from_metadata(content)
    except reader._Unreadable:
        return
    assert all(isinstance(line, str) for line in (*found.classifiers, *found.requires))
