"""Has pip refuse what only looks like a page of an index.

By itself it reads half a page as a whole one, if HTML is what breaks off, so that releases are missing
and pins could move; it reads a page without end until the memory is full; and JSON that is none ends
in a traceback.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, Final

from pip._internal.exceptions import NetworkConnectionError
from pip._internal.index import collector
from pip._vendor.requests.exceptions import RequestException

#: Bytes. The largest pages of PyPI have a tenth of it.
MAX_PAGE: Final = 200_000_000
_CHUNK: Final = 1 << 20


def attach() -> None:
    """From now on, for as long as the process lives, a page like that is one that was not fetched."""
    get: Any = collector._get_simple_response

    def whole(url: str, session: Any, **more: Any) -> Any:
        response = get(url, _Bounded(session), **more)
        why = _unreadable(response)
        if why:
            raise NetworkConnectionError(why)
        return response

    setattr(collector, "_get_simple_response", whole)  # noqa: B010 - its session is another


class _Bounded:
    """A session that reads so much of an answer at most."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def head(self, url: str, **more: Any) -> Any:
        return self._session.head(url, **more)

    def get(self, url: str, **more: Any) -> Any:
        response = self._session.get(url, stream=True, **more)
        body = bytearray()
        try:
            for chunk in response.iter_content(_CHUNK):
                body += chunk
                if len(body) > MAX_PAGE:
                    raise NetworkConnectionError(f"the page has more than {MAX_PAGE:,} bytes")
        except (RequestException, NetworkConnectionError) as error:
            response.close()
            raise NetworkConnectionError(f"the answer breaks off ({error})") from error
        # As requests keeps what it has read by itself.
        response._content = bytes(body)
        with suppress(AttributeError):
            if response.raw.length_remaining:
                raise NetworkConnectionError("the answer breaks off")
        return response


def _unreadable(response: Any) -> str:
    """Why a page cannot be read; empty if it can."""
    kind = response.headers.get("Content-Type", "").lower()
    try:
        if not kind.startswith("application/vnd.pypi.simple.v1+json"):
            encoding = collector._get_encoding_from_headers(response.headers)
            response.content.decode(encoding or "utf-8")
            return ""
        page = json.loads(response.content)
    except (LookupError, RecursionError, ValueError) as error:
        return f"no page of the Simple API ({error})"
    files = page.get("files") if isinstance(page, dict) else None
    if not isinstance(files, list) or not all(isinstance(each, dict) for each in files):
        return "no page of the Simple API: expected a list of files, PEP 691"
    return ""
