"""Checkouts of one small repository that share nothing but a remote cache."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Dict

from matrix_end_to_end.repository import HERE, Repository, make_repository, with_pants
from remote.cache_server import INSTANCE

# Native tests beside the cells of the suite.
NATIVE = {
    "lib/tests/plain/BUILD": "python_tests()\n",
    "lib/tests/plain/test_core.py": (
        "from lib.core import PREFIX\n\n\n"
        "def test_prefix() -> None:\n    assert PREFIX == 'hello'\n"
    ),
}
NATIVE_TEST = "lib/tests/plain/test_core.py"


def first_checkout(root: Path, index_url: str, address: str) -> Repository:
    """The repository, whose Pants reads and writes the cache at this address."""
    made = make_repository(root / "checkout", index_url)
    toml = made.read("pants.toml")
    for section, line in {
        "python.resolves": 'pytest = "pytest.lock"',
        "python.resolves_to_interpreter_constraints": 'pytest = ["CPython>=3.9,<3.14"]',
    }.items():
        toml = toml.replace(f"[{section}]\n", f"[{section}]\n{line}\n")
    made.write(
        {
            **NATIVE,
            "pants.toml": f'{toml}\n[pytest]\ninstall_from_resolve = "pytest"\n',
            "pants.remote.toml": remote_configuration(address),
            "pytest.lock": (HERE / "3rdparty/python/tools/pytest.lock").read_text(),
        }
    )
    made.commit("native tests")
    return replace(made, env={**made.env, **stores(root)})


def second_checkout(first: Repository, root: Path) -> Repository:
    """A clone of it in a folder of another name, with stores of its own."""
    clone = root / "somebody-elses"
    subprocess.run(("git", "clone", "-q", first.root, clone), check=True)
    # Which process was answered for by the cache, Pants tells only then.
    told = {"PANTS_LEVEL": "debug"}
    made = Repository(clone, {**with_pants(clone, first.env), **stores(root), **told})
    (clone / ".cache/pex").symlink_to(HERE / ".cache/pex")
    return made


def stores(root: Path) -> Dict[str, str]:
    """Variables by which Pants keeps everything below a folder, and counts what it does."""
    return {
        "PANTS_CONFIG_FILES": "pants.remote.toml",
        "PANTS_LOCAL_STORE_DIR": str(root / "store"),
        "PANTS_NAMED_CACHES_DIR": str(root / "caches"),
        "PANTS_STATS_LOG": "true",
    }


def remote_configuration(address: str) -> str:
    """What this repository's pants.remote.toml says of a cache, switched on."""
    text = (HERE / "pants.remote.toml").read_text()
    for key in ("remote_cache_read", "remote_cache_write", "remote_instance_name"):
        text, found = re.subn(rf"^# ({key} = )", r"\1", text, flags=re.MULTILINE)
        assert found == 1, key
    text, found = re.subn(
        r'^# (remote_store_address = )"[^"]*"', rf'\1"{address}"', text, flags=re.MULTILINE
    )
    assert found == 1 and f'remote_instance_name = "{INSTANCE}"' in text
    return text


def counters(output: str) -> Dict[str, int]:
    """What Pants counted in a run, of what `[stats].log` has it print; what it did not count is 0."""
    _, found, told = output.partition("Counters:\n")
    assert found, output
    lines = re.findall(r"^  (\w+): (\d+)$", told, re.MULTILINE)
    assert lines, output
    return {name: int(count) for name, count in lines}
