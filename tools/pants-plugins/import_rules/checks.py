"""Holds the import rules in Pants: `test` and `check` refuse, `lint` lists every violation."""

from __future__ import annotations

import os.path
from dataclasses import dataclass
from typing import Any, Iterable, Tuple

from pants.core.goals.lint import LintResult, LintTargetsRequest
from pants.core.util_rules.partitions import PartitionerType
from pants.engine.addresses import Address, Addresses
from pants.engine.rules import Get, MultiGet, Rule, collect_rules, rule
from pants.engine.target import (
    Dependencies,
    DependenciesRequest,
    FieldSet,
    ValidatedDependencies,
    ValidateDependenciesRequest,
)
from pants.engine.unions import UnionRule
from pants.option.option_types import SkipOption
from pants.option.subsystem import Subsystem
from pants.util.logging import LogLevel
from pants.util.strutil import bullet_list

from import_rules.zones import Violation, find_violations
from in_process_lint.result import lint_result


class ImportRules(Subsystem):
    options_scope = "import-rules"
    name = "import-rules"
    help = "Who may depend on whom; see `tools/pants-plugins/import_rules/zones.py`."

    skip = SkipOption("lint")


class ImportRulesError(Exception):
    """A target depends on what it may not depend on."""

    def __init__(self, violations: Tuple[Violation, ...]) -> None:
        self.violations = violations
        super().__init__(f"The import rules forbid\n\n{bullet_list(map(str, violations))}")


@dataclass(frozen=True)
class ImportRulesFieldSet(FieldSet):
    required_fields = (Dependencies,)

    dependencies: Dependencies


class RefuseDependenciesRequest(ValidateDependenciesRequest[ImportRulesFieldSet]):
    field_set_type = ImportRulesFieldSet


class ImportRulesRequest(LintTargetsRequest):
    field_set_type = ImportRulesFieldSet
    tool_subsystem = ImportRules  # type: ignore[assignment]  # Pants types it as a protocol.
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION


@dataclass(frozen=True)
class Violations:
    """All violations of one target."""

    found: Tuple[Violation, ...]


@rule
async def refuse_dependencies(request: RefuseDependenciesRequest) -> ValidatedDependencies:
    violations = find_violations(
        _place(request.field_set.address), map(_place, request.dependencies)
    )
    if violations:
        raise ImportRulesError(violations)
    return ValidatedDependencies()


@rule
async def violations_of_target(field_set: ImportRulesFieldSet) -> Violations:
    # Pants validates dependencies wherever it computes them, so the violations come as an error.
    try:
        await Get(Addresses, DependenciesRequest(field_set.dependencies))
    except ImportRulesError as error:
        return Violations(error.violations)
    return Violations(())


@rule(desc="Check the import rules", level=LogLevel.DEBUG)
async def lint_import_rules(
    batch: ImportRulesRequest.Batch[ImportRulesFieldSet, Any],
) -> LintResult:
    per_target = await MultiGet(
        Get(Violations, ImportRulesFieldSet, field_set) for field_set in batch.elements
    )
    found = sorted(violation for target in per_target for violation in target.found)
    return lint_result(ImportRules.options_scope, found)


def _place(address: Address) -> Tuple[str, str]:
    # A file belongs to the folder it lies in, which may be below that of its BUILD file.
    folder = os.path.dirname(address.filename) if address.is_file_target else address.spec_path
    return address.spec, folder


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        *ImportRulesRequest.rules(),
        UnionRule(ValidateDependenciesRequest, RefuseDependenciesRequest),
    )
