"""Targets and the graph of their dependencies."""

from __future__ import annotations

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
from pants.engine.rules import Get, MultiGet
from pants.engine.target import (
    AllTargets,
    AllUnexpandedTargets,
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


async def selected(specs: Specs) -> tuple[Target, ...]:
    """The targets that the command line names, a generator unexpanded."""
    addresses = await Get(Addresses, Specs, specs)
    return tuple(await Get(UnexpandedTargets, Addresses, addresses))


async def every_stanza() -> tuple[MatrixTestsTarget, ...]:
    """All stanzas of the repository."""
    targets = await Get(AllUnexpandedTargets)
    return tuple(target for target in targets if isinstance(target, MatrixTestsTarget))


async def target_names() -> Mapping[str, frozenset[str]]:
    """Folder -> the names of the targets that its BUILD files declare; the root is `.`."""
    names: dict[str, set[str]] = {}
    for target in await Get(AllUnexpandedTargets):
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
    of_generated = await Get(UnexpandedTargets, Addresses, generated)
    found = {
        target.address: target
        for target in (*targets, *of_generated)
        if isinstance(target, MatrixTestsTarget)
    }
    return tuple(found[address] for address in sorted(found))


async def targets_at(addresses: Iterable[Address]) -> tuple[Target, ...]:
    """The targets of these addresses."""
    return tuple(await Get(Targets, Addresses(addresses)))


async def target_at(address: Address) -> Target:
    """The one target of an address, a generator unexpanded."""
    wrapped = await Get(WrappedTarget, WrappedTargetRequest(address, "<infallible>"))
    return wrapped.target


async def addresses_of(specs: Iterable[str], *, option: str) -> tuple[Address, ...]:
    """The addresses that an option names."""
    found = await Get(
        Addresses,
        UnparsedAddressInputs(specs, owning_address=None, description_of_origin=option),
    )
    return tuple(found)


async def closure_of(addresses: Iterable[Address]) -> tuple[Target, ...]:
    """The targets and all they depend on."""
    transitive = await Get(TransitiveTargets, TransitiveTargetsRequest(addresses))
    return tuple(transitive.closure)


async def python_sources(targets: Iterable[Target]) -> PythonSourceFiles:
    """Sources, resources and files of the targets, and their source roots."""
    return await Get(PythonSourceFiles, PythonSourceFilesRequest(targets, include_files=True))


async def python_source_paths() -> tuple[str, ...]:
    """The paths of all modules that a target has."""
    targets = await Get(AllTargets)
    return tuple(
        target[PythonSourceField].file_path
        for target in targets
        if target.has_field(PythonSourceField)
    )


async def modules(paths: Sequence[str]) -> tuple[str, ...]:
    """The names that Python gives the modules at these paths."""
    stripped = await MultiGet(
        Get(StrippedFileName, StrippedFileNameRequest(path)) for path in paths
    )
    return tuple(module_from_stripped_path(PurePath(each.value)) for each in stripped)
