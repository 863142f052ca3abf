"""Metadata of one release, from wherever the index offers them, the cheapest first.

Indexes are patchy: PEP 658 metadata files may be there without being advertised and the other way round, and
JSON per version is a speciality of PyPI. What is not there, is forbidden or cannot be read is skipped; a
failing network is an error, because the answer would be another one tomorrow.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.parser import HeaderParser
from typing import IO, cast

from release_sampler.index.http import Answer, Http, NotOffered, Refused, TooLarge
from release_sampler.index.pages import IndexFile

_MAX_METADATA = 4_000_000
#: Bytes; blocks and headers of members are read so.
_SMALL_READ = 16_384
#: Wheels and sdists are only downloaded as a whole up to this size, in bytes.
_MAX_DOWNLOAD = 30_000_000
#: The end of a wheel: in most its directory and its METADATA, which comes last; else a longer end.
_TAILS = (64_000, 1_000_000)
#: Of an sdist, this much is unpacked (in memory, a member at a time) in search of PKG-INFO.
_MAX_UNPACKED = 300_000_000


@dataclass(frozen=True)
class Metadata:
    """What the metadata of a release says of Pythons and of other projects."""

    classifiers: tuple[str, ...] = ()
    #: Lines of `Requires-Dist`.
    requires: tuple[str, ...] = ()


def fetch_metadata(http: Http, package: str, version: str, files: Sequence[IndexFile]) -> Metadata:
    """Classifiers and requirements of a release; none if the index does not offer them anywhere.

    Raises `SamplerError` if the index fails.
    """
    for attempt in _attempts(http, package, version, files):
        try:
            return attempt()
        except (NotOffered, Refused, TooLarge, _Unreadable):
            continue
    return Metadata()


class _Unreadable(Exception):
    """There is something, but no metadata in it."""


#: What reading an archive of somebody else's raises, by the standard library's own account or without.
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    RuntimeError,
    ValueError,
    EOFError,
    OverflowError,
    MemoryError,
)


def _attempts(
    http: Http, package: str, version: str, files: Sequence[IndexFile]
) -> Iterator[Callable[[], Metadata]]:
    wheels = [file.url for file in files if file.filename.endswith(".whl") and file.url]
    sdists = [
        file.url for file in files if file.filename.endswith((".tar.gz", ".zip")) and file.url
    ]
    for index in dict.fromkeys(file.index for file in files):
        api = json_api(index, package, version)
        if api is not None:
            yield lambda api=api: http.read(  # type: ignore[misc]
                api, _from_json_api, limit=_MAX_DOWNLOAD
            )
    if wheels:
        yield lambda: http.read(
            _metadata_url(wheels[0]),
            lambda answer: _from_metadata(answer.content),
            limit=_MAX_METADATA,
        )
        yield lambda: _from_metadata(_read_wheel(http, wheels[0]))
    if sdists:
        yield lambda: _from_metadata(_read_sdist(http, sdists[0]))


def json_api(index: str, package: str, version: str | None = None) -> str | None:
    """The URL of a project or of one of its versions in PyPI's JSON API, which lies beside `simple/`."""
    if not index.endswith("/simple/") or index.startswith("file:"):
        return None
    parts = [package, version, "json"] if version else [package, "json"]
    return f"{index[: -len('simple/')]}pypi/{'/'.join(parts)}"


def _from_json_api(answer: Answer) -> Metadata:
    try:
        info = json.loads(answer.content)["info"]
        classifiers, requires = info["classifiers"], info.get("requires_dist") or []
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _Unreadable from error
    if not isinstance(classifiers, list) or not isinstance(requires, list):
        raise _Unreadable
    return Metadata(
        tuple(text for text in classifiers if isinstance(text, str)),
        tuple(text for text in requires if isinstance(text, str)),
    )


def _from_metadata(content: bytes) -> Metadata:
    headers = HeaderParser().parsestr(content.decode("utf-8", "replace"))
    if "Metadata-Version" not in headers:
        raise _Unreadable
    classifiers, requires = (
        tuple(str(value) for value in headers.get_all(name) or ())
        for name in ("Classifier", "Requires-Dist")
    )
    return Metadata(classifiers, requires)


def _metadata_url(url: str) -> str:
    return f"{url.partition('#')[0].partition('?')[0]}.metadata"


def _read_wheel(http: Http, url: str) -> bytes:
    """METADATA of a wheel: by its end, if the server gives out parts of files, else by the whole."""
    for length in _TAILS:
        tail = _get_part(http, url, f"bytes=-{length}")
        if tail.status != 206:
            return _metadata_in_zip(io.BytesIO(tail.content))
        size = _size_of(tail)
        with suppress(_Unreadable):
            return _metadata_in_zip(_Tail(tail.content, size))
        if size <= len(tail.content):
            raise _Unreadable
    return _metadata_in_zip(io.BytesIO(http.get(url, limit=_MAX_DOWNLOAD).content))


def _get_part(http: Http, url: str, part: str) -> Answer:
    return http.get(url, {"Range": part, "Accept-Encoding": "identity"}, limit=_MAX_DOWNLOAD)


def _size_of(answer: Answer) -> int:
    total = answer.headers.get("Content-Range", "").rpartition("/")[2]
    if not total.isdecimal() or int(total) < len(answer.content):
        raise _Unreadable
    return int(total)


class _Tail(io.RawIOBase):
    """A file of which only the end is there, for `zipfile`, which starts reading at the end."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content = content
        self._size = size
        self._position = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        start = self._position - (self._size - len(self._content))
        if start < 0:
            raise _Unreadable
        end = len(self._content) if size is None or size < 0 else start + size
        part = self._content[start:end]
        self._position += len(part)
        return part


def _metadata_in_zip(file: IO[bytes] | io.RawIOBase) -> bytes:
    try:
        with zipfile.ZipFile(cast(IO[bytes], file)) as archive:
            names = [name for name in archive.namelist() if _is_metadata(name)]
            if not names:
                raise _Unreadable
            with archive.open(min(names, key=_depth)) as member:
                return member.read(_MAX_METADATA)
    except _BROKEN as error:
        raise _Unreadable from error


def _read_sdist(http: Http, url: str) -> bytes:
    """PKG-INFO of an sdist; nothing is extracted and nothing is run."""
    content = io.BytesIO(http.get(url, limit=_MAX_DOWNLOAD).content)
    if url.endswith(".zip"):
        return _metadata_in_zip(content)
    try:
        with tarfile.open(fileobj=_unpacked(content), mode="r:") as archive:
            unpacked = 0
            for member in archive:
                unpacked += member.size
                if unpacked > _MAX_UNPACKED:
                    break
                if member.isfile() and _is_metadata(member.name) and _depth(member.name) == 1:
                    found = archive.extractfile(member)
                    if found is not None:
                        return found.read(_MAX_METADATA)
    except _BROKEN as error:
        raise _Unreadable from error
    raise _Unreadable


class _InParts(gzip.GzipFile):
    """What is packed, in parts: `tarfile` reads a header as long as it says it is, of any length.

    At once, or from Python 3.15 on piece by piece; what an honest one has is small.
    """

    _large = 0

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= _MAX_METADATA:
            raise _Unreadable
        if size > _SMALL_READ:
            self._large += size
            if self._large > 2 * _MAX_METADATA:
                raise _Unreadable
        return super().read(size)


def _unpacked(content: io.BytesIO) -> IO[bytes]:
    packed = content.getbuffer()[:2].tobytes() == b"\x1f\x8b"
    return cast(IO[bytes], _InParts(fileobj=content)) if packed else content


def _is_metadata(name: str) -> bool:
    return name.endswith((".dist-info/METADATA", "/PKG-INFO"))


def _depth(name: str) -> int:
    return name.count("/")
