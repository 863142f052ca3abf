"""Project pages of the Simple API: bytes in, files out. No network here.

HTML is PEP 503 with PEP 592 (yanked) and the `data-upload-time` that some indexes add; JSON is PEP 691 with
PEP 700 (upload times); both with PEP 792 (status of the project). One bad entry sets aside one file; only a page that is no page is an error.

A link leads to the network, whatever else it says; only an index that is a folder may name files, of its own.
"""

from __future__ import annotations

import json
import os.path
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import Message
from html.parser import HTMLParser
from itertools import islice
from pathlib import PurePath
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import url2pathname

from packaging.utils import canonicalize_name
from pypi_simple import (
    DistributionPackage,
    Link,
    UnparsableFilenameError,
    UnsupportedRepoVersionError,
    parse_filename,
    parse_links_stream,
)

from release_sampler.basis.model import ACTIVE, Status
from release_sampler.basis.text import one_line
from release_sampler.basis.times import parse_time

_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = ("text/html", "application/vnd.pypi.simple.v1+html")
#: Names of `meta` elements in HTML.
_STATUS_NAMES = ("pypi:project-status", "pypi:project-status-reason")
#: Where they are looked for: in so many characters from the top.
_MAX_HEAD = 20_000
_MAX_REASON = 200
#: The most files of one page; the largest projects of PyPI have a tenth of it.
_MAX_FILES = 100_000


@dataclass(frozen=True)
class IndexFile:
    """A distribution file as an index lists it."""

    #: The root of the index that lists it.
    index: str
    filename: str
    #: As the file name spells it.
    version: str
    url: str
    requires_python: str | None = None
    uploaded: datetime | None = None
    yanked: bool | str = False
    #: Its digest, as the index has it.
    sha256: str | None = None
    #: Where its attestations are, PEP 740.
    provenance: str | None = None
    #: Whether the index says that it has none: not every index knows of them.
    unattested: bool = False
    #: Why its entry cannot be used.
    problem: str | None = None


@dataclass(frozen=True)
class Page:
    """What one index says of a package."""

    files: tuple[IndexFile, ...]
    status: Status = ACTIVE


def parse_page(content: bytes, content_type: str, url: str, index: str, package: str) -> Page:
    """The files of a package (a normalized name) on the page at a URL, and its status.

    Links to other projects and to what is not a distribution are left out, as pip does. Raises
    `ValueError` if this is not a page of the Simple API.
    """
    header = Message()
    header["Content-Type"] = content_type or "text/html"
    declared = header.get_content_type()
    try:
        if declared == _JSON:
            data = _json_page(content)
            files = _bounded(_from_json(data["files"], url, index, package))
            return Page(files, _json_status(data.get("project-status")))
        if declared in _HTML:
            encoding = header.get_content_charset("utf-8")
            page = content.decode(encoding, "replace")
            return Page(_bounded(_from_html(page, url, index, package)), _html_status(page))
    # The last two are what Python's parser of HTML says to a marked section that it does not know, from
    # 3.10 on and before.
    except (
        UnsupportedRepoVersionError,
        LookupError,
        RecursionError,
        AssertionError,
        NotImplementedError,
    ) as error:
        raise ValueError(str(error)) from error
    raise ValueError(f"expected HTML or JSON of the Simple API, got {declared[:60]!r}")


def is_closed(content: bytes, content_type: str) -> bool:
    """Whether a page shows by itself that it is complete: HTML by a closing tag, JSON by being JSON."""
    end = content[-1_000:].lower()
    return content_type.startswith(_JSON) or b"</html" in end or b"</body" in end


def _bounded(files: Iterator[IndexFile]) -> tuple[IndexFile, ...]:
    listed = tuple(islice(files, _MAX_FILES + 1))
    if len(listed) > _MAX_FILES:
        raise ValueError(f"more than {_MAX_FILES:,} files")
    return listed


def _json_page(content: bytes) -> dict[str, Any]:
    data = json.loads(content)
    if not isinstance(data, dict) or not isinstance(data.get("files"), list):
        raise ValueError("expected a list of files, PEP 691")
    meta = data.get("meta")
    declared = meta.get("api-version", "1.0") if isinstance(meta, dict) else "1.0"
    if not str(declared).startswith("1."):
        raise ValueError(f"Simple API version {str(declared)[:20]!r}, expected 1.x")
    return data


def _from_json(entries: list[object], url: str, index: str, package: str) -> Iterator[IndexFile]:
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("filename"), str):
            continue
        filename = entry["filename"]
        listed = _listed(index, filename, package)
        if listed is None:
            continue
        try:
            found = DistributionPackage.from_json_data(entry, package, url)
        except ValueError as error:
            yield replace(listed, problem=f"invalid {_field_of(error)}")
            continue
        uploaded = None if found.upload_time is None else found.upload_time.isoformat()
        complete = _complete(
            listed, found, found.url, uploaded, _link(url, entry.get("provenance"))
        )
        yield replace(complete, unattested=entry.get("provenance", "") is None)


def _from_html(page: str, url: str, index: str, package: str) -> Iterator[IndexFile]:
    # Without a base URL: joining one bad link would raise for the whole page.
    for link in parse_links_stream([page]):
        listed = _listed(index, link.text, package)
        if listed is None:
            continue
        try:
            found = DistributionPackage.from_link(link, package)
            file_url = urljoin(url, found.url)
        except ValueError:
            yield replace(listed, problem="invalid link")
            continue
        provenance = _link(url, link.attrs.get("data-provenance"))
        yield _complete(listed, found, file_url, _upload_time(link), provenance)


def _json_status(value: object) -> Status:
    told = value if isinstance(value, dict) else {}
    return _status(told.get("status"), told.get("reason"))


def _html_status(page: str) -> Status:
    parser = _Head()
    parser.feed(page[:_MAX_HEAD])
    return _status(*(parser.told.get(name) for name in _STATUS_NAMES))


def _status(name: object, reason: object) -> Status:
    """What cannot be read says nothing."""
    if not isinstance(name, str) or not name.strip() or name == ACTIVE.name:
        return ACTIVE
    told = one_line(reason, _MAX_REASON) if isinstance(reason, str) and reason.strip() else None
    return Status(one_line(name, 40).lower(), told)


class _Head(HTMLParser):
    """Collects what the `meta` elements of a page say, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "meta" and told.get("name"):
            self.told.setdefault(str(told["name"]), told.get("content") or "")


def _listed(index: str, filename: str, package: str) -> IndexFile | None:
    if len(filename) > 400:
        return None
    try:
        project, version, _ = parse_filename(filename, package)
    except UnparsableFilenameError:
        return None
    if canonicalize_name(project) != package:
        return None
    return IndexFile(index=index, filename=filename, version=version, url="")


def _complete(
    listed: IndexFile,
    found: DistributionPackage,
    url: str,
    uploaded: str | None,
    provenance: str | None,
) -> IndexFile:
    if not _may_link(listed.index, url):
        return replace(listed, problem="invalid url")
    try:
        time = parse_time(uploaded) if uploaded else None
    except ValueError:
        return replace(listed, problem="invalid upload-time")
    return replace(
        listed,
        url=url,
        requires_python=found.requires_python,
        uploaded=time,
        yanked=found.is_yanked and (found.yanked_reason or True),
        sha256=found.digests.get("sha256"),
        provenance=provenance,
    )


def _link(base: str, told: object) -> str | None:
    """A link to the network; whatever else is told is none."""
    if not isinstance(told, str) or not told:
        return None
    try:
        url = urljoin(base, told)
        return url if urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None


def _may_link(index: str, url: str) -> bool:
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        return False
    if scheme != "file":
        return scheme in ("http", "https")
    # Files often lie beside `simple/`, as PyPI's JSON API does.
    home = index[: -len("simple/")] if index.endswith("/simple/") else index
    return index.startswith("file:") and _local_path(home) in _local_path(url).parents


def _local_path(url: str) -> PurePath:
    return PurePath(os.path.normpath(url2pathname(urlsplit(url).path)))


def _upload_time(link: Link) -> str | None:
    value = link.attrs.get("data-upload-time")
    return value if isinstance(value, str) else None


def _field_of(error: ValueError) -> str:
    """The name of the field that the validation of `pypi-simple` complains about."""
    details: list[dict[str, Any]] = getattr(error, "errors", list)()
    place = details[0].get("loc", ()) if details else ()
    return str(place[0])[:40] if place else "entry"
