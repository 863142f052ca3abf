"""Which indexes to ask and how, as pip is configured.

Credentials may be in the URLs or in a netrc file; pip's keyring integration is not supported.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pypi_simple import PYPI_SIMPLE_ENDPOINT

from release_sampler.errors import SamplerError
from release_sampler.index.pip_options import read_pip_options

#: Seconds. pip's own default, and the most that is granted where a person configured more: a poll that
#: waits for minutes is of no use.
_DEFAULT_TIMEOUT = 15.0
_MAX_TIMEOUT = 60.0


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
    extras = [
        url
        for url in options.get("extra-index-url", "").split()
        if urlsplit(url).scheme in ("http", "https")
    ]
    return IndexConfig(
        urls=tuple(dict.fromkeys(url.rstrip("/") + "/" for url in (main, *extras))),
        cert=options.get("cert"),
        client_cert=options.get("client-cert"),
        trusted_hosts=frozenset(options.get("trusted-host", "").split()),
        proxy=options.get("proxy"),
        timeout=_timeout(options.get("timeout") or options.get("default-timeout")),
    )


def _options(environ: Mapping[str, str]) -> dict[str, str]:
    try:
        return read_pip_options(environ)
    except ValueError as error:
        raise SamplerError(str(error)) from error


def _timeout(text: str | None) -> float:
    try:
        seconds = float(text) if text else _DEFAULT_TIMEOUT
    except ValueError as error:
        raise SamplerError(f"pip's timeout {text!r}: expected seconds") from error
    return min(max(seconds, 0.1), _MAX_TIMEOUT)
