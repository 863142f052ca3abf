"""Holds the import rules in Pants: `test` and `check` refuse, `lint` lists every violation."""

from __future__ import annotations

import os.path
import sys
from dataclasses import dataclass
from typing import Any, Iterable, Iterator

from pants.core.goals.lint import LintResult, LintTargetsRequest
from pants.core.util_rules.partitions import PartitionerType
from pants.engine.addresses import Address
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import (
    Dependencies,
    FieldSet,
    ValidatedDependencies,
    ValidateDependenciesRequest,
)
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel
from pants.util.strutil import bullet_list

from import_rules import engine, rooms
from import_rules.places import Place
from import_rules.subsystem import ImportRules
from import_rules.violations import Tables, Violation


class ImportRulesError(Exception):
    """A target depends on what it may not depend on."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
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

    found: tuple[Violation, ...]


@rule
async def read_tables(subsystem: ImportRules) -> Tables:
    return subsystem.tables()


@rule
async def refuse_dependencies(
    request: RefuseDependenciesRequest, tables: Tables
) -> ValidatedDependencies:
    found = tables.violations(_place(request.field_set.address), map(_place, request.dependencies))
    if found:
        raise ImportRulesError(found)
    return ValidatedDependencies()


@rule
async def violations_of_target(field_set: ImportRulesFieldSet) -> Violations:
    # Pants validates dependencies wherever it computes them, so the violations come as an error.
    try:
        await engine.dependencies_of(field_set.dependencies)
    except ImportRulesError as error:
        return Violations(error.violations)
    return Violations(())


if sys.version_info >= (3, 11):
    from pants.engine.rules import concurrently, implicitly

    async def _violations(field_sets: Iterable[ImportRulesFieldSet]) -> tuple[Violations, ...]:
        return await concurrently(
            violations_of_target(field_set, **implicitly()) for field_set in field_sets
        )

else:
    from pants.engine.rules import Get, MultiGet

    async def _violations(field_sets: Iterable[ImportRulesFieldSet]) -> tuple[Violations, ...]:
        return await MultiGet(
            Get(Violations, ImportRulesFieldSet, field_set) for field_set in field_sets
        )


@rule(desc="Check the import rules", level=LogLevel.DEBUG)
async def lint_import_rules(
    batch: ImportRulesRequest.Batch[ImportRulesFieldSet, Any], tables: Tables
) -> LintResult:
    per_target = await _violations(batch.elements)
    found = sorted({violation for target in per_target for violation in target.found})
    there = await engine.paths(f"{each.package}/*" for each in tables.rooms)
    problems = [*map(str, found), *_missing_rooms(tables, {*there.files, *there.dirs})]
    return LintResult(
        exit_code=1 if problems else 0,
        stdout="\n".join(problems),
        stderr="",
        linter_name=ImportRules.options_scope,
    )


def _missing_rooms(tables: Tables, there: set[str]) -> Iterator[str]:
    """The rooms of the table that the repository has not; they would be taken for enforced."""
    for each in tables.rooms:
        for room in (*each.order, *each.beside):
            if f"{each.package}/{room}" not in there:
                yield (
                    f"{rooms.OPTION}: `{each.package}` names `{room}`, and there is no folder or "
                    "module of that name in it. Remove it, or correct its spelling."
                )


def _place(address: Address) -> Place:
    # A file belongs to the folder it lies in, which may be below that of its BUILD file.
    if address.is_file_target:
        return Place(address.spec, *os.path.split(address.filename))
    return Place(address.spec, address.spec_path)


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        *ImportRulesRequest.rules(),
        UnionRule(ValidateDependenciesRequest, RefuseDependenciesRequest),
    )
