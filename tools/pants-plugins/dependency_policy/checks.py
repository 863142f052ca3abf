"""`lint` holds the dependency policy, and lists every violation."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping

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
from pants.engine.target import Target
from pants.engine.unions import UnionRule
from pants.option.option_types import SkipOption
from pants.option.subsystem import Subsystem
from pants.util.logging import LogLevel

from dependency_policy import engine, policy

_GENERATORS = ("python_requirements", "poetry_requirements", "pipenv_requirements")


class DependencyPolicy(Subsystem):
    options_scope = "dependency-policy"
    name = "dependency-policy"
    help = "Holds external requirements to one place and one form (see 3rdparty/python/README.md)."

    skip = SkipOption("lint")


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
async def check_policy(request: DependencyPolicyRequest.Batch[str, Any]) -> LintResult:
    # Files come in batches; a target is looked at with the batch that holds its BUILD file's folder.
    violations = list(policy.misplaced_files(request.elements))
    folders = {path.rpartition("/")[0] for path in request.elements}
    stanzas = [each for each in await engine.stanzas() if each.address.spec_path in folders]
    violations += _misplaced_targets(stanzas)
    violations += _published_extras(stanzas)
    targets = await engine.targets()
    forks = {each.address: each for each in targets if any(map(policy.url_of, _required(each)))}
    violations += _bad_forks(each for each in forks.values() if each.address.spec_path in folders)
    if forks:
        # What published code imports, its wheel requires.
        code = [each for each in targets if _published(each) and each.address.spec_path in folders]
        dependencies = await engine.dependencies(code)
        violations += _published_forks(dependencies, forks)
    return LintResult(
        exit_code=1 if violations else 0,
        stdout="\n".join(dict.fromkeys(violations)),
        stderr="",
        linter_name=request.tool_name,
    )


def _misplaced_targets(stanzas: Iterable[Target]) -> Iterator[str]:
    for stanza in stanzas:
        if stanza.alias in (PythonRequirementTarget.alias, *_GENERATORS):
            violation = policy.misplaced_target(stanza.address.spec, stanza.address.spec_path)
            if violation:
                yield violation


def _published_extras(stanzas: Iterable[Target]) -> Iterator[str]:
    """What a wheel requires by its own BUILD stanza."""
    for stanza in stanzas:
        if stanza.alias != PythonDistribution.alias or not _published(stanza):
            continue
        metadata = stanza[PythonProvidesField].value.kwargs
        extras = metadata.get("extras_require", {})
        for requirement in (
            *metadata.get("install_requires", ()),
            *(each for group in extras.values() for each in group),
        ):
            violation = policy.published_url(stanza.address.spec, requirement)
            if violation:
                yield violation


def _bad_forks(forks: Iterable[Target]) -> Iterator[str]:
    for fork in forks:
        for requirement in _required(fork):
            violation = policy.bad_fork(fork.address.spec, requirement)
            if violation:
                yield violation


def _published_forks(
    dependencies: Iterable[tuple[Target, Iterable[Address]]], forks: Mapping[Address, Target]
) -> Iterator[str]:
    for target, addresses in dependencies:
        for fork in (forks[address] for address in addresses if address in forks):
            for requirement in _required(fork):
                violation = policy.published_url(target.address.spec, requirement)
                if violation:
                    yield violation


def _published(target: Target) -> bool:
    return f"{target.address.spec_path}/".startswith(f"{policy.PUBLISHED}/")


def _required(target: Target) -> tuple[str, ...]:
    if not target.has_field(PythonRequirementsField):
        return ()
    return tuple(str(each) for each in target[PythonRequirementsField].value)


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *DependencyPolicyRequest.rules())
