"""`lint` holds isort's list of what is ours to the modules that there are.

isort would find them by itself where it saw all files; a linter's sandbox holds only those it is
run on.
"""

from __future__ import annotations

import ast
import re
from typing import Any, Iterable

from pants.backend.python.dependency_inference.module_mapper import FirstPartyPythonModuleMapping
from pants.core.goals.lint import LintFilesRequest, LintResult
from pants.core.util_rules.partitions import Partitions
from pants.engine.fs import PathGlobs
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.option.option_types import SkipOption
from pants.option.subsystem import Subsystem
from pants.util.logging import LogLevel

from engine_calls import calls
from hash_locks.lint_result import lint_result

CONFIG = "pyproject.toml"

_LIST = re.compile(r"^known_first_party = (?P<names>\[.*?\])", re.DOTALL | re.MULTILINE)
_TEST = re.compile(r"(?:^|\.)(?:test_\w+|\w+_test|conftest)$")


class FirstParty(Subsystem):
    options_scope = "first-party"
    name = "first-party"
    help = "Compares isort's `known_first_party` with the modules under the source roots."

    skip = SkipOption("lint")


class FirstPartyRequest(LintFilesRequest):
    tool_subsystem = FirstParty  # type: ignore[assignment]  # Pants types it as a protocol.


def problems(known: Iterable[str], modules: Iterable[str]) -> tuple[str, ...]:
    """What is wrong with a list of top-level names, given all modules of the repository.

    Tests are passed over: nothing imports them.
    """
    ours = {module.partition(".")[0] for module in modules if not _TEST.search(module)}
    missing, gone = sorted(ours.difference(known)), sorted(set(known) - ours)
    told = f"{CONFIG}: `known_first_party` of isort"
    return (
        *([f"{told} lacks {', '.join(missing)}. Add what is ours."] if missing else []),
        *([f"{told} has {', '.join(gone)}, and no module is so called."] if gone else []),
    )


@rule
async def partition_first_party(
    request: FirstPartyRequest.PartitionRequest, subsystem: FirstParty
) -> Partitions[str, Any]:
    concerned = any(path == CONFIG or path.endswith(".py") for path in request.files)
    if subsystem.skip or not concerned:
        return Partitions()
    return Partitions.single_partition([CONFIG])


@rule(desc="Check what isort is told of our modules", level=LogLevel.DEBUG)
async def check_first_party(
    request: FirstPartyRequest.Batch[str, Any], mapping: FirstPartyPythonModuleMapping
) -> LintResult:
    files = await calls.contents_of(PathGlobs(request.elements))
    match = _LIST.search("".join(file.content.decode() for file in files))
    known = ast.literal_eval(match["names"]) if match else ()
    resolves = mapping.resolves_to_modules_to_providers.values()
    ours = (module for modules in resolves for module in modules)
    return lint_result(request.tool_name, problems(known, ours))


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *FirstPartyRequest.rules())
