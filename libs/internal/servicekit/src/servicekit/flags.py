"""Feature flags through OpenFeature, from a file in flagd's format.

Format: https://flagd.dev/reference/flag-definitions/.
"""

from __future__ import annotations

import logging
from pathlib import Path

from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.event import EventDetails, ProviderEvent
from openfeature.exception import OpenFeatureError
from openfeature.provider import FeatureProvider
from openfeature.provider.no_op_provider import NoOpProvider

from servicekit.settings import ServiceSettings, SettingsError

#: Milliseconds from one look at the file to the next.
_INTERVAL = 1000


def flags(settings: ServiceSettings) -> OpenFeatureClient:
    """The flags of a service; without a file every flag has the default that its caller gives.

    A changed file is read again within seconds; one that has become unreadable changes nothing, and
    the log says so once. Raises `SettingsError` if it is unreadable from the start.
    """
    # OpenFeature keeps providers by domain, for the whole process.
    domain = settings.prefix().rstrip("_").lower()
    file = settings.flags_file
    if file is None:
        api.set_provider_and_wait(NoOpProvider(), domain)
        return api.get_client(domain)
    try:
        api.set_provider_and_wait(_file_provider(file), domain)
    except OpenFeatureError as error:
        api.set_provider_and_wait(NoOpProvider(), domain)
        raise SettingsError(
            f"{settings.prefix()}FLAGS_FILE: {file} has no flags in flagd's format: "
            f"{_reason(error)}; expected " + '{"flags": {...}}'
        ) from error
    client = api.get_client(domain)
    logging.getLogger("openfeature.contrib").addFilter(_complaints)
    client.add_handler(ProviderEvent.PROVIDER_READY, _complaints.forget)
    return client


class _Complaints(logging.Filter):
    """Lets the same error pass once until all is well again: the provider complains at each look."""

    _told = ""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.ERROR:
            return True
        before, self._told = self._told, record.getMessage()
        return self._told != before

    def forget(self, recovered: EventDetails) -> None:
        self._told = ""


_complaints = _Complaints()


def _file_provider(file: Path) -> FeatureProvider:
    # It brings gRPC: whoever has no flags need not wait for that.
    from openfeature.contrib.provider.flagd import FlagdProvider
    from openfeature.contrib.provider.flagd.config import ResolverType

    return FlagdProvider(
        resolver_type=ResolverType.FILE,
        offline_flag_source_path=str(file),
        deadline_ms=_INTERVAL,
    )


def _reason(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    text = error.error_message if isinstance(error, OpenFeatureError) else str(error)
    return " ".join((text or type(error).__name__).split())[:200]
