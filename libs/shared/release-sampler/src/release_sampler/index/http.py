"""HTTP as an index client needs it: retries, a cache on disk, bounds on size and time, plain errors."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit
from urllib.request import url2pathname

import platformdirs
import requests
from cachecontrol import CacheControlAdapter, CacheController
from cachecontrol.caches import FileCache
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.text import one_line
from release_sampler.basis.threads import result_of, submit_each
from release_sampler.index.pip_config import IndexConfig

#: The largest answer that is read, in bytes; the largest pages of PyPI have a tenth of it.
MAX_BODY = 40_000_000
_RETRIED = (429, 500, 502, 503, 504)
_MAX_RETRY_AFTER = 10


#: What to say of an answer that ends too early.
BREAKS_OFF = "the answer breaks off; try again later"

#: Not found, method not allowed, gone, range not satisfiable, not implemented.
_NOT_OFFERED = (404, 405, 410, 416, 501)

T = TypeVar("T")

_LOGGER = logging.getLogger(__name__)


class NotOffered(Exception):
    """The index does not have what was asked for, or not in that way."""


class Refused(SamplerError):
    """The index answers 403: some forbid what others do not have."""


class TooLarge(SamplerError):
    """There is more than the limit that was given."""


@dataclass(frozen=True)
class Answer:
    """A complete answer. `status` is 200, or 206 for a part of a file."""

    url: str
    status: int
    content: bytes
    headers: Mapping[str, str]
    #: Whether anything but the end of the connection told where it ends.
    delimited: bool = True

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "")


class Http:
    """A session with the indexes; it may be used by several threads."""

    def __init__(
        self,
        config: IndexConfig,
        cache: Path | None = None,
        deadline: float = 120.0,
        backoff: float = 0.3,
    ) -> None:
        """`cache` is a folder. In seconds: what one answer may take with all retries, and the pause
        before the second retry, doubled before each further one."""
        self._config = config
        self._deadline = deadline
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "release-sampler"
        self._session.cert = config.client_cert
        if config.proxy:
            self._session.proxies = {"http": config.proxy, "https": config.proxy}
        self._cache = _Cache(str(cache)) if cache else None
        adapter = CacheControlAdapter(
            cache=self._cache,
            max_retries=_Retry(
                total=config.retries,
                backoff_factor=backoff,
                status_forcelist=_RETRIED,
                raise_on_status=False,
            ),
        )
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def get(
        self, url: str, headers: Mapping[str, str] | None = None, limit: int = MAX_BODY
    ) -> Answer:
        """Read a URL (http, https, file) to the end, at most `limit` bytes of it.

        Raises `NotOffered` if there is nothing at the URL, else `SamplerError` for any failure.
        """
        return self.read(url, lambda answer: answer, headers, limit)

    def read(
        self,
        url: str,
        parse: Callable[[Answer], T],
        headers: Mapping[str, str] | None = None,
        limit: int = MAX_BODY,
    ) -> T:
        """As `get`, and parse the answer within the same deadline.

        What `parse` raises goes through, and the answer is not remembered: the next run asks anew.
        """

        def run() -> T:
            if urlsplit(url).scheme == "file":
                return parse(_read_local(url, limit))
            answer = self._get(url, headers or {}, limit)
            try:
                return parse(answer)
            except Exception:
                if self._cache is not None:
                    self._cache.delete(CacheController.cache_url(answer.url))
                raise

        return self._within_deadline(url, run)

    def _get(self, url: str, headers: Mapping[str, str], limit: int) -> Answer:
        try:
            with self._session.get(
                url,
                headers=headers,
                timeout=self._config.timeout,
                verify=self._verify(url),
                stream=True,
            ) as response:
                _check_status(response, self._config.option(url))
                content = bytearray()
                for chunk in response.iter_content(1 << 16):
                    content += chunk
                    if len(content) > limit:
                        raise TooLarge(f"{redact(url)}: more than {limit:,} bytes")
                return Answer(
                    response.url,
                    response.status_code,
                    bytes(content),
                    response.headers,
                    _is_delimited(response),
                )
        except (requests.RequestException, OSError, ValueError) as error:
            reason = _reason(error, self._config.option(url))
            raise SamplerError(f"{redact(url)}: {reason}") from error

    def _verify(self, url: str) -> bool | str:
        parts = urlsplit(url)
        if self._config.trusted_hosts & {parts.hostname, parts.netloc.rpartition("@")[2]}:
            return False
        bundle = self._config.cert
        if bundle and parts.scheme == "https" and not os.path.exists(bundle):
            raise SamplerError(
                f"{bundle}: there is no such bundle of certificates; check pip's cert, or PIP_CERT"
            )
        return bundle or True

    def _within_deadline(self, url: str, read: Callable[[], T]) -> T:
        """Run in a thread that may be left behind: a socket's timeout does not stop a trickle."""
        (run,) = submit_each(lambda read: read(), [read], threads=1)
        try:
            return result_of(run, self._deadline)
        except TimeoutError as error:
            raise SamplerError(
                f"{redact(url)}: no complete answer within {self._deadline:g} seconds; "
                "try again later"
            ) from error


class _Retry(Retry):
    """Retries that honour `Retry-After`, but not for an hour."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        try:
            seconds = super().get_retry_after(response)
        except Exception:  # A header that cannot be read is no reason to give up.
            return None
        return None if seconds is None else min(seconds, _MAX_RETRY_AFTER)


class _Cache(FileCache):
    """Answers on disk, each in a file that is replaced as a whole and opens with a digest of the rest.

    An entry that is damaged counts as none, so that the answer is asked for anew. A disk that is full,
    read-only or gone remembers nothing.
    """

    def get(self, key: str) -> bytes | None:
        with suppress(OSError):
            entry = super().get(key) or b""
            size = hashlib.sha256().digest_size
            if hashlib.sha256(entry[size:]).digest() == entry[:size]:
                return entry[size:]
        return None

    def set(self, key: str, value: bytes, expires: int | datetime | None = None) -> None:
        with suppress(OSError):
            super().set(key, hashlib.sha256(value).digest() + value, expires)

    def delete(self, key: str) -> None:
        with suppress(OSError):
            super().delete(key)


def default_cache() -> Path | None:
    """The folder of this user's cache, made if need be; None, and a warning, if it cannot be written."""
    folder = Path(platformdirs.user_cache_dir("release-sampler", appauthor=False), "http")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        _LOGGER.warning(
            "%s: the cache cannot be written (%s), and what the index answers is fetched anew each time; "
            "make it writable, or set XDG_CACHE_HOME to a folder that is",
            folder,
            error.strerror,
        )
        return None


def redact(url: str) -> str:
    """A URL without what may be secret: user, password, query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _check_status(response: requests.Response, option: str) -> None:
    status = response.status_code
    if status in _NOT_OFFERED:
        raise NotOffered(redact(response.url))
    if status in (200, 206):
        return
    seconds = _retry_after(response.headers.get("Retry-After"))
    again = f"in {seconds:,.0f} seconds" if seconds else "later"
    advice = {
        401: f"the index wants credentials: put them into pip's {option} or into netrc",
        403: f"the index refuses: check the credentials in pip's {option} or netrc",
        429: f"the index asks for patience: try again {again}",
    }.get(status, f"try again {again}" if status >= 500 else f"check pip's {option}")
    kind = Refused if status == 403 else SamplerError
    error = kind(f"{redact(response.url)}: the index answers {status}; {advice}")
    error.retry_after = seconds
    raise error


def _retry_after(value: str | None) -> float | None:
    """Seconds, of a header that has seconds or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    try:
        return float(Retry().parse_retry_after(value))
    except Exception:  # As above: a header that cannot be read says nothing.
        return None


def _is_delimited(response: requests.Response) -> bool:
    """Whether a broken connection would have been noticed; what is remembered was judged before."""
    headers = response.headers
    chunked = "chunked" in headers.get("Transfer-Encoding", "").lower()
    return chunked or "Content-Length" in headers or bool(getattr(response, "from_cache", False))


def _reason(error: Exception, option: str) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "the certificate is not trusted; set pip's cert, or PIP_CERT, to the right bundle"
    if isinstance(error, requests.exceptions.Timeout):
        return "no answer in time; try again later"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return BREAKS_OFF
    if isinstance(error, requests.exceptions.ConnectionError):
        if "Read timed out" in str(error):
            return "no answer in time; try again later"
        if "IncompleteRead" in str(error):
            return BREAKS_OFF
        return f"the index cannot be reached; check the network, the proxy and pip's {option}"
    if isinstance(error, requests.RequestException):
        return f"the request fails ({type(error).__name__}); check pip's {option}"
    # Of this machine: a bundle of certificates that is not there, a disk that is full.
    return f"the answer cannot be read ({one_line(str(error), 200)})"


def _read_local(url: str, limit: int) -> Answer:
    path = Path(url2pathname(urlsplit(url).path))
    try:
        file = path / "index.html" if path.is_dir() else path
        # Nothing else has an end for certain: not a device, not a pipe.
        if not file.is_file():
            raise NotOffered(redact(url))
        with file.open("rb") as stream:
            content = stream.read(limit + 1)
    except FileNotFoundError as error:
        raise NotOffered(redact(url)) from error
    except OSError as error:
        raise SamplerError(f"{redact(url)}: {error.strerror}") from error
    if len(content) > limit:
        raise TooLarge(f"{redact(url)}: more than {limit:,} bytes")
    return Answer(url, 200, content, {"Content-Type": "text/html"})
