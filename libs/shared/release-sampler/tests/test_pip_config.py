"""Indexes, certificates and credentials are found where pip finds them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from release_sampler import SamplerError
from release_sampler.index.pip_config import IndexConfig, load_index_config
from release_sampler.index.pip_options import config_files


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose user file is `.config/pip/pip.conf`, on a system without a global or site file."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path


def load(home: Path, user_file: str = "", **environ: str) -> IndexConfig:
    file = home / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(user_file)
    # Set where the machine's global files might set it, too.
    defaults = {"PIP_EXTRA_INDEX_URL": "file:///none", "HOME": str(home), "PIP_CERT": "c"}
    return load_index_config({**defaults, "XDG_CONFIG_DIRS": str(home / "xdg"), **environ})


def test_the_default_index_is_the_client_librarys(home: Path) -> None:
    assert load(home).urls == (PYPI_SIMPLE_ENDPOINT,)


def test_a_users_file(home: Path) -> None:
    config = load(
        home,
        "[global]\nindex-url = https://me:secret@one.example/simple\ntimeout = 7\nretries = 0\n"
        "[install]\ntrusted-host =\n  two.example\n  three.example:8443\n[list]\ntimeout = 9\n",
    )
    assert config.urls == ("https://me:secret@one.example/simple/",)
    assert (config.timeout, config.retries) == (7, 0)
    assert config.trusted_hosts == {"two.example", "three.example:8443"}


def test_the_environment_overrides_files(home: Path) -> None:
    config = load(
        home,
        "[global]\nindex_url = https://one.example/simple\n",
        PIP_INDEX_URL="https://two.example/simple",
        PIP_CLIENT_CERT="client.pem",
        PIP_PROXY="http://proxy.example:3128",
        PIP_DEFAULT_TIMEOUT="3600",
        PIP_RETRIES="99999",
    )
    assert config.urls == ("https://two.example/simple/",)
    assert (config.client_cert, config.proxy) == ("client.pem", "http://proxy.example:3128")
    assert (config.timeout, config.retries) == (60, 10), "nobody waits for an hour"


def test_an_empty_variable_overrides_nothing(home: Path) -> None:
    config = load(home, "[global]\nindex-url = https://one.example/simple\n", PIP_INDEX_URL="")
    assert config.urls == ("https://one.example/simple/",)


def test_extra_indexes_but_no_folders(home: Path) -> None:
    config = load(
        home, PIP_EXTRA_INDEX_URL="https://two.example/simple/ file:///srv/wheels https://t.example"
    )
    assert config.urls[1:] == ("https://two.example/simple/", "https://t.example/")


def test_the_order_of_files(home: Path) -> None:
    named = home / "named.conf"
    environ = {"HOME": str(home), "XDG_CONFIG_DIRS": "/a:/b", "PIP_CONFIG_FILE": str(named)}
    system = [Path("/a/pip/pip.conf"), Path("/b/pip/pip.conf"), Path("/etc/pip.conf")]
    user = [home / ".pip" / "pip.conf", home / ".config" / "pip" / "pip.conf"]
    site = [home / "prefix" / "pip.conf"]
    assert list(config_files(environ)) == [*system, *user, *site, named]
    named.write_text("")
    assert list(config_files(environ)) == [*system, *site, named]
    assert config_files({**environ, "PIP_CONFIG_FILE": os.devnull}) == ()


def test_the_order_of_files_on_macos(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    environ = {"HOME": str(home), "XDG_CONFIG_DIRS": "/a", "XDG_CONFIG_HOME": "/b"}
    system = Path("/Library/Application Support/pip/pip.conf")
    unix = home / ".config" / "pip" / "pip.conf"
    oldest, site = home / ".pip" / "pip.conf", home / "prefix" / "pip.conf"
    assert list(config_files(environ)) == [system, oldest, unix, site]
    folder = home / "Library" / "Application Support" / "pip"
    folder.mkdir(parents=True)
    assert list(config_files(environ)) == [system, oldest, folder / "pip.conf", site]


@pytest.mark.parametrize(
    ("system", "user", "index"),
    [
        ("[global]\nindex-url = {s}", "", "s"),
        ("[global]\nindex-url = {s}", "[global]\nindex-url = {u}", "u"),
        ("[global]\nindex-url = {s}", "[install]\nindex-url = {u}", "u"),
        ("[install]\nindex-url = {s}", "[global]\nindex-url = {u}", "s"),
        ("[install]\nindex-url = {s}", "[install]\nindex-url = {u}", "u"),
        ("[install]\nindex-url = {s}", "[download]\nindex-url = {u}", "s"),
        ("[global]\nindex-url = {s}", "[global]\nindex-url =\n[install]", None),
        ("[global]\nindex-url = {s}", "[install]\nindex-url =", "s"),
        ("[global]\nindex-url = {s}", "[global]\n--Index_URL = {u}", "u"),
    ],
)
def test_which_section_of_which_file_counts(
    home: Path, system: str, user: str, index: str | None
) -> None:
    urls = {"s": "https://s.example/", "u": "https://u.example/"}
    (home / "xdg" / "pip").mkdir(parents=True)
    (home / "xdg" / "pip" / "pip.conf").write_text(system.format(**urls))
    assert load(home, user.format(**urls)).urls == (urls[index] if index else PYPI_SIMPLE_ENDPOINT,)


def test_certificates(home: Path) -> None:
    """`requests` knows its own variable, but not OpenSSL's, which pip honours."""
    assert load(home, PIP_CERT="", SSL_CERT_FILE="ssl.pem").cert in ("ssl.pem", *_global_cert())
    assert load(home, PIP_CERT="mine.pem", SSL_CERT_FILE="ssl.pem").cert == "mine.pem"
    both = load(home, PIP_CERT="", SSL_CERT_FILE="ssl.pem", REQUESTS_CA_BUNDLE="bundle.pem")
    assert both.cert in (None, *_global_cert())


def test_a_tilde_is_the_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home))
    config = load(home, PIP_CERT="~/bundle.pem", PIP_CLIENT_CERT="~/client.pem")
    assert (config.cert, config.client_cert) == (f"{home}/bundle.pem", f"{home}/client.pem")


@pytest.mark.parametrize(
    "url",
    ["one.example/simple", "/srv/simple", "ftp://one.example/", "http://[oops", "https:///simple"]
    + ["https://one.example:port/simple", "https//me:secret@one.example/simple"],
)
@pytest.mark.parametrize("option", ["index-url", "extra-index-url"])
def test_what_is_no_url_of_an_index(home: Path, option: str, url: str) -> None:
    variable = f"PIP_{option.upper().replace('-', '_')}"
    with pytest.raises(SamplerError) as raised:
        load(home, **{variable: url})
    assert f"pip's {option} '" in str(raised.value)
    assert "': expected a URL like https://HOST/simple" in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("user_file", "environ", "complaint"),
    [
        ("index-url = x\n", {}, "pip's configuration .*pip.conf: File contains no section headers"),
        ("", {"PIP_NO_INDEX": "1"}, "no-index"),
        ("", {"PIP_TIMEOUT": "soon"}, "pip's timeout 'soon'"),
        ("", {"PIP_RETRIES": "-1"}, "pip's retries '-1'"),
        ("", {"PIP_RETRIES": "9" * 5000}, "pip's retries '9999"),
    ],
)
def test_bad_configuration(
    home: Path, user_file: str, environ: dict[str, str], complaint: str
) -> None:
    with pytest.raises(SamplerError, match=complaint):
        load(home, user_file, **environ)


def _global_cert() -> tuple[str, ...]:
    """What this machine's own global file says, which a test cannot hide."""
    file = Path("/etc/pip.conf")
    return tuple(
        line.partition("=")[2].strip()
        for line in (file.read_text().splitlines() if file.exists() else ())
        if line.startswith("cert")
    )
