"""What Python files import, and which targets own that."""

from __future__ import annotations

import sys
from typing import Any, Callable

from pants.backend.python.dependency_inference.rules import (
    ResolvedParsedPythonDependencies,
    ResolvedParsedPythonDependenciesRequest,
    _collect_imports_info,
    _handle_unowned_imports,
    _remove_ignored_imports,
)
from pants.backend.python.dependency_inference.subsystem import PythonInferSubsystem
from pants.backend.python.subsystems.setup import PythonSetup
from pants.engine.addresses import Address

if sys.version_info >= (3, 11):
    from pants.backend.python.dependency_inference.rules import (
        _exec_parse_deps,
        resolve_parsed_dependencies,
    )
    from pants.engine.rules import implicitly

    async def parsed_imports(tests: Any, infer: PythonInferSubsystem, python: PythonSetup) -> Any:
        """What a file of tests names, as Pants reads it.

        Args:
            tests: as of Pants' own inference, with whatever dependencies field.
        """
        return await _exec_parse_deps(tests, python)

    async def _resolved(
        request: ResolvedParsedPythonDependenciesRequest,
    ) -> ResolvedParsedPythonDependencies:
        return await resolve_parsed_dependencies(request, **implicitly())

else:
    from pants.backend.python.dependency_inference.parse_python_dependencies import (
        ParsedPythonAssetPaths,
        ParsedPythonDependencies,
        ParsedPythonImportInfo,
        ParsedPythonImports,
        ParsePythonDependenciesRequest,
    )
    from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
    from pants.core.util_rules.source_files import SourceFilesRequest
    from pants.core.util_rules.stripped_source_files import StrippedSourceFiles
    from pants.engine.fs import Digest
    from pants.engine.internals.native_dep_inference import NativeParsedPythonDependencies
    from pants.engine.rules import Get

    async def parsed_imports(tests: Any, infer: PythonInferSubsystem, python: PythonSetup) -> Any:
        """What a file of tests names.

        Where nobody has said which of its two parsers Pants 2.17 is to use, it is the one that newer
        releases have alone: to say it is no business of whoever tests a matrix.

        Args:
            tests: as of Pants' own inference, with whatever dependencies field.
        """
        unsaid = infer.options.is_default("use_rust_parser")
        if not unsaid or infer.string_imports or infer.assets:
            constraints = InterpreterConstraints.create_from_compatibility_fields(
                [tests.interpreter_constraints], python
            )
            return await Get(
                ParsedPythonDependencies, ParsePythonDependenciesRequest(tests.source, constraints)
            )
        stripped = await Get(StrippedSourceFiles, SourceFilesRequest([tests.source]))
        native = await Get(NativeParsedPythonDependencies, Digest, stripped.snapshot.digest)
        return ParsedPythonDependencies(
            ParsedPythonImports(
                (module, ParsedPythonImportInfo(*info)) for module, info in native.imports.items()
            ),
            ParsedPythonAssetPaths(),
        )

    async def _resolved(
        request: ResolvedParsedPythonDependenciesRequest,
    ) -> ResolvedParsedPythonDependencies:
        return await Get(
            ResolvedParsedPythonDependencies, ResolvedParsedPythonDependenciesRequest, request
        )


async def owners_of_imports(
    field_set: Any,
    parsed: Any,
    resolve: str,
    infer: PythonInferSubsystem,
    python: PythonSetup,
    *,
    may_be_unowned: Callable[[str], bool],
) -> tuple[Address, ...]:
    """The targets that own what a file names, as Pants infers them.

    Of an import without an owner Pants tells as it is set up to, unless it may be without.

    Args:
        field_set: as of Pants' own inference, with whatever dependencies field.
    """
    found = await _resolved(ResolvedParsedPythonDependenciesRequest(field_set, parsed, resolve))
    imported, unowned = _collect_imports_info(found.resolve_results)
    assets, _ = _collect_imports_info(found.assets)
    await _handle_unowned_imports(
        field_set.address,
        infer.unowned_dependency_behavior,
        python,
        _remove_ignored_imports(
            frozenset(module for module in unowned if not may_be_unowned(module)),
            infer.ignored_unowned_imports,
        ),
        parsed.imports,
        resolve=resolve,
    )
    return tuple(sorted(imported | assets))
