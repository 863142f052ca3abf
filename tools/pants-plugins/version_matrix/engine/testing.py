"""Tests as `test` runs them, and what their results rest on."""

from __future__ import annotations

import sys
from typing import Iterable, Sequence

from pants.backend.python.util_rules.python_sources import (
    PythonSourceFiles,
    PythonSourceFilesRequest,
)
from pants.base.specs import Specs
from pants.core.goals.test import TestRequest, TestResult
from pants.core.util_rules.partitions import Partitions
from pants.engine.target import (
    AllTargets,
    FieldSet,
    FilteredTargets,
    Target,
    TransitiveTargets,
    TransitiveTargetsRequest,
)
from pants.util.collections import partition_sequentially

if sys.version_info >= (3, 11):
    from pants.backend.python.util_rules.python_sources import prepare_python_sources
    from pants.engine.internals.graph import find_all_targets, transitive_targets
    from pants.engine.rules import concurrently, implicitly

    try:
        from pants.engine.internals.graph import (  # type: ignore[attr-defined,unused-ignore]
            filter_targets,
        )
    except ImportError:  # Before 2.28.
        from pants.engine.internals.specs_rules import (  # type: ignore[attr-defined,unused-ignore]
            filter_targets,
        )
    try:
        from pants.core.goals.test import (  # type: ignore[attr-defined,unused-ignore]
            partition_tests,
            run_test_batch,
        )

        async def _partitions(
            requests: Iterable[TestRequest.PartitionRequest],  # type: ignore[type-arg]
        ) -> tuple[Partitions, ...]:  # type: ignore[type-arg]
            return await concurrently(
                partition_tests(**implicitly({each: TestRequest.PartitionRequest}))
                for each in requests
            )

        async def _results(
            batches: Iterable[TestRequest.Batch],  # type: ignore[type-arg]
        ) -> tuple[TestResult, ...]:
            return await concurrently(
                run_test_batch(**implicitly({each: TestRequest.Batch})) for each in batches
            )

    except ImportError:  # Before 2.29 there is no name for whichever runner a batch is for.
        from pants.engine.rules import (  # type: ignore[attr-defined,unused-ignore]
            Get,
            MultiGet,
        )

        async def _partitions(
            requests: Iterable[TestRequest.PartitionRequest],  # type: ignore[type-arg]
        ) -> tuple[Partitions, ...]:  # type: ignore[type-arg]
            found: tuple[Partitions, ...] = await MultiGet(  # type: ignore[type-arg]
                Get(Partitions, TestRequest.PartitionRequest, each) for each in requests
            )
            return found

        async def _results(
            batches: Iterable[TestRequest.Batch],  # type: ignore[type-arg]
        ) -> tuple[TestResult, ...]:
            results: tuple[TestResult, ...] = await MultiGet(
                Get(TestResult, TestRequest.Batch, each) for each in batches
            )
            return results

    async def _every_target() -> AllTargets:
        return await find_all_targets()

    async def _filtered(specs: Specs) -> FilteredTargets:
        found: FilteredTargets = await filter_targets(**implicitly({specs: Specs}))
        return found

    async def _closures(targets: Iterable[Target]) -> tuple[TransitiveTargets, ...]:
        return await concurrently(
            transitive_targets(TransitiveTargetsRequest([each.address]), **implicitly())
            for each in targets
        )

    async def _sources(closures: Iterable[TransitiveTargets]) -> tuple[PythonSourceFiles, ...]:
        return await concurrently(
            prepare_python_sources(
                PythonSourceFilesRequest(each.closure, include_files=True), **implicitly()
            )
            for each in closures
        )

else:
    from pants.engine.rules import Get, MultiGet

    async def _every_target() -> AllTargets:
        return await Get(AllTargets)

    async def _filtered(specs: Specs) -> FilteredTargets:
        return await Get(FilteredTargets, Specs, specs)

    async def _partitions(
        requests: Iterable[TestRequest.PartitionRequest],  # type: ignore[type-arg]
    ) -> tuple[Partitions, ...]:  # type: ignore[type-arg]
        return await MultiGet(
            Get(Partitions, TestRequest.PartitionRequest, each) for each in requests
        )

    async def _results(
        batches: Iterable[TestRequest.Batch],  # type: ignore[type-arg]
    ) -> tuple[TestResult, ...]:
        return await MultiGet(Get(TestResult, TestRequest.Batch, each) for each in batches)

    async def _closures(targets: Iterable[Target]) -> tuple[TransitiveTargets, ...]:
        return await MultiGet(
            Get(TransitiveTargets, TransitiveTargetsRequest([each.address])) for each in targets
        )

    async def _sources(closures: Iterable[TransitiveTargets]) -> tuple[PythonSourceFiles, ...]:
        return await MultiGet(
            Get(PythonSourceFiles, PythonSourceFilesRequest(each.closure, include_files=True))
            for each in closures
        )


async def tests(specs: Specs | None, runners: Iterable[type[TestRequest]]) -> tuple[Target, ...]:
    """The targets that the command line names, filters heeded, or all, that some runners run."""
    targets: Iterable[Target] = await _every_target() if specs is None else await _filtered(specs)
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
    divided = await _partitions(requests)
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
    return await _results(batches)


async def contents_reached(targets: Iterable[Target]) -> tuple[str, ...]:
    """A digest of all first-party files that each target reaches, its own among them."""
    sources = await _sources(await _closures(targets))
    return tuple(each.source_files.snapshot.digest.fingerprint for each in sources)
