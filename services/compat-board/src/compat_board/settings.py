"""What the board can be told, by environment or file: `COMPAT_BOARD_DATABASE` and so on."""

from __future__ import annotations

from typing import Annotated

from platformdirs import user_data_path
from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from compat_board.shown.addresses import Addresses, checked_commit_url, checked_url
from matrix_results.report_file import MAX_REPORT_BYTES
from servicekit.settings import ServiceSettings


def default_database() -> SecretStr:
    """An SQLite file where the system keeps a user's data."""
    return SecretStr(f"sqlite:///{user_data_path('compat-board') / 'board.sqlite3'}")


class BoardSettings(ServiceSettings):
    """Beside those of every service.

    `commit_url` is where the forge shows a commit, which runs link to.
    `url` is where people find the board, with the path that a proxy gives it; by default where it
    listens. `database` is a URL as `compat_board.stored.database.parse_url` takes it, `token` what a
    sender of reports must present; without one, nobody can. `upload_seconds` is how long a report
    may take. Of what is older than `retention_days`, only some is kept: `compat_board.stored.pruning`.
    """

    model_config = SettingsConfigDict(env_prefix="COMPAT_BOARD_")

    url: Annotated[str, AfterValidator(checked_url)] | None = None
    database: SecretStr = Field(default_factory=default_database)
    token: SecretStr | None = Field(None, min_length=8)
    commit_url: Annotated[str, AfterValidator(checked_commit_url)] | None = None
    max_report_bytes: int = Field(32 * 1024 * 1024, ge=1, le=MAX_REPORT_BYTES)
    upload_seconds: float = Field(60.0, gt=0)
    retention_days: int = Field(365, ge=1, le=36_500)

    @property
    def addresses(self) -> Addresses:
        """Those of the board."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return Addresses(self.url or f"http://{host}:{self.port}", self.commit_url)
