"""Settings of a service: from the environment, below it from a TOML file, below that the defaults."""

from __future__ import annotations

import codecs
import os
import re
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

_FILE = "SETTINGS_FILE"
#: By such variables Kubernetes tells every container of the Services of its namespace, also of one
#: whose name begins as ours does. Its documentation: "Accessing the Service: environment variables",
#: https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables.
_SERVICE_LINK = re.compile(
    r"""[A-Z0-9_]+_
    (?: SERVICE_HOST=[\da-f.:]+
    |   SERVICE_PORT(?:_[A-Z0-9_]+)?=\d+
    |   PORT(?:_\d+_(?:TCP|UDP|SCTP))?=(?:tcp|udp|sctp)://[\da-f.:[\]]+
    |   PORT_\d+_(?:TCP|UDP|SCTP)_(?:PROTO=(?:tcp|udp|sctp)|PORT=\d+|ADDR=[\da-f.:]+)
    )""",
    re.VERBOSE,
)
#: What pydantic calls it when a value is no list: https://docs.pydantic.dev/latest/errors/validation_errors/.
_LISTS = frozenset({"frozen_set_type", "list_type", "set_type", "tuple_type"})


class SettingsError(Exception):
    """Settings that cannot be used: a line for each, with its variable and what was expected."""


class ServiceSettings(BaseSettings):
    """What every service can be told. A service subclasses it, with its fields and its prefix:

        class BoardSettings(ServiceSettings):
            model_config = SettingsConfigDict(env_prefix="COMPAT_BOARD_")
            token: SecretStr

    An empty variable counts as none. Secrets are `SecretStr`, so that no log shows them.
    """

    model_config = SettingsConfigDict(
        extra="forbid", env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    #: Where to listen; 0 is any free port.
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    #: Feature flags in flagd's format, read again when it changes.
    flags_file: Path | None = None
    #: Seconds from a signal to stop until connections are refused; `/readyz` says 503 meanwhile, so
    #: that a load balancer can look elsewhere first.
    shutdown_delay: float = Field(default=0.0, ge=0, le=600)
    #: Seconds that running requests then get.
    shutdown_grace: float = Field(default=10.0, ge=0, le=600)

    @classmethod
    def prefix(cls) -> str:
        """What the names of its environment variables begin with."""
        return cls.model_config.get("env_prefix", "")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file."""
        file = os.environ.get(_file_variable(cls))
        toml = [TomlConfigSettingsSource(settings_cls, Path(file))] if file else []
        return (init_settings, _Environment(settings_cls), *toml)


class _Environment(EnvSettingsSource):
    """Leaves what should be JSON and is not to validation, which names it together with all else.

    Of Kubernetes' variables one, `..._PORT`, is called as a setting is: it is none.
    """

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        self.env_vars = {
            name: value
            for name, value in self.env_vars.items()
            if not _is_service_link(name, value)
        }

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


S = TypeVar("S", bound=ServiceSettings)


def load(kind: type[S]) -> S:
    """Read the settings of a service; raises `SettingsError`, which never tells a value."""
    variable = _file_variable(kind)
    file = os.environ.get(variable)
    if file and not Path(file).is_file():
        raise SettingsError(f"{variable}: there is no file {file}; name a TOML file, or unset it")
    complaints = list(_unknown_variables(kind))
    try:
        settings = kind()
    except ValidationError as error:
        complaints += _complaints(kind, error, file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        told = str(error)
        if file and _has_byte_order_mark(Path(file)):
            told = "it begins with a byte-order mark; save it as UTF-8 without one"
        raise SettingsError(f"{variable}: {file} is not a TOML file: {told}") from error
    if complaints:
        raise SettingsError("\n".join(complaints))
    return settings


def _has_byte_order_mark(file: Path) -> bool:
    """Whether a file has one, which no reader of TOML names and nobody sees."""
    with suppress(OSError):
        return file.read_bytes().startswith(codecs.BOM_UTF8)
    return False


def _file_variable(kind: type[ServiceSettings]) -> str:
    return f"{kind.prefix()}{_FILE}"


def _unknown_variables(kind: type[ServiceSettings]) -> Iterator[str]:
    """A variable with the service's prefix is meant for it: one that is misspelt is no other's."""
    prefix, known = kind.prefix(), [*map(str.upper, kind.model_fields), _FILE]
    for variable, value in sorted(os.environ.items()):
        name = variable.upper().removeprefix(prefix)
        if prefix and value and variable.upper().startswith(prefix) and name not in known:
            if not _is_service_link(variable, value):
                yield f"{variable}: not a setting; {_advice(name, known, prefix)}unset it"


def _is_service_link(variable: str, value: str | None) -> bool:
    return _SERVICE_LINK.fullmatch(f"{variable.upper()}={value}") is not None


def _complaints(
    kind: type[ServiceSettings], error: ValidationError, file: str | None
) -> Iterator[str]:
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        field = ".".join(map(str, detail["loc"])) or "settings"
        if detail["type"] == "extra_forbidden":
            yield f"{field}: not a setting; {_advice(field, kind.model_fields)}remove it from {file}"
            continue
        yield f"{kind.prefix()}{field.upper()}: {_expected(detail)}"


def _advice(name: str, known: Iterable[str], prefix: str = "") -> str:
    """The setting that was meant, as far as can be told."""
    nearest = get_close_matches(name, known, n=1)
    return f"write {prefix}{nearest[0]}, or " if nearest else ""


def _expected(detail: Any) -> str:
    if detail["type"] == "missing":
        return "required, but not set"
    if detail["type"] in _LISTS:
        return 'expected JSON, such as ["a", "b"]'
    text: str = detail["msg"]
    return text.removeprefix("Value error, ").replace("Input should be", "expected", 1)
