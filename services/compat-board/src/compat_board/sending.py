"""Sends a report to a board, and again where that may help."""

from __future__ import annotations

import json
from dataclasses import dataclass

import httpx
import stamina
from pydantic import SecretStr

_ATTEMPTS = 5
_SECONDS = 120.0
_RUNS = "/api/v1/runs"
_OTHERS = {"canary": "/api/v1/canaries", "merged-requests": "/api/v1/merged"}
"""By the kind that a document says it is."""
_BUSY = (408, 429, 502, 503, 504)


class NotSent(RuntimeError):
    """The board has not taken the report; the text says why."""


class _Busy(Exception):
    """The board, or something before it, asks to come back later."""


@dataclass(frozen=True)
class Receipt:
    """What the board said: the run's identity, and whether it had it already."""

    identity: str
    created: bool


def send(report: bytes, *, url: str, token: SecretStr, covers: str | None = None) -> Receipt:
    """Sends a `report.json`, what a canary saw, or which requests were merged, to the board at `url`.

    Raises `NotSent`. `covers` is `all` or `part`, as in the board's API.

    While the board does not answer, or is busy, it tries again for at most two minutes: a board
    stores a run once, however often it comes.
    """
    path = _path_for(report)
    target = url.rstrip("/") + path + (f"?covers={covers}" if covers else "")
    try:
        with httpx.Client(timeout=60) as client:
            for attempt in stamina.retry_context(
                on=(httpx.TransportError, _Busy), attempts=_ATTEMPTS, timeout=_SECONDS
            ):
                with attempt:
                    return _send(client, target, report, token)
    except (httpx.HTTPError, httpx.InvalidURL, _Busy) as error:
        raise NotSent(
            f"{target} did not take the report: {error or type(error).__name__}"
        ) from None
    raise AssertionError("a retry ends with a result or an error")


def _path_for(report: bytes) -> str:
    """By its kind; what cannot be read is the board's to refuse."""
    try:
        document = json.loads(report)
    except (ValueError, RecursionError):
        return _RUNS
    kind = document.get("kind") if isinstance(document, dict) else None
    return _OTHERS.get(kind, _RUNS) if isinstance(kind, str) else _RUNS


def _send(client: httpx.Client, target: str, report: bytes, token: SecretStr) -> Receipt:
    answer = client.post(
        target,
        content=report,
        headers={
            "Authorization": f"Bearer {token.get_secret_value()}",
            "Content-Type": "application/json",
        },
    )
    if answer.status_code in _BUSY:
        raise _Busy(f"it answered {answer.status_code}")
    if answer.status_code not in (200, 201):
        raise NotSent(f"{target} answered {answer.status_code}: {_detail(answer)}")
    document = answer.json()
    return Receipt(document["identity"], document["created"])


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200] or answer.reason_phrase
