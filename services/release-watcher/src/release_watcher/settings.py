"""What release-watcher can be told: `RELEASE_WATCHER_*`, or the TOML file that one of them names."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from release_sampler import SamplerError
from release_sampler.basis.pythons import minor_of
from servicekit.settings import ServiceSettings

_DAY = 86_400.0


def _http(url: SecretStr) -> SecretStr:
    """A URL of a webhook, which is as good as a password."""
    text = url.get_secret_value()
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or not text.isprintable() or " " in text:
        raise ValueError("expected a URL such as https://host/path")
    return url


def _python(target: str) -> str:
    """A target Python, as the matrix names it."""
    try:
        minor_of(target)
    except SamplerError as error:
        raise ValueError(str(error)) from error
    return target


SecretUrl = Annotated[SecretStr, AfterValidator(_http)]


class WatcherSettings(ServiceSettings):
    """Times are in seconds where the name does not say otherwise."""

    model_config = SettingsConfigDict(env_prefix="RELEASE_WATCHER_")

    port: int = Field(default=8001, ge=0, le=65535)

    #: PEP 508 requirements: "httpx>=0.16". Together with those of the file.
    packages: tuple[str, ...] = ()
    #: Output of `./pants matrix --format=json ::`, or a requirement a line; read again when it changes.
    packages_file: Path | None = None
    #: The Pythons that the packages are tested on: "3.13". If empty, those that the file tells.
    target_pythons: tuple[Annotated[str, AfterValidator(_python)], ...] = ()
    #: An SQLite file, made if need be.
    database: Path = Path("release-watcher.sqlite")
    #: SQLite's journal mode. WAL wants memory that all who open the file share, which a network file
    #: system does not give them: https://www.sqlite.org/wal.html.
    database_journal: Literal["wal", "delete"] = "wal"

    #: From one poll of a package to the next.
    poll_interval: float = Field(default=3600.0, gt=0, le=30 * _DAY)
    #: After the first failure; doubled after each further one, up to the maximum.
    poll_retry: float = Field(default=60.0, gt=0, le=_DAY)
    poll_backoff_max: float = Field(default=6 * 3600.0, gt=0, le=30 * _DAY)
    #: The part of each pause that is left to chance: 0.1 is 5 % less to 5 % more.
    poll_jitter: float = Field(default=0.1, ge=0, le=1)
    #: How many packages are polled at once.
    concurrency: int = Field(default=4, ge=1, le=32)
    #: A release that this many polls in a row did not see is withdrawn.
    withdrawn_after: int = Field(default=2, ge=1, le=100)
    #: A package is gone after so many answers in a row that there is none of it.
    gone_after: int = Field(default=6, ge=1, le=1000)
    #: Ready is who has polled most packages within so many intervals.
    ready_intervals: float = Field(default=3.0, ge=1, le=1000)

    #: Of Slack, or of what speaks its format.
    slack_webhook_url: SecretUrl | None = None
    #: Gets each event as JSON, with the token as a bearer if there is one.
    trigger_webhook_url: SecretUrl | None = None
    trigger_webhook_token: SecretStr | None = None
    #: A program and its arguments, run for each event, without a shell.
    trigger_command: tuple[str, ...] = ()
    trigger_timeout: float = Field(default=1800.0, gt=0, le=_DAY)

    #: After the first failure of a delivery; doubled after each further one, up to the maximum.
    delivery_retry: float = Field(default=30.0, gt=0, le=_DAY)
    delivery_backoff_max: float = Field(default=3600.0, gt=0, le=_DAY)
    #: What is not delivered by then is given up, and said so in log and metrics.
    delivery_deadline: float = Field(default=3 * _DAY, gt=0, le=365 * _DAY)

    #: Days after which events that are done with are forgotten, and packages nobody watches.
    retention_days: float = Field(default=90.0, gt=0, le=3650)

    @property
    def stale_after(self) -> timedelta:
        """A package without a successful poll for so long is stale."""
        return timedelta(seconds=self.ready_intervals * self.poll_interval)
