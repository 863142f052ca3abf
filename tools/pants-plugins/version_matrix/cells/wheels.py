"""What wheels install on one Python: made once, and shared by all environments that hold them."""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.cells.requests import Installation, InstallationRequest
from version_matrix.stanza.lock_file import pins
from version_matrix.tools.requests import UvProcess

_REQUIREMENTS = "__requirements"
# The name is part of what is installed (byte-code records it), so it never varies.
_PREFIX = "__wheels"


class InstallationError(Exception):
    """A lock that cannot be installed: a wrong hash, no wheel for this Python, no index."""


def allow_builds(lock: str, sdists: Iterable[str]) -> tuple[str, ...]:
    """Arguments that let uv build these projects, and take every other pin from a wheel."""
    return tuple(f"--only-binary={project}" for project in pins(lock) if project not in set(sdists))


@rule(desc="Install wheels", level=LogLevel.DEBUG)
async def install_wheels(request: InstallationRequest) -> Installation:
    python = request.python
    files = {
        f"{_REQUIREMENTS}/{name}.lock": text.encode() for name, text in request.requirements.items()
    }
    process = UvProcess(
        argv=(
            "pip",
            "install",
            f"--python={python.path}",
            f"--prefix={_PREFIX}/{{}}",
            "--link-mode=copy",
            "--require-hashes",
            # A lock is complete; what is missing in it is missing in the cell as well.
            "--no-deps",
            "--index-strategy=unsafe-best-match",
            *allow_builds("".join(request.requirements.values()), request.sdists),
            f"--requirements={_REQUIREMENTS}/{{}}.lock",
        ),
        then=(
            # A build asks for more than what is pinned, and is not to be begun twice.
            *(() if request.sdists else ("--cache-first",)),
            *(f"--each={name}" for name in request.requirements),
            f"--finish={_PREFIX}/{{}}",
            f"--python={python.path}",
            # A Python that was replaced where it lies is another one.
            f"--python-fingerprint={python.fingerprint}",
        ),
        input_digest=await engine.digest_of(files),
        output_directories=(_PREFIX,),
        description=request.description,
    )
    result = await engine.attempt_uv(process)
    if result.exit_code != 0:
        raise InstallationError(
            f"{request.description} failed.\n{result.stderr.decode().strip()}\n"
        )
    wheels = {
        name: (await engine.below(result.output_digest, f"{_PREFIX}/{name}")).digest
        for name in request.requirements
    }
    return Installation(FrozenDict(wheels))


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
