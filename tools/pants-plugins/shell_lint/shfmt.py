"""`fmt`, and through it `lint`, lay out every shell script with shfmt."""

from __future__ import annotations

from typing import Any, Iterable

from pants.core.goals.fmt import FmtFilesRequest, FmtResult
from pants.core.util_rules.partitions import PartitionerType, Partitions
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.option.option_types import ArgsListOption, SkipOption
from pants.util.logging import LogLevel

from engine_calls import calls
from shell_lint.scripts import find_scripts
from wheel_binary.process import WheelBinary, binary_process


class Shfmt(WheelBinary):
    options_scope = "shfmt"
    name = "shfmt"
    help = "Formats shell scripts (https://github.com/mvdan/sh)."

    default_version = "shfmt-py>=3.10"

    skip = SkipOption("fmt", "lint")
    args = ArgsListOption(example="-i=2 -ci")


class ShfmtRequest(FmtFilesRequest):
    tool_subsystem = Shfmt  # type: ignore[assignment]
    partitioner_type = PartitionerType.CUSTOM


@rule
async def partition_for_shfmt(
    request: ShfmtRequest.PartitionRequest, shfmt: Shfmt
) -> Partitions[str, Any]:
    scripts = () if shfmt.skip else await find_scripts(request.files)
    return Partitions.single_partition(scripts) if scripts else Partitions()


@rule(desc="Format with shfmt", level=LogLevel.DEBUG)
async def run_shfmt(request: ShfmtRequest.Batch, shfmt: Shfmt) -> FmtResult:
    process = await binary_process(
        shfmt,
        ("-w", *shfmt.args, *request.files),
        request.snapshot.digest,
        output_files=request.files,
    )
    # A script that cannot be parsed is an error, and not one that needs no change.
    result = await calls.run_tool(process)
    return await FmtResult.create(request, result)


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *ShfmtRequest.rules())
