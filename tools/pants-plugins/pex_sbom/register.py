"""`package` writes beside each PEX what it ships: a software bill of materials, in CycloneDX.

Of the PEX as it was built, and not of the lock: what it holds is what runs. See write_sbom.py.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from pathlib import PurePath
from typing import Iterable

from pants.backend.python.goals.package_pex_binary import PexBinaryFieldSet
from pants.backend.python.subsystems.python_tool_base import PythonToolRequirementsBase
from pants.backend.python.target_types import PexEntryPointField
from pants.backend.python.util_rules.pex import PexRequest, VenvPexProcess
from pants.core.goals.package import BuiltPackage, BuiltPackageArtifact, PackageFieldSet
from pants.engine.fs import CreateDigest, FileContent, MergeDigests
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule

from engine_calls import calls

_SCRIPT = "write_sbom.py"


class CycloneDX(PythonToolRequirementsBase):
    options_scope = "cyclonedx"
    name = "CycloneDX"
    help = "Writes software bills of materials (https://cyclonedx.org/)."

    default_version = "cyclonedx-python-lib>=11"
    register_interpreter_constraints = True
    default_interpreter_constraints = ["CPython==3.12.*"]
    # Pants wants one to be named; `install_from_resolve` takes its place.
    default_lockfile_resource = ("pex_sbom", "none.lock")

    @classmethod
    def _default_package_name_and_version(cls) -> None:  # type: ignore[override,unused-ignore]
        """Nothing: newer Pants read it from that lock."""


@dataclass(frozen=True)
class PexSbomFieldSet(PackageFieldSet):
    """Every PEX, once more."""

    required_fields = (PexEntryPointField,)

    entry_point: PexEntryPointField


@rule(desc="Write the bill of materials of a PEX")
async def package_sbom(field_set: PexSbomFieldSet, cyclonedx: CycloneDX) -> BuiltPackage:
    target = await calls.target_at(field_set.address)
    built = await calls.packaged(PexBinaryFieldSet.create(target))
    # Of the lock's Python, and not of the PEX's: which of the two runs makes no difference to it.
    tool = await calls.installed(
        PexRequest(
            output_filename="cyclonedx.pex",
            internal_only=True,
            requirements=cyclonedx.pex_requirements(),
            interpreter_constraints=cyclonedx.interpreter_constraints,
        )
    )
    script = await calls.created(CreateDigest([FileContent(_SCRIPT, _script())]))
    # Newer Pants may build more of a target than the PEX, which comes first.
    pex = str(built.artifacts[0].relpath)
    output = str(PurePath(pex).with_suffix(".cdx.json"))
    sources = await calls.merged(MergeDigests([built.digest, script]))
    result = await calls.run_tool(
        VenvPexProcess(
            tool,
            argv=(_SCRIPT, pex, output),
            # The interpreter of the tool's environment runs our script.
            extra_env={"PEX_INTERPRETER": "1"},
            input_digest=sources,
            output_files=(output,),
            description=f"Write the bill of materials of {field_set.address}",
        )
    )
    return BuiltPackage(result.output_digest, (BuiltPackageArtifact(output),))


def _script() -> bytes:
    script = pkgutil.get_data("pex_sbom", _SCRIPT)
    assert script is not None, f"{_SCRIPT} is not beside this module"
    return script


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), UnionRule(PackageFieldSet, PexSbomFieldSet))
