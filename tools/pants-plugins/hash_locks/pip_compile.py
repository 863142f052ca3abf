"""How pip-compile is called, and what it says when it fails.

Pure: arguments and output, no process.
"""

from __future__ import annotations

import json
import pkgutil
from typing import Iterable

from packaging.utils import canonicalize_name

from hash_locks import lock_file, requirements_file
from hash_locks.lock_file import LockInputs

CACHE = ".cache"
NOTICES = "__notices.json"

_FOLDER = "__hash_locks"
_REQUEST = f"{_FOLDER}/request.json"
_SCRIPT = "run_pip_compile.py"
# What runs in the sandbox, and what that imports of the plugin; not its `__init__`, which wants Pants.
_MODULES = (
    "carried/__init__.py",
    "carried/closure.py",
    "carried/environments.py",
    "carried/pins.py",
    "carried/union.py",
    "sandbox/__init__.py",
    "sandbox/cooldown.py",
    "sandbox/failures.py",
    "sandbox/observation.py",
    "sandbox/target.py",
    "sandbox/whole_pages.py",
)

ARGUMENTS = (
    f"{_FOLDER}/{_SCRIPT}",
    _REQUEST,
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
    # Each round gives up one kept pin that stands in the way; there may be many.
    "--max-rounds=200",
    f"--cache-dir={CACHE}",
)
"""What Python is called with."""


def files(
    lock: str,
    inputs: LockInputs,
    *,
    existing: str | None,
    upgrade: Iterable[str],
    cooldown_days: int,
    cooldown_exempt: Iterable[str],
) -> dict[str, str]:
    """Path -> text of all that the process finds: the inputs as they were read here, the pins at
    `lock` that it starts from, its own modules, and what it is asked for."""
    asked = {
        "cooldown_days": cooldown_days,
        "cooldown_exempt": sorted(map(canonicalize_name, cooldown_exempt)),
        "environments": [[each.python, each.platform] for each in inputs.environments],
        # What a lock holds already has nothing to cool down, though it may move.
        "held": lock_file.held(existing),
        "inputs": inputs.paths,
        "lock": lock,
        "notices": NOTICES,
        "prior_to": inputs.prior_to,
        "requirements": [
            [path, entry.requirement] for path, entries in inputs.files for entry in entries
        ],
    }
    return {
        **{path: requirements_file.normalized(entries) for path, entries in inputs.files},
        lock: lock_file.kept(existing, inputs, upgrade=upgrade),
        _REQUEST: json.dumps(asked),
        f"{_FOLDER}/{_SCRIPT}": _module(f"sandbox/{_SCRIPT}"),
        **{f"{_FOLDER}/hash_locks/{name}": _module(name) for name in _MODULES},
    }


def told(notices: str, *, lock: str, command: str) -> tuple[str, ...]:
    """What people should hear that the index says about the pins of a lock, as the process wrote it."""
    return tuple(
        f"{lock} pins {each['project']}=={each['version']} (via {each['via']}), which its index says is "
        f"{each['status']}{': ' + each['reason'] if each['reason'] else ''}. It stays; to move it, run "
        f"`{command} --hash-locks-upgrade={each['project']}`."
        for each in json.loads(notices)
    )


def explain(stderr: str) -> str:
    """What the script in the sandbox says last; before it come pip's own lines."""
    lines = stderr.rstrip().splitlines()
    start = next(
        (at for at in reversed(range(len(lines))) if lines[at] and not lines[at].startswith(" ")), 0
    )
    return "\n".join(lines[start:])


def _module(name: str) -> str:
    content = pkgutil.get_data("hash_locks", name)
    assert content is not None
    return content.decode()
