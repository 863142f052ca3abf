"""The environment of a cell: the packages of its lock, installed once per lock and Python."""

from __future__ import annotations

from typing import Iterable

from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.cells.requests import EnvironmentRequest, InstalledEnvironment
from version_matrix.stanza.lock_file import pins
from version_matrix.tools.requests import UvProcess

# The name is part of what is installed (byte-code records it), so it never varies.
ENVIRONMENT_FOLDER = "__deps"


class InstallationError(Exception):
    """A lock that cannot be installed: a wrong hash, no wheel for this Python, no index."""


def allow_builds(lock: str, sdists: Iterable[str]) -> tuple[str, ...]:
    """Arguments that let uv build these projects, and take every other pin from a wheel."""
    return tuple(f"--only-binary={project}" for project in pins(lock) if project not in set(sdists))


@rule(desc="Install a cell's environment", level=LogLevel.DEBUG)
async def install_environment(request: EnvironmentRequest) -> InstalledEnvironment:
    lock = await engine.digest_of({"requirements.lock": request.body.encode()})
    process = UvProcess(
        argv=(
            "pip",
            "install",
            f"--python={request.python.path}",
            f"--target={ENVIRONMENT_FOLDER}",
            "--link-mode=copy",
            "--require-hashes",
            *(["--no-deps"] if request.layer else []),
            "--index-strategy=unsafe-best-match",
            *allow_builds(request.body, request.sdists),
            "--requirements=requirements.lock",
        ),
        then=(f"--finish={ENVIRONMENT_FOLDER}", f"--python={request.python.path}"),
        input_digest=lock,
        output_directories=(ENVIRONMENT_FOLDER,),
        description=request.description,
    )
    result = await engine.attempt_uv(process)
    if result.exit_code != 0:
        raise InstallationError(
            f"{request.description} failed.\n{result.stderr.decode().strip()}\n"
        )
    packages = await engine.without_prefix(result.output_digest, ENVIRONMENT_FOLDER)
    return InstalledEnvironment(packages.digest)


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
