"""pip's options, where pip finds them: its configuration files and `PIP_*`.

The order and the meaning of the files are those of pip's documentation ("Configuration", "Location"): global,
user, site, then `PIP_CONFIG_FILE`, then the environment; each overrides those before.

Standard library only, and no other module of this package: other tools carry this file along.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from configparser import Error as ConfigError
from configparser import RawConfigParser
from pathlib import Path


def read_pip_options(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Long names of options without dashes in front -> values; raises `ValueError` naming the file."""
    return _merge(config_files(environ), environ)


def config_files(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The files that pip would read, whether or not they exist; later ones override earlier ones."""
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return ()
    home = Path(environ.get("HOME") or os.path.expanduser("~"))
    user_folder = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    shared = (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    files = [Path(folder, "pip", "pip.conf") for folder in reversed(shared) if folder]
    if sys.platform == "darwin":
        files.append(Path("/Library/Application Support/pip/pip.conf"))
        mac_folder = home / "Library" / "Application Support"
        user_folder = mac_folder if (mac_folder / "pip").is_dir() else user_folder
    files.append(Path("/etc/pip.conf"))
    if not (named and Path(named).exists()):
        files += [home / ".pip" / "pip.conf", user_folder / "pip" / "pip.conf"]
    files.append(Path(sys.prefix, "pip.conf"))
    if named:
        files.append(Path(named))
    return tuple(files)


def _merge(files: Iterable[Path], environ: Mapping[str, str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for file in files:
        options.update(_read_file(file))
    if "SSL_CERT_FILE" in environ and not _has_requests_bundle(environ):
        options.setdefault("cert", environ["SSL_CERT_FILE"])
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            options[_key(name[len("PIP_") :])] = value
    return options


def _read_file(file: Path) -> dict[str, str]:
    """The options of the sections `[global]` and `[install]`; none if there is no such file."""
    parser = RawConfigParser()
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
    except OSError:
        return {}
    except (ConfigError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"pip's configuration {file}: {reason[:200]}") from error
    return {
        _key(name): value.strip()
        for section in ("global", "install")
        if parser.has_section(section)
        for name, value in parser.items(section)
        if value.strip()
    }


def _key(name: str) -> str:
    return name.lower().replace("_", "-")


def _has_requests_bundle(environ: Mapping[str, str]) -> bool:
    return any(environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
