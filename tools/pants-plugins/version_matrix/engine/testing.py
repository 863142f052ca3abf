"""Tests as `test` runs them, and what their results rest on."""

from __future__ import annotations

from typing import Iterable, Sequence

from pants.backend.python.util_rules.python_sources import (
    PythonSourceFiles,
    PythonSourceFilesRequest,
)
from pants.base.specs import Specs
from pants.core.goals.test import TestRequest, TestResult
from pants.core.util_rules.partitions import Partitions
from pants.engine.rules import Get, MultiGet
from pants.engine.target import (
    AllTargets,
    FieldSet,
    FilteredTargets,
    Target,
    TransitiveTargets,
    TransitiveTargetsRequest,
)
from pants.util.collections import partition_sequentially


async def tests(specs: Specs | None, runners: Iterable[type[TestRequest]]) -> tuple[Target, ...]:
    """The targets that the command line names, filters heeded, or all, that some runners run."""
    targets: Iterable[Target] = await Get(AllTargets) if specs is None else ()
    if specs is not None:
        targets = await Get(FilteredTargets, Specs, specs)
    field_sets = [runner.field_set_type for runner in runners]
    return tuple(t for t in targets if any(each.is_applicable(t) for each in field_sets))


async def test_results(
    targets: Sequence[Target], runners: Iterable[type[TestRequest]], batch_size: int
) -> tuple[TestResult, ...]:
    """The results of tests, in the processes in which `test` would run these targets."""
    requests = [
        runner.PartitionRequest(
            tuple(
                runner.field_set_type.create(target)
                for target in targets
                if runner.field_set_type.is_applicable(target)
            )
        )
        for runner in runners
    ]
    divided = await MultiGet(
        Get(Partitions, TestRequest.PartitionRequest, request) for request in requests
    )
    batches = [
        runner.Batch(runner.tool_name, tuple(batch), partition.metadata)
        for runner, partitions in zip(runners, divided)
        for partition in partitions
        for batch in partition_sequentially(
            partition.elements,
            key=lambda each: str(each.address) if isinstance(each, FieldSet) else str(each),
            size_target=batch_size,
            size_max=2 * batch_size,
        )
    ]
    return await MultiGet(Get(TestResult, TestRequest.Batch, batch) for batch in batches)


async def contents_reached(targets: Iterable[Target]) -> tuple[str, ...]:
    """A digest of all first-party files that each target reaches, its own among them."""
    closures = await MultiGet(
        Get(TransitiveTargets, TransitiveTargetsRequest([target.address])) for target in targets
    )
    sources = await MultiGet(
        Get(PythonSourceFiles, PythonSourceFilesRequest(each.closure, include_files=True))
        for each in closures
    )
    return tuple(each.source_files.snapshot.digest.fingerprint for each in sources)
