"""How pip-compile is called, and what it says when it fails.

Pure: arguments and output, no process.
"""

from __future__ import annotations

import pkgutil
from typing import Iterable

CACHE = ".cache"
SCRIPT = "__run_pip_compile.py"

_FLAGS = (
    "--quiet",
    "--generate-hashes",
    # pip, setuptools and the like are requirements as any other.
    "--allow-unsafe",
    # Extras are said in the inputs; their requirements are in the lock anyway.
    "--strip-extras",
    "--no-header",
    "--no-config",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
    f"--cache-dir={CACHE}",
)


def script() -> str:
    """The text of what runs at `SCRIPT`."""
    content = pkgutil.get_data("hash_locks", "sandbox/run_pip_compile.py")
    assert content is not None
    return content.decode()


def arguments(lock: str, inputs: Iterable[str]) -> tuple[str, ...]:
    """The arguments of Python that compile the requirements files `inputs` to the file `lock`.

    A file that is at `lock` already is what the resolution starts from.
    """
    return (SCRIPT, *_FLAGS, f"--output-file={lock}", *inputs)


def explain(stderr: str) -> str:
    """What the script in the sandbox says last; before it come pip's own lines."""
    lines = stderr.rstrip().splitlines()
    start = next(
        (at for at in reversed(range(len(lines))) if lines[at] and not lines[at].startswith(" ")), 0
    )
    return "\n".join(lines[start:])
