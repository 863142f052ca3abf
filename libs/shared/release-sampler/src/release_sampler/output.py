"""Files of a run: read if they are there, written as a whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from release_sampler.errors import SamplerError
from release_sampler.plan import Files

_RELEASES = "releases.jsonl"
_SAMPLING = "sampling.json"


def read_files(folder: Path) -> Files:
    """The files of the last run; a missing folder or file is no error. Raises `SamplerError`."""
    return Files(_read(folder / _RELEASES), _read(folder / _SAMPLING))


def write_files(folder: Path, files: Files) -> None:
    """Write both files, each by renaming: a kill leaves an old or a new one. Raises `SamplerError`."""
    texts = {_RELEASES: files.releases, _SAMPLING: files.sampling}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ready = []
        for name, text in texts.items():
            if text is not None:
                temporary = folder / f".{name}.{os.getpid()}.tmp"
                temporary.write_bytes(text.encode("utf-8"))
                ready.append((temporary, folder / name))
        for temporary, final in ready:
            os.replace(temporary, final)
    except OSError as error:
        raise SamplerError(f"{folder}: cannot be written: {error.strerror}") from error


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SamplerError(f"{path}: cannot be read: {error.strerror}") from error
