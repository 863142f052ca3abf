"""`./pants` on a machine that has a Python 3 and no 3.9: the real uv, and a local archive of builds."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import shutil
import sys
import tarfile
from pathlib import Path
from typing import Dict, Iterator

import pytest

from bootstrap.clone import Clone

UV_LOCK = Path("tools/pants-plugins/version_matrix/locks/uv.lock")
# How the machine reaches PyPI, for uv itself.
REACH = ("PIP_CERT", "PIP_CONFIG_FILE", "PIP_FIND_LINKS", "PIP_INDEX_URL", "SSL_CERT_FILE")
SYSCONFIG = (
    "# system configuration generated and used by the sysconfig module\nbuild_time_vars = {}\n"
)


@pytest.fixture
def other(clone: Clone, python39: Path) -> Iterator[Clone]:
    """A clone whose only Python is called 3.11 until it is asked as what it was started."""
    lock = clone.root / UV_LOCK
    lock.parent.mkdir(parents=True)
    shutil.copy(UV_LOCK, lock)
    clone.put_pex()
    bin_ = Path(clone.env["PATH"])
    (bin_ / "python3.9").unlink()
    # What asks for its version gets another; the rest of the work it does as it is.
    (bin_ / "python3").write_text(
        "#!/bin/bash\n"
        'if [[ "$3" == *"found = "* ]]; then echo "is Python 3.11"; exit 1; fi\n'
        f'exec "{python39}" "$@"\n'
    )
    (bin_ / "python3").chmod(0o755)
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        del clone.env[name]
    clone.env.update({name: os.environ[name] for name in REACH if name in os.environ})
    yield clone


def archive_of_builds(folder: Path, python39: Path) -> Dict[str, str]:
    """Makes a mirror with one build, whose Python is a script that starts `python39`.

    Returns the settings that have uv use it. uv's own list has the digests of builds that are not here.
    """
    name, tag = "cpython-3.9.99.tar.gz", "20250101"
    archive = folder / tag / name
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as tar:
        for path, text, mode in (
            ("python/bin/python3.9", f'#!/bin/sh\nexec "{python39}" "$@"\n', 0o755),
            ("python/lib/python3.9/_sysconfigdata_.py", SYSCONFIG, 0o644),
        ):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(text), mode
            tar.addfile(entry, io.BytesIO(text.encode()))
    mac = sys.platform == "darwin"
    system, libc = ("darwin", "none") if mac else ("linux", "gnu")
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    build = {
        "name": "cpython",
        "arch": {"family": machine, "variant": None},
        "os": system,
        "libc": libc,
        **{"major": 3, "minor": 9, "patch": 99, "prerelease": "", "variant": None, "build": tag},
        "url": f"https://github.com/astral-sh/python-build-standalone/releases/download/{tag}/{name}",
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
    }
    builds = folder / "builds.json"
    builds.write_text(json.dumps({f"cpython-3.9.99-{system}-{machine}-{libc}": build}))
    return {
        "UV_PYTHON_DOWNLOADS_JSON_URL": builds.as_uri(),
        "UV_PYTHON_INSTALL_MIRROR": folder.as_uri(),
    }


def test_gets_one_and_says_so_once(other: Clone, tmp_path: Path, python39: Path) -> None:
    mirror = archive_of_builds(tmp_path / "mirror", python39)
    find = "tools/bootstrap/find-python"
    code, out, err = other.run(find, "3.9", "3.11", **mirror)
    link = other.installed / "pythons/bin/python3.9"
    assert (code, out) == (0, f"{link}\n"), err
    assert err.splitlines() == [
        f"pants: no Python 3.9 here: getting one by uv into {other.installed}/pythons, once",
        "pants: getting uv from PyPI, once",
    ]
    assert not list(other.home.glob(".local/**/*")), "it is kept where the rest of the bootstrap is"

    assert other.run(find, "3.9") == (0, f"{link}\n", ""), "later it is there"
    # Pants is installed with it; nothing but its wheels is wanted any more.
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": other.wheels.as_uri()}
    code, out, err = other.run("./pants", "list", "::", **offline)
    assert (code, out) == (0, "pants was started with: list ::\n"), err


def test_todays_message_where_the_source_is_not_reached(other: Clone, tmp_path: Path) -> None:
    missing = (tmp_path / "no-mirror-here").as_uri()
    code, out, err = other.run("./pants", "list", "::", UV_PYTHON_INSTALL_MIRROR=missing)
    assert (code, out) == (1, "")
    assert "pants: cannot get one: error: Failed to install cpython-3.9" in err
    assert "needs a Python 3.9 to run on, and found none that works" in err
    assert not list(other.installed.glob("pants-*"))


def test_todays_message_where_uv_is_not_reached(other: Clone) -> None:
    code, out, err = other.run("./pants", "list", "::", PIP_NO_INDEX="1", PIP_FIND_LINKS="")
    assert (code, out) == (1, "")
    assert "No matching distribution found for uv" in err
    assert "needs a Python 3.9 to run on, and found none that works" in err
    assert "Traceback" not in err


def test_python_named_by_hand_is_the_only_one(other: Clone) -> None:
    code, out, err = other.run("./pants", "list", "::", PANTS_PYTHON="python3")
    assert (code, out) == (1, "")
    assert "PANTS_PYTHON=python3 will not do: is Python 3.11" in err
    assert "uv" not in err
