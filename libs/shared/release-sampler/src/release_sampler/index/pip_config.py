"""Which indexes to ask and how, as pip is configured.

Credentials may be in the URLs or in a netrc file; pip's keyring integration is not supported.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from pypi_simple import PYPI_SIMPLE_ENDPOINT

from release_sampler.basis.errors import SamplerError
from release_sampler.basis.text import one_line
from release_sampler.index.pip_options import read_pip_options

#: Seconds. pip's own default, and the most that is granted where a person configured more: a poll that
#: waits for minutes is of no use.
_DEFAULT_TIMEOUT = 15.0
_MAX_TIMEOUT = 60.0
#: How often a request that failed is repeated: the same holds of it.
_DEFAULT_RETRIES = 4
_MAX_RETRIES = 10


@dataclass(frozen=True)
class IndexConfig:
    """Where the indexes are and how to reach them."""

    #: Simple API roots, each ending in "/"; the first is the main one.
    urls: tuple[str, ...]
    #: A bundle of certificates; None leaves it to `requests` and its environment variables.
    cert: str | None = None
    client_cert: str | None = None
    #: Hosts (with or without port) whose certificates are not checked.
    trusted_hosts: frozenset[str] = frozenset()
    proxy: str | None = None
    #: Seconds to wait for a connection, and for each part of an answer.
    timeout: float = _DEFAULT_TIMEOUT
    #: How often a request that failed is repeated.
    retries: int = _DEFAULT_RETRIES

    def option(self, url: str) -> str:
        """The option of pip's that a URL comes from."""
        is_extra = not url.startswith(self.urls[:1]) and url.startswith(self.urls[1:])
        return "extra-index-url" if is_extra else "index-url"


def load_index_config(environ: Mapping[str, str] = os.environ) -> IndexConfig:
    """Read pip's configuration of this user, environment and interpreter; raises `SamplerError`."""
    return make_index_config(_options(environ))


def make_index_config(options: Mapping[str, str]) -> IndexConfig:
    """Make sense of pip's options, given by their long names without dashes in front.

    Extra indexes that are folders (`file:`) are left out: what is in them says nothing about a public
    release, and another machine would not see it.
    """
    if options.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        raise SamplerError("pip is configured with no-index: there is no index to ask; unset it")
    main = options.get("index-url") or options.get("pypi-url") or PYPI_SIMPLE_ENDPOINT
    _check_url("index-url", main)
    extras = []
    for url in options.get("extra-index-url", "").split():
        if _check_url("extra-index-url", url) != "file":
            extras.append(url)
    return IndexConfig(
        urls=tuple(dict.fromkeys(url.rstrip("/") + "/" for url in (main, *extras))),
        cert=_path(options.get("cert")),
        client_cert=_path(options.get("client-cert")),
        trusted_hosts=frozenset(options.get("trusted-host", "").split()),
        proxy=options.get("proxy"),
        timeout=_timeout(options.get("timeout") or options.get("default-timeout")),
        retries=_retries(options.get("retries")),
    )


def _options(environ: Mapping[str, str]) -> dict[str, str]:
    try:
        return read_pip_options(environ)
    except ValueError as error:
        raise SamplerError(str(error)) from error


def _check_url(option: str, url: str) -> str:
    """The scheme of an index; raises `SamplerError` if there can be no index at the URL."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme == "file" or (parts.scheme in ("http", "https") and parts.hostname):
            # Reading the port checks it.
            parts.port
            return parts.scheme
    shown = one_line(url.rpartition("@")[2], 100)
    raise SamplerError(f"pip's {option} {shown!r}: expected a URL like https://HOST/simple")


def _path(text: str | None) -> str | None:
    return os.path.expanduser(text) if text else None


def _timeout(text: str | None) -> float:
    try:
        seconds = float(text) if text else _DEFAULT_TIMEOUT
    except ValueError as error:
        raise SamplerError(
            f"pip's timeout {one_line(text or '', 40)!r}: expected seconds"
        ) from error
    # In this order "nan", of which no comparison is true, is the least there is.
    return min(max(0.1, seconds), _MAX_TIMEOUT)


def _retries(text: str | None) -> int:
    if not text:
        return _DEFAULT_RETRIES
    # Digits that `int` would not read, or not in time, are none.
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise SamplerError(f"pip's retries {one_line(text, 40)!r}: expected how many, from 0 on")
    return min(int(text), _MAX_RETRIES)
