"""The board as an application: servicekit's, with the board's routes, errors and headers."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from fastapi import FastAPI
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.middleware import Middleware

from compat_board import VERSION
from compat_board.received.documents_endpoint import documents_endpoint
from compat_board.received.endpoint import endpoint
from compat_board.received.upload import Limits
from compat_board.settings import BoardSettings
from compat_board.shown import problems
from compat_board.shown.answering import Answers
from compat_board.shown.api import api
from compat_board.shown.headers import SecurityHeaders
from compat_board.shown.pages import pages
from compat_board.shown.rendering import Renderer
from compat_board.shown.root import BelowRoot
from compat_board.stored.canaries import store_canary
from compat_board.stored.database import Database
from compat_board.stored.merged import store_merged
from compat_board.stored.migrating import NotMigrated, require_migrated
from compat_board.stored.pruning import Pruner
from compat_board.stored.storing import store
from servicekit.application import create_application
from servicekit.health import Check, NotReady

# The pool, the server or the disk: what may be there again in a moment.
_UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout)


def create_board(settings: BoardSettings, database: Database) -> FastAPI:
    """The application; it closes the database when it ends."""
    addresses = settings.addresses
    renderer = Renderer(addresses)
    answers = Answers(database, version=f"{VERSION}-{addresses.url}-{addresses.commit_url}")

    pruner = Pruner(database, retention=datetime.timedelta(days=settings.retention_days))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        pruning = asyncio.create_task(pruner.run())
        yield
        pruning.cancel()
        with suppress(asyncio.CancelledError):
            await pruning
        database.close()

    application = create_application(
        settings,
        title="compat-board",
        version=VERSION,
        checks=[Check("database", lambda: _probe(database))],
        lifespan=lifespan,
        middleware=[Middleware(SecurityHeaders), Middleware(BelowRoot, root=addresses.root)],
        # `BelowRoot` does that.
        redirect_slashes=False,
        # Those pages load scripts from elsewhere; the document itself is at /openapi.json.
        docs_url=None,
        redoc_url=None,
    )
    limits = Limits(settings.max_report_bytes, settings.upload_seconds)
    application.include_router(
        endpoint(partial(store, database), token=settings.token, limits=limits)
    )
    application.include_router(
        documents_endpoint(
            partial(store_canary, database),
            partial(store_merged, database),
            token=settings.token,
            limits=limits,
        )
    )
    application.include_router(api(answers))
    # What nothing else answers is a page, or not there.
    application.router.default = pages(answers, renderer)
    problems.install(application, renderer, unavailable=_UNAVAILABLE)
    return application


async def _probe(database: Database) -> None:
    try:
        await asyncio.to_thread(require_migrated, database)
    except NotMigrated as error:
        raise NotReady(str(error)) from None
    except SQLAlchemyError as error:
        raise NotReady("the database does not answer") from error
