"""POST of JSON, tried a few times within a minute or so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import stamina

from release_watcher.told.channel import DeliveryFailed

#: Seconds that one request may take, and all attempts together.
_TIMEOUT = 10.0
_ALL_ATTEMPTS = 45.0
_ATTEMPTS = 3
_MAX_RETRY_AFTER = 30.0


class Poster:
    """Posts to one URL, whose path may be a secret and is never told."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self._url = url
        self._headers = dict(headers or {})

    async def post(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        """Returns once the answer begins with a 2xx; what else it says is not read.

        Timeouts, 408, 429 and 5xx are tried again, after what `Retry-After` says if it is short.
        Raises `DeliveryFailed`.
        """
        try:
            async with httpx.AsyncClient(timeout=None) as client:
                async for attempt in stamina.retry_context(
                    on=_pause, attempts=_ATTEMPTS, timeout=_ALL_ATTEMPTS, wait_initial=0.5
                ):
                    with attempt:
                        await self._attempt(client, body, {**self._headers, **headers})
        except _Refused as error:
            raise DeliveryFailed(f"{self._host} {error}") from error
        except TimeoutError as error:
            raise DeliveryFailed(f"{self._host}: no answer within {_TIMEOUT:g} seconds") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DeliveryFailed(f"{self._host}: {type(error).__name__}") from error

    async def _attempt(
        self, client: httpx.AsyncClient, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> None:
        # The time is that of the whole request: httpx bounds each read, and an answer that drips has
        # no last one.
        async with (
            asyncio.timeout(_TIMEOUT),
            client.stream("POST", self._url, json=body, headers=headers) as answer,
        ):
            if not answer.is_success:
                raise _Refused(answer)

    @property
    def _host(self) -> str:
        try:
            return httpx.URL(self._url).host
        except httpx.InvalidURL:
            return "the webhook"


class _Refused(Exception):
    """Not httpx's own, whose text has the URL: retries are logged."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"answers {answer.status_code}")
        self.status = answer.status_code
        self.retry_after = answer.headers.get("retry-after")


def _pause(error: Exception) -> bool | timedelta:
    """Whether to try again, or after how long."""
    if isinstance(error, (TimeoutError, httpx.TransportError)):
        return True
    if not isinstance(error, _Refused):
        return False
    if error.status not in (408, 429) and error.status < 500:
        return False
    seconds = retry_after(error.retry_after, datetime.now(timezone.utc))
    if seconds is None:
        return True
    return timedelta(seconds=seconds) if seconds <= _MAX_RETRY_AFTER else False


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for (RFC 9110, 10.2.3); None if it says nothing."""
    if value is None:
        return None
    if value.strip().isdecimal() and len(value) < 10:
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=timezone.utc)
    return max((until - now).total_seconds(), 0.0)
