"""HTTP as an index client needs it: retries, a cache on disk, bounds on size and time, plain errors."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit
from urllib.request import url2pathname

import platformdirs
import requests
from cachecontrol import CacheControlAdapter
from cachecontrol.caches import SeparateBodyFileCache
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

from release_sampler.errors import SamplerError
from release_sampler.index.pip_config import IndexConfig

#: The largest answer that is read, in bytes; the largest pages of PyPI have a tenth of it.
MAX_BODY = 200_000_000
_RETRIED = (429, 500, 502, 503, 504)
_MAX_RETRY_AFTER = 10


#: Not found, method not allowed, gone, range not satisfiable, not implemented.
_NOT_OFFERED = (404, 405, 410, 416, 501)


class NotOffered(Exception):
    """The index does not have what was asked for, or not in that way."""


class TooLarge(SamplerError):
    """There is more than the limit that was given."""


@dataclass(frozen=True)
class Answer:
    """A complete answer. `status` is 200, or 206 for a part of a file."""

    url: str
    status: int
    content: bytes
    headers: Mapping[str, str]

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
        adapter = CacheControlAdapter(
            cache=_Cache(str(cache)) if cache else None,
            max_retries=_Retry(
                total=4, backoff_factor=backoff, status_forcelist=_RETRIED, raise_on_status=False
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
        if urlsplit(url).scheme == "file":
            return _read_local(url)
        return self._within_deadline(url, lambda: self._get(url, headers or {}, limit))

    def _get(self, url: str, headers: Mapping[str, str], limit: int) -> Answer:
        try:
            with self._session.get(
                url,
                headers=headers,
                timeout=self._config.timeout,
                verify=self._verify(url),
                stream=True,
            ) as response:
                _check_status(response)
                content = bytearray()
                for chunk in response.iter_content(1 << 16):
                    content += chunk
                    if len(content) > limit:
                        raise TooLarge(f"{redact(url)}: more than {limit:,} bytes")
                return Answer(response.url, response.status_code, bytes(content), response.headers)
        except (requests.RequestException, OSError, ValueError) as error:
            raise SamplerError(f"{redact(url)}: {_reason(error)}") from error

    def _verify(self, url: str) -> bool | str:
        parts = urlsplit(url)
        if self._config.trusted_hosts & {parts.hostname, parts.netloc.rpartition("@")[2]}:
            return False
        return self._config.cert or True

    def _within_deadline(self, url: str, read: Callable[[], Answer]) -> Answer:
        """Run in a thread that may be left behind: a socket's timeout does not stop a trickle."""
        outcome: list[Answer | BaseException] = []

        def run() -> None:
            try:
                outcome.append(read())
            except BaseException as error:  # noqa: B036 - raised again by whoever waits.
                outcome.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(self._deadline)
        if not outcome:
            raise SamplerError(
                f"{redact(url)}: no complete answer within {self._deadline:g} seconds; try again later"
            )
        if isinstance(outcome[0], BaseException):
            raise outcome[0]
        return outcome[0]


class _Retry(Retry):
    """Retries that honour `Retry-After`, but not for an hour."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        try:
            seconds = super().get_retry_after(response)
        except Exception:  # A header that cannot be read is no reason to give up.
            return None
        return None if seconds is None else min(seconds, _MAX_RETRY_AFTER)


class _Cache(SeparateBodyFileCache):
    """A cache whose disk may be full, read-only or gone: it then remembers nothing."""

    def get(self, key: str) -> bytes | None:
        with suppress(OSError):
            return super().get(key)
        return None

    def get_body(self, key: str) -> IO[bytes] | None:
        with suppress(OSError):
            return super().get_body(key)
        return None

    def set(self, key: str, value: bytes, expires: int | datetime | None = None) -> None:
        with suppress(OSError):
            super().set(key, value, expires)

    def set_body(self, key: str, body: bytes) -> None:
        with suppress(OSError):
            super().set_body(key, body)

    def delete(self, key: str) -> None:
        with suppress(OSError):
            super().delete(key)


def default_cache() -> Path | None:
    """The folder of this user's cache, made if need be; None if it cannot be written."""
    folder = Path(platformdirs.user_cache_dir("release-sampler", appauthor=False), "http")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def redact(url: str) -> str:
    """A URL without what may be secret: user, password, query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _check_status(response: requests.Response) -> None:
    status = response.status_code
    if status in _NOT_OFFERED:
        raise NotOffered(redact(response.url))
    if status in (200, 206):
        return
    advice = {
        401: "the index wants credentials: put them into pip's index-url or into netrc",
        403: "the index refuses: check the credentials in pip's index-url or netrc",
        429: "the index asks for patience: try again later",
    }.get(status, "try again later" if status >= 500 else "check pip's index-url")
    error = SamplerError(f"{redact(response.url)}: the index answers {status}; {advice}")
    error.retry_after = _retry_after(response.headers.get("Retry-After"))
    raise error


def _retry_after(value: str | None) -> float | None:
    """Seconds, of a header that has seconds or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    try:
        return float(Retry().parse_retry_after(value))
    except Exception:  # As above: a header that cannot be read says nothing.
        return None


def _reason(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "the certificate is not trusted; set pip's cert, or PIP_CERT, to the right bundle"
    if isinstance(error, requests.exceptions.Timeout):
        return "no answer in time; try again later"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the answer breaks off; try again later"
    if isinstance(error, requests.exceptions.ConnectionError):
        if "Read timed out" in str(error):
            return "no answer in time; try again later"
        if "IncompleteRead" in str(error):
            return "the answer breaks off; try again later"
        return "the index cannot be reached; check the network, the proxy and pip's index-url"
    if isinstance(error, requests.RequestException):
        return f"the request fails ({type(error).__name__}); check pip's index-url"
    return f"the answer cannot be read ({type(error).__name__})"


def _read_local(url: str) -> Answer:
    path = Path(url2pathname(urlsplit(url).path))
    file = path / "index.html" if path.is_dir() else path
    try:
        return Answer(url, 200, file.read_bytes(), {"Content-Type": "text/html"})
    except FileNotFoundError as error:
        raise NotOffered(redact(url)) from error
    except OSError as error:
        raise SamplerError(f"{redact(url)}: {error.strerror}") from error
