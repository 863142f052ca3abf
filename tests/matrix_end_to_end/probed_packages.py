"""Wheels that hold one of each: what an environment can get wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Dict

from bootstrap.wheels import make_wheel
from matrix_end_to_end.package_index import PackageIndex

_UPLOADED = {"data-upload-time": "2024-01-01T00:00:00Z"}

# https://packaging.python.org/en/latest/guides/packaging-namespace-packages/
_PKGUTIL = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
_PKG_RESOURCES = (
    "try:\n    __import__('pkg_resources').declare_namespace(__name__)\n"
    f"except ImportError:\n    {_PKGUTIL}"
)


def _spaces(portion: str) -> Dict[str, str]:
    """A portion of a namespace package of each of the three kinds."""
    return {
        f"native_space/{portion}.py": f"IS = 'native {portion}'\n",
        "pkgutil_space/__init__.py": _PKGUTIL,
        f"pkgutil_space/{portion}.py": f"IS = 'pkgutil {portion}'\n",
        "resources_space/__init__.py": _PKG_RESOURCES,
        f"resources_space/{portion}.py": f"IS = 'pkg_resources {portion}'\n",
    }


# So large that Pants' store keeps it as a file of its own.
LARGE = "probed " * 100_000

_PROBED = {
    **_spaces("one"),
    "probed/large.txt": LARGE,
    "probed/__init__.py": "def main():\n    import sys\n\n    print('probed', sys.prefix)\n",
    "probed/__main__.py": "from probed import main\n\nmain()\n",
    "probed/data.txt": "data",
    "probed.pth": "below\nimport sys; sys.probed_by_pth = 'yes'\n",
    "below/below_a_pth.py": "IS = 'found'\n",
    "probed_plugin.py": "import pytest\n\n\n@pytest.fixture\ndef probed():\n    return 1\n",
    "not_for_this_python.py": "print 42\n",
    "probed-1.0.data/data/share/probed/data.txt": "below the prefix",
    "probed-1.0.data/scripts/probed-script": "#!python\nimport probed\n\nprobed.main()\n",
    "probed-1.0.data/scripts/probed_script.py": "#!python\nimport probed\n\nprobed.main()\n",
    "probed-1.0.data/scripts/probed-shell": "#!/bin/sh\necho absolute\n",
    "probed-1.0.dist-info/entry_points.txt": (
        "[console_scripts]\nprobed = probed:main\n[pytest11]\nprobed = probed_plugin\n"
        "[probed]\nsome = probed:main\n"
    ),
}


# A hash that is none of the file's, a file that is not there, and one that is none of the wheel's.
_LIES = (
    f"native_space/two.py,sha256={'A' * 43},1\nnot_there.py,,\n../../../../../../../etc/passwd,,\n"
    "probed_two-1.0.dist-info/RECORD,,\n"
)


def upload(index: PackageIndex) -> None:
    """Offers them: `probed` and what it requires, `probed-two`."""
    files = index.folder / "files"
    make_wheel(files, "probed", "1.0", _PROBED, ["Requires-Dist: probed-two"])
    index.list("probed", "probed-1.0-py3-none-any.whl", _UPLOADED)
    lies = {"probed_two-1.0.dist-info/RECORD": _LIES}
    make_wheel(files, "probed-two", "1.0", {**_spaces("two"), **lies})
    index.list("probed-two", "probed_two-1.0-py3-none-any.whl", _UPLOADED)


def upload_newer(index: PackageIndex) -> str:
    """Offers a newer `probed-two`; returns its line for a lock."""
    line = make_wheel(index.folder / "files", "probed-two", "1.1", _spaces("two"))
    index.list("probed-two", "probed_two-1.1-py3-none-any.whl", _UPLOADED)
    return line


def upload_two_that_differ(index: PackageIndex) -> None:
    """Offers two wheels that bring one file with different contents."""
    for name in ("differs-one", "differs-two"):
        module = name.replace("-", "_")
        make_wheel(index.folder / "files", name, "1.0", {"differs.py": f"IS = {name!r}\n"})
        index.list(name, f"{module}-1.0-py3-none-any.whl", _UPLOADED)


def foreign_python(python: Path, folder: Path) -> Path:
    """A Python like this one into which somebody has installed things; returns its executable.

    Its standard library is the other's, its `site-packages` are its own.
    """
    minor = python.name
    executable = folder / "bin" / minor
    packages = folder / "lib" / minor / "site-packages"
    executable.parent.mkdir(parents=True)
    packages.mkdir(parents=True)
    executable.write_bytes(python.read_bytes())
    executable.chmod(0o755)
    for entry in (python.parents[1] / "lib" / minor).iterdir():
        if entry.name not in ("site-packages", "sitecustomize.py"):
            (packages.parent / entry.name).symlink_to(entry)
    (folder / "include").symlink_to(python.parents[1] / "include")
    written = {
        "foreign.py": "",
        "sitecustomize.py": "import os, sys; os.environ['FOREIGN'] = '1'; sys.foreign = True\n",
        "foreign.pth": "import sys; sys.path.append('foreign')\n",
        "foreign_plugin.py": "def pytest_configure(config):\n    raise SystemExit('foreign')\n",
        "foreign-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: foreign\nVersion: 1\n",
        "foreign-1.dist-info/entry_points.txt": "[pytest11]\nforeign = foreign_plugin\n",
    }
    for path, text in written.items():
        (packages / path).parent.mkdir(exist_ok=True)
        (packages / path).write_text(text)
    return executable
