"""Targets and the graph of their dependencies."""

from __future__ import annotations

import sys
from pathlib import PurePath
from typing import Iterable, Mapping, Sequence

from pants.backend.python.dependency_inference.module_mapper import module_from_stripped_path
from pants.backend.python.target_types import PythonSourceField
from pants.backend.python.util_rules.python_sources import (
    PythonSourceFiles,
    PythonSourceFilesRequest,
)
from pants.base.specs import Specs
from pants.core.util_rules.stripped_source_files import StrippedFileName, StrippedFileNameRequest
from pants.engine.addresses import Address, Addresses, UnparsedAddressInputs
from pants.engine.target import (
    Target,
    Targets,
    TransitiveTargets,
    TransitiveTargetsRequest,
    UnexpandedTargets,
    WrappedTarget,
    WrappedTargetRequest,
)

from version_matrix.stanza.addresses import stanza_address
from version_matrix.stanza.targets import MatrixCellTarget, MatrixTestFileTarget, MatrixTestsTarget

if sys.version_info >= (3, 11):
    from pants.backend.python.util_rules.python_sources import prepare_python_sources
    from pants.core.util_rules.stripped_source_files import strip_file_name
    from pants.engine.internals.graph import (
        find_all_targets,
        find_all_unexpanded_targets,
        resolve_target,
        resolve_targets,
        resolve_unexpanded_targets,
        resolve_unparsed_address_inputs,
        transitive_targets,
    )
    from pants.engine.internals.specs_rules import resolve_addresses_from_specs
    from pants.engine.rules import concurrently, implicitly

    async def targets_at(addresses: Iterable[Address]) -> tuple[Target, ...]:
        """The targets of these addresses."""
        return tuple(await resolve_targets(**implicitly(Addresses(addresses))))

    async def target_at(address: Address) -> Target:
        """The one target of an address, a generator unexpanded."""
        request = WrappedTargetRequest(address, "<infallible>")
        return (await resolve_target(request, **implicitly())).target

    async def closure_of(addresses: Iterable[Address]) -> tuple[Target, ...]:
        """The targets and all they depend on."""
        found = await transitive_targets(TransitiveTargetsRequest(addresses), **implicitly())
        return tuple(found.closure)

    async def python_sources(targets: Iterable[Target]) -> PythonSourceFiles:
        """Sources, resources and files of the targets, and their source roots."""
        request = PythonSourceFilesRequest(targets, include_files=True)
        return await prepare_python_sources(request, **implicitly())

    async def _addresses(specs: Specs) -> Addresses:
        return await resolve_addresses_from_specs(specs)

    async def _parsed(inputs: UnparsedAddressInputs) -> Addresses:
        return await resolve_unparsed_address_inputs(inputs, **implicitly())

    async def _unexpanded(addresses: Addresses) -> UnexpandedTargets:
        return await resolve_unexpanded_targets(addresses)

    async def _every_target() -> Iterable[Target]:
        return await find_all_targets()

    async def _every_unexpanded_target() -> Iterable[Target]:
        return await find_all_unexpanded_targets()

    async def _without_source_roots(paths: Iterable[str]) -> tuple[StrippedFileName, ...]:
        return await concurrently(strip_file_name(StrippedFileNameRequest(path)) for path in paths)

else:
    from pants.engine.rules import Get, MultiGet
    from pants.engine.target import AllTargets, AllUnexpandedTargets

    async def targets_at(addresses: Iterable[Address]) -> tuple[Target, ...]:
        """The targets of these addresses."""
        return tuple(await Get(Targets, Addresses(addresses)))

    async def target_at(address: Address) -> Target:
        """The one target of an address, a generator unexpanded."""
        wrapped = await Get(WrappedTarget, WrappedTargetRequest(address, "<infallible>"))
        return wrapped.target

    async def closure_of(addresses: Iterable[Address]) -> tuple[Target, ...]:
        """The targets and all they depend on."""
        transitive = await Get(TransitiveTargets, TransitiveTargetsRequest(addresses))
        return tuple(transitive.closure)

    async def python_sources(targets: Iterable[Target]) -> PythonSourceFiles:
        """Sources, resources and files of the targets, and their source roots."""
        return await Get(PythonSourceFiles, PythonSourceFilesRequest(targets, include_files=True))

    async def _addresses(specs: Specs) -> Addresses:
        return await Get(Addresses, Specs, specs)

    async def _parsed(inputs: UnparsedAddressInputs) -> Addresses:
        return await Get(Addresses, UnparsedAddressInputs, inputs)

    async def _unexpanded(addresses: Addresses) -> UnexpandedTargets:
        return await Get(UnexpandedTargets, Addresses, addresses)

    async def _every_target() -> Iterable[Target]:
        return await Get(AllTargets)

    async def _every_unexpanded_target() -> Iterable[Target]:
        return await Get(AllUnexpandedTargets)

    async def _without_source_roots(paths: Iterable[str]) -> tuple[StrippedFileName, ...]:
        return await MultiGet(
            Get(StrippedFileName, StrippedFileNameRequest(path)) for path in paths
        )


async def selected(specs: Specs) -> tuple[Target, ...]:
    """The targets that the command line names, a generator unexpanded."""
    return tuple(await _unexpanded(await _addresses(specs)))


async def every_stanza() -> tuple[MatrixTestsTarget, ...]:
    """All stanzas of the repository."""
    targets = await _every_unexpanded_target()
    return tuple(target for target in targets if isinstance(target, MatrixTestsTarget))


async def target_names() -> Mapping[str, frozenset[str]]:
    """Folder -> the names of the targets that its BUILD files declare; the root is `.`."""
    names: dict[str, set[str]] = {}
    for target in await _every_unexpanded_target():
        names.setdefault(target.address.spec_path or ".", set()).add(target.address.target_name)
    return {folder: frozenset(found) for folder, found in names.items()}


async def stanzas(specs: Specs) -> tuple[MatrixTestsTarget, ...]:
    """The stanzas that the command line selects: all of them if it names nothing at all.

    What a stanza generates stands for it: a cell, a test file.
    """
    if not specs and not specs.includes.from_change_detection:
        return await every_stanza()
    targets = await selected(specs)
    generated = Addresses(
        sorted(
            {
                stanza_address(target)
                for target in targets
                if isinstance(target, (MatrixCellTarget, MatrixTestFileTarget))
            }
        )
    )
    of_generated = await _unexpanded(generated)
    found = {
        target.address: target
        for target in (*targets, *of_generated)
        if isinstance(target, MatrixTestsTarget)
    }
    return tuple(found[address] for address in sorted(found))


async def addresses_of(specs: Iterable[str], *, option: str) -> tuple[Address, ...]:
    """The addresses that an option names."""
    found = await _parsed(
        UnparsedAddressInputs(specs, owning_address=None, description_of_origin=option)
    )
    return tuple(found)


async def python_source_paths() -> tuple[str, ...]:
    """The paths of all modules that a target has."""
    targets = await _every_target()
    return tuple(
        target[PythonSourceField].file_path
        for target in targets
        if target.has_field(PythonSourceField)
    )


async def modules(paths: Sequence[str]) -> tuple[str, ...]:
    """The names that Python gives the modules at these paths."""
    stripped = await _without_source_roots(paths)
    return tuple(module_from_stripped_path(PurePath(each.value)) for each in stripped)
