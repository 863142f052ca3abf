"""Takes a report from the network: who may send, how much, and in which form."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass

from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.requests import Request

_CLOSE = {"Connection": "close"}
_BEARER = "bearer"


@dataclass(frozen=True)
class Limits:
    """The bytes of a report, and the seconds in which all of them must have come."""

    size: int
    seconds: float


def require_token(request: Request, token: SecretStr | None) -> None:
    """Raises `HTTPException` unless the request has the token of the board; 401 or 403.

    It compares in constant time, so that the time tells nothing of the token.
    """
    if token is None:
        raise HTTPException(403, "This board takes no reports: set COMPAT_BOARD_TOKEN.", _CLOSE)
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    expected = token.get_secret_value().encode()
    if not hmac.compare_digest(given.strip().encode(), expected) or scheme.lower() != _BEARER:
        raise HTTPException(
            401,
            "Expected the header `Authorization: Bearer TOKEN` with the token of this board.",
            {"WWW-Authenticate": "Bearer", **_CLOSE},
        )


async def read_body(request: Request, limits: Limits) -> bytes:
    """The body; raises `HTTPException` (408, 413, 415) without reading more than it may have.

    A compressed body is refused: nothing here can grow.
    """
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise HTTPException(415, f"Content-Encoding {encoding[:50]!r}: send it plain.", _CLOSE)
    announced = request.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced[:20]) > limits.size:
        raise _too_large(limits)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limits.size:
                    raise _too_large(limits)
    except TimeoutError:
        told = f"The report did not arrive within {limits.seconds:g} seconds."
        raise HTTPException(408, told, _CLOSE) from None
    return bytes(body)


def _too_large(limits: Limits) -> HTTPException:
    told = f"The report has more than {limits.size} bytes, which is all that this board takes."
    return HTTPException(413, told, _CLOSE)
