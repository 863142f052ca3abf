"""A wheel with nothing in it: what a resolver sees of a release that may not be built."""

from __future__ import annotations

import io
import zipfile

# The oldest time that a zip file can hold, so that the same stub is always the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def file_name(project: str, version: str) -> str:
    """`some_project-1.0-py3-none-any.whl`, for a normalized name."""
    return f"{project.replace('-', '_')}-{version}-py3-none-any.whl"


def stub_wheel(project: str, version: str) -> bytes:
    """A wheel of the release for any Python, that requires nothing.

    https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    """
    information = f"{project.replace('-', '_')}-{version}.dist-info"
    files = {
        "METADATA": f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(f"{information}/{name}", _EPOCH), text)
    return wheel.getvalue()
