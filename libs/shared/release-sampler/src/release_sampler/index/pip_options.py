"""pip's options, where pip finds them: its configuration files and `PIP_*`.

As pip does it: the files are those of the system, of the user, of the interpreter, and `PIP_CONFIG_FILE`;
each overrides those before. What they say of the command `install` overrides what any of them says for all
commands, and the environment overrides them all. An empty value is none: in a file it takes away what the
files before say in the same section.

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
    if sys.platform == "darwin":
        folders = [Path("/Library/Application Support/pip")]
        own = home / "Library" / "Application Support"
        user_folder = own if (own / "pip").is_dir() else home / ".config"
    else:
        shared = (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
        folders = [*(Path(folder, "pip") for folder in shared if folder), Path("/etc")]
        user_folder = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [folder / "pip.conf" for folder in folders]
    if not (named and Path(named).exists()):
        files += [home / ".pip" / "pip.conf", user_folder / "pip" / "pip.conf"]
    files.append(Path(sys.prefix, "pip.conf"))
    if named:
        files.append(Path(named))
    return tuple(files)


def _merge(files: Iterable[Path], environ: Mapping[str, str]) -> dict[str, str]:
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    for parser in map(_read_file, files):
        for section, told in sections.items():
            told.update(_options_of(parser, section))
    options = {name: value for told in sections.values() for name, value in told.items() if value}
    if "SSL_CERT_FILE" in environ and not _has_requests_bundle(environ):
        options.setdefault("cert", environ["SSL_CERT_FILE"])
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            options[_key(name[len("PIP_") :])] = value
    return options


def _read_file(file: Path) -> RawConfigParser:
    """What a file says: nothing if there is no such file."""
    parser = RawConfigParser()
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
    except OSError:
        pass
    except (ConfigError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"pip's configuration {file}: {reason[:200]}") from error
    return parser


def _options_of(parser: RawConfigParser, section: str) -> dict[str, str]:
    items = parser.items(section) if parser.has_section(section) else ()
    return {_key(name): value.strip() for name, value in items}


def _key(name: str) -> str:
    return name.lower().replace("_", "-").removeprefix("--")


def _has_requests_bundle(environ: Mapping[str, str]) -> bool:
    return any(environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
