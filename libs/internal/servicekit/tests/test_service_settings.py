"""Settings come from the environment and a file; errors name what is wrong, and no secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from example_settings import ExampleSettings
from servicekit.settings import ServiceSettings, SettingsError, load


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "settings.toml"
    monkeypatch.setenv("EXAMPLE_SETTINGS_FILE", str(path))
    return path


def test_the_environment_wins_over_the_file_and_that_over_defaults(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('port = 1\nlog_level = "error"\nnames = ["a>=1,<2"]\n')
    monkeypatch.setenv("EXAMPLE_PORT", "2")
    # What compose.yaml passes on for a variable that nobody has set.
    monkeypatch.setenv("EXAMPLE_FLAGS_FILE", "")
    settings = load(ExampleSettings)
    assert (settings.port, settings.log_level, settings.names) == (2, "error", ("a>=1,<2",))
    assert (settings.host, settings.flags_file) == ("127.0.0.1", None)


class Strict(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="STRICT_")

    token: SecretStr


def test_every_wrong_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRICT_PORT", "99999")
    monkeypatch.setenv("STRICT_LOG_FORMAT", "xml")
    with pytest.raises(SettingsError) as error:
        load(Strict)
    assert str(error.value).splitlines() == [
        "STRICT_PORT: expected less than or equal to 65535",
        "STRICT_LOG_FORMAT: expected 'json' or 'console'",
        "STRICT_TOKEN: required, but not set",
    ]


@pytest.mark.parametrize(
    "text, culprit",
    [
        (None, "EXAMPLE_SETTINGS_FILE: there is no file"),
        ("port = ", "EXAMPLE_SETTINGS_FILE: "),
        ("prot = 80", "prot: not a setting; write port, or remove it from"),
        ('token = ["hunter2"]', "EXAMPLE_TOKEN: expected a valid string"),
    ],
    ids=["missing", "torn", "misspelt", "secret"],
)
def test_a_bad_file_is_named(file: Path, text: str | None, culprit: str) -> None:
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingsError) as error:
        load(ExampleSettings)
    assert culprit in str(error.value)
    assert "hunter2" not in str(error.value)


def test_a_list_in_the_environment_is_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMPLE_NAMES", '["b"]')
    assert load(ExampleSettings).names == ("b",)
    monkeypatch.setenv("EXAMPLE_NAMES", "b")
    monkeypatch.setenv("EXAMPLE_PORT", "many")
    with pytest.raises(SettingsError) as error:
        load(ExampleSettings)
    assert str(error.value).splitlines() == [
        "EXAMPLE_PORT: expected a valid integer, unable to parse string as an integer",
        'EXAMPLE_NAMES: expected JSON, such as ["a", "b"]',
    ]


def test_a_byte_order_mark_is_named(file: Path) -> None:
    file.write_text("\ufeffport = 1\n", encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        load(ExampleSettings)
    assert str(error.value) == (
        f"EXAMPLE_SETTINGS_FILE: {file} is not a TOML file: it begins with a byte-order mark; save it "
        "as UTF-8 without one"
    )


def test_a_misspelt_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMPLE_PROT", "80")
    monkeypatch.setenv("EXAMPLE_SETINGS_FILE", "/etc/example.toml")
    monkeypatch.setenv("EXAMPLE_XYZZY", "hunter2")
    # Of others, or not set.
    monkeypatch.setenv("EXAMPLES_PORT", "1")
    monkeypatch.setenv("EXAMPLE_OLD", "")
    monkeypatch.setenv("EXAMPLE_PORT", "many")
    with pytest.raises(SettingsError) as error:
        load(ExampleSettings)
    assert str(error.value).splitlines() == [
        "EXAMPLE_PROT: not a setting; write EXAMPLE_PORT, or unset it",
        "EXAMPLE_SETINGS_FILE: not a setting; write EXAMPLE_SETTINGS_FILE, or unset it",
        "EXAMPLE_XYZZY: not a setting; unset it",
        "EXAMPLE_PORT: expected a valid integer, unable to parse string as an integer",
    ]


@pytest.mark.parametrize(
    "variable, value",
    [
        ("SERVICE_HOST", "10.0.0.1"),
        ("SERVICE_HOST", "fd00::1"),
        ("SERVICE_PORT", "8001"),
        ("SERVICE_PORT_HTTP", "8001"),
        ("SERVICE_PORT_HTTP_ALT2", "8001"),
        ("PORT", "tcp://10.0.0.1:8001"),
        ("PORT", "udp://[fd00::1]:53"),
        ("PORT_8001_TCP", "tcp://10.0.0.1:8001"),
        ("PORT_8001_TCP_PROTO", "tcp"),
        ("PORT_8001_TCP_PORT", "8001"),
        ("PORT_8001_TCP_ADDR", "10.0.0.1"),
        ("PORT_53_UDP_PROTO", "udp"),
        ("PORT_7_SCTP_ADDR", "fd00::1"),
        # Of the Service `example-data-base`.
        ("DATA_BASE_SERVICE_HOST", "10.0.0.2"),
        ("DATA_BASE_SERVICE_PORT_SQL", "5432"),
        ("DATA_BASE_PORT", "tcp://10.0.0.2:5432"),
        ("DATA_BASE_PORT_5432_TCP_ADDR", "10.0.0.2"),
    ],
)
def test_what_kubernetes_tells_of_services_is_no_setting(
    variable: str, value: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("port = 80")
    monkeypatch.setenv(f"EXAMPLE_{variable}", value)
    assert load(ExampleSettings).port == 80


@pytest.mark.parametrize(
    "variable, value, complaint",
    [
        ("PORT", "8001:tcp", "expected a valid integer, unable to parse string as an integer"),
        ("PORT", "http://10.0.0.1:80", "expected a valid integer, unable to parse string"),
        ("PROT", "tcp://10.0.0.1:8001", "not a setting; write EXAMPLE_PORT, or unset it"),
        ("SERVICE_HOST", "db.example", "not a setting; "),
        ("SERVICE_PORT", "http", "not a setting; "),
        ("SERVICE_PORTS", "80", "not a setting; "),
        ("SERVICEHOST", "10.0.0.1", "not a setting; "),
        ("PORT_8001", "8001", "not a setting; write EXAMPLE_PORT, or unset it"),
        ("PORT_HTTP_TCP", "tcp://10.0.0.1:80", "not a setting; "),
        ("PORT_8001_TCP_ADDRESS", "10.0.0.1", "not a setting; "),
        ("DATA_BASE_PORT", "5432", "not a setting; "),
    ],
)
def test_what_only_resembles_that_is_named(
    variable: str, value: str, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"EXAMPLE_{variable}", value)
    with pytest.raises(SettingsError) as error:
        load(ExampleSettings)
    assert str(error.value).startswith(f"EXAMPLE_{variable}: {complaint}")


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMPLE_TOKEN", "hunter2")
    settings = load(ExampleSettings)
    assert settings.token.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)
