"""`lint` holds the dependency policy, and lists every violation."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import Any, Iterable, Iterator, Mapping

from pants.backend.python.macros.python_requirements import PythonRequirementsSourceField
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import (
    PythonDistribution,
    PythonProvidesField,
    PythonRequirementsField,
    PythonRequirementTarget,
)
from pants.core.goals.lint import LintFilesRequest, LintResult
from pants.core.util_rules.partitions import Partitions
from pants.engine.addresses import Address
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import AllTargets, AllUnexpandedTargets, Target
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from dependency_policy import engine
from dependency_policy.policy import Policy
from dependency_policy.subsystem import DependencyPolicy
from hash_locks import requirements_file
from hash_locks.engine import read_files
from hash_locks.forks import bad_fork, bad_forks, url_of
from hash_locks.lint_result import lint_result
from hash_locks.requirements_file import RequirementsFileError

_GENERATORS = ("python_requirements", "poetry_requirements", "pipenv_requirements")


class DependencyPolicyRequest(LintFilesRequest):
    tool_subsystem = DependencyPolicy  # type: ignore[assignment]


@rule
async def partition_files(
    request: DependencyPolicyRequest.PartitionRequest, subsystem: DependencyPolicy
) -> Partitions[str, Any]:
    if subsystem.skip or not request.files:
        return Partitions()
    return Partitions.single_partition(sorted(request.files))


@rule(desc="Check the dependency policy", level=LogLevel.DEBUG)
async def check_policy(
    request: DependencyPolicyRequest.Batch[str, Any],
    subsystem: DependencyPolicy,
    python: PythonSetup,
    all_stanzas: AllUnexpandedTargets,
    all_targets: AllTargets,
) -> LintResult:
    policy = subsystem.policy(python.resolves.values())
    # Files come in batches; a target is looked at with the batch that holds its BUILD file's folder.
    violations = list(policy.misplaced_files(request.elements))
    texts = await read_files(filter(policy.may_name_requirements, request.elements))
    violations += filter(None, map(policy.misplaced_requirements, texts, texts.values()))
    inputs = [path for path in request.elements if fnmatch(path, f"{policy.home}/*.in")]
    for path, text in (await read_files(inputs)).items():
        violations += _bad_lines(path, text)
    folders = {path.rpartition("/")[0] for path in request.elements}
    stanzas = [each for each in all_stanzas if each.address.spec_path in folders]
    violations += _misplaced_targets(policy, stanzas)
    violations += _unused_files(policy, inputs, stanzas)
    violations += _bad_forks(stanzas)
    violations += _second_homes(policy, stanzas)
    violations += _published_extras(policy, stanzas)
    forks = {each.address: each for each in all_targets if any(map(url_of, _required(each)))}
    if forks:
        # What published code imports, its wheel requires.
        code = [
            each
            for each in all_targets
            if policy.is_published(each.address.spec_path) and each.address.spec_path in folders
        ]
        dependencies = await engine.dependencies(code)
        violations += _published_forks(policy, dependencies, forks)
    return lint_result(request.tool_name, violations)


def _misplaced_targets(policy: Policy, stanzas: Iterable[Target]) -> Iterator[str]:
    for stanza in stanzas:
        if stanza.alias in (PythonRequirementTarget.alias, *_GENERATORS):
            violation = policy.misplaced_target(stanza.address.spec, stanza.address.spec_path)
            if violation:
                yield violation


def _bad_lines(path: str, text: str) -> Iterator[str]:
    try:
        entries = requirements_file.parse(text, path)
    except RequirementsFileError as error:
        yield str(error)
        return
    yield from bad_forks(path, entries)


def _unused_files(
    policy: Policy, inputs: Iterable[str], stanzas: Iterable[Target]
) -> Iterator[str]:
    """Inputs of the main lock; a tool's requirements are no targets."""
    read = {
        stanza[PythonRequirementsSourceField].file_path
        for stanza in stanzas
        if stanza.has_field(PythonRequirementsSourceField)
    }
    for path in inputs:
        if path.rpartition("/")[0] == policy.home and path not in read:
            yield policy.unused_file(path)


def _bad_forks(stanzas: Iterable[Target]) -> Iterator[str]:
    """Of stanzas that name requirements themselves; those of files are told with their lines."""
    for stanza in stanzas:
        if stanza.address.is_generated_target:
            continue
        for requirement in _required(stanza):
            violation = bad_fork(stanza.address.spec, requirement)
            if violation:
                yield violation


def _second_homes(policy: Policy, stanzas: Iterable[Target]) -> Iterator[str]:
    for stanza in stanzas:
        if stanza.alias == PythonDistribution.alias:
            violation = policy.stated_requirements(stanza.address.spec, _metadata(stanza))
            if violation:
                yield violation


def _published_extras(policy: Policy, stanzas: Iterable[Target]) -> Iterator[str]:
    """What a wheel requires by its own BUILD stanza."""
    for stanza in stanzas:
        if stanza.alias != PythonDistribution.alias:
            continue
        if not policy.is_published(stanza.address.spec_path):
            continue
        for group in _metadata(stanza).get("extras_require", {}).values():
            for requirement in group:
                violation = policy.published_url(stanza.address.spec, requirement)
                if violation:
                    yield violation


def _published_forks(
    policy: Policy,
    dependencies: Iterable[tuple[Target, Iterable[Address]]],
    forks: Mapping[Address, Target],
) -> Iterator[str]:
    for target, addresses in dependencies:
        for fork in (forks[address] for address in addresses if address in forks):
            for requirement in _required(fork):
                violation = policy.published_url(target.address.spec, requirement)
                if violation:
                    yield violation


def _metadata(distribution: Target) -> Mapping[str, Any]:
    return distribution[PythonProvidesField].value.kwargs


def _required(target: Target) -> tuple[str, ...]:
    if not target.has_field(PythonRequirementsField):
        return ()
    return tuple(str(each) for each in target[PythonRequirementsField].value)


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *DependencyPolicyRequest.rules())
