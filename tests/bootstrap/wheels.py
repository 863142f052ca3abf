"""Wheels small enough to make in a test, standing in for those that an index would offer."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Iterable, Mapping


def make_wheel(
    folder: Path,
    name: str,
    version: str,
    files: Mapping[str, str],
    metadata_lines: Iterable[str] = (),
) -> str:
    """Writes a pure-Python wheel (PEP 427) into `folder`; returns its line for a pip lock.

    Args:
        files: path inside the wheel -> text; the metadata is added, and a RECORD unless it is here.
        metadata_lines: more core metadata, for instance `Requires-Python: >=3.8`.
    """
    module = name.replace("-", "_").replace(".", "_")
    info = f"{module}-{version}.dist-info"
    wheel = folder / f"{module}-{version}-py3-none-any.whl"
    core = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata_lines]
    metadata = {
        f"{info}/METADATA": "".join(f"{line}\n" for line in core),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    contents = {**files, **metadata}
    rows = "".join(f"{path},,\n" for path in (*contents, f"{info}/RECORD"))
    record = files.get(f"{info}/RECORD", rows)
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**contents, f"{info}/RECORD": record}.items():
            # Without the time of day: what is uploaded again is the same file.
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
