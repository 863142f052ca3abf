"""Asks an application in this process, without a server."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI


class Client:
    """Each request has an event loop of its own; the application's lifespan does not run."""

    def __init__(self, application: FastAPI) -> None:
        self._application = application

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._application)
            async with httpx.AsyncClient(transport=transport, base_url="http://example") as client:
                return await client.request(method, path, **options)

        return asyncio.run(ask())
