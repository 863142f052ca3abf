"""Files of a run: read if they are there, written as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from release_sampler.basis.errors import SamplerError

_RELEASES = "releases.jsonl"
_SAMPLING = "sampling.json"


@dataclass(frozen=True)
class Files:
    """The texts of `releases.jsonl` and `sampling.json`; None for one that does not exist."""

    releases: str | None = None
    sampling: str | None = None
    #: Of a suite with axes: project -> the text of `PROJECT.releases.jsonl`.
    axes: Mapping[str, str] = field(default_factory=dict)


def read_files(folder: Path) -> Files:
    """The files of the last run; a missing folder or file is no error. Raises `SamplerError`."""
    axes = {
        path.name[: -len(f".{_RELEASES}")]: text
        for path in sorted(folder.glob(f"[a-z0-9]*.{_RELEASES}"))
        if (text := _read(path)) is not None
    }
    return Files(_read(folder / _RELEASES), _read(folder / _SAMPLING), axes)


def write_files(folder: Path, files: Files) -> None:
    """Write all files, each by renaming: a kill leaves an old or a new one. Raises `SamplerError`."""
    texts: dict[str, str | None] = {_RELEASES: files.releases, _SAMPLING: files.sampling}
    texts.update({f"{project}.{_RELEASES}": text for project, text in files.axes.items()})
    temporary = {name: folder / f".{name}.{os.getpid()}.tmp" for name in texts}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            temporary[name].write_bytes((text or "").encode("utf-8"))
        for name, path in temporary.items():
            os.replace(path, folder / name)
    except OSError as error:
        raise SamplerError(f"{folder}: cannot be written: {error.strerror}") from error
    finally:
        for path in temporary.values():
            with suppress(OSError):
                path.unlink()


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SamplerError(f"{path}: cannot be read: {error.strerror}") from error
