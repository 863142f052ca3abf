"""A service that answers when it is told to: GET /work waits for GET /finish."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from example_settings import ExampleSettings
from servicekit import logs
from servicekit.application import create_application
from servicekit.server import serve
from servicekit.settings import load


@asynccontextmanager
async def lifespan(application: FastAPI) -> AsyncIterator[None]:
    if "FAIL" in os.environ:
        raise RuntimeError("no database")
    yield
    print("closed", flush=True)


def main() -> int:
    settings = load(ExampleSettings)
    logs.configure(settings, "example")
    application = create_application(settings, title="Example", version="1", lifespan=lifespan)
    finish = asyncio.Event()

    @application.get("/work")
    async def work() -> str:
        print("working", flush=True)
        await finish.wait()
        return "done"

    @application.get("/finish")
    async def end() -> None:
        finish.set()

    return serve(application, settings)


if __name__ == "__main__":
    sys.exit(main())
