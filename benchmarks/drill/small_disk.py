"""A disk that can be filled up: a small file system in memory where one may be mounted."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

#: What no file may grow past, in bytes, where there is no small disk.
FILE_SIZE = 300
_FILLER = ".filler"


@dataclass(frozen=True)
class Disk:
    """A folder for all that a command writes; `small` if it is a disk of its own."""

    folder: Path
    small: bool

    @contextmanager
    def full(self, left: int) -> Iterator[None]:
        """Within a `with` block no more than so many bytes can be written. Nothing, if not `small`."""
        filler = self.folder / _FILLER
        try:
            if self.small:
                about = os.statvfs(self.folder)
                size = about.f_bavail * about.f_frsize - left
                with filler.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, max(size, 1))
            yield
        finally:
            filler.unlink(missing_ok=True)


@contextmanager
def disk(folder: Path, megabytes: int) -> Iterator[Disk]:
    """A disk in a folder that is there; of this size, where this process may mount one."""
    mount = ("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "fault-drill", str(folder))
    mounted = False
    with suppress(OSError):
        mounted = subprocess.run(mount, stderr=subprocess.DEVNULL).returncode == 0
    try:
        yield Disk(folder, mounted)
    finally:
        if mounted:
            # Lazily: what was started there may not have ended to the last thread.
            subprocess.run(("umount", "--lazy", str(folder)), check=True)
