"""A program that comes inside a wheel, installed by a lock as every other tool.

Pants' own backends for such programs download them from where not every machine can.
"""

from __future__ import annotations

from typing import ClassVar, Sequence

from pants.backend.python.subsystems.python_tool_base import PythonToolRequirementsBase
from pants.backend.python.util_rules.pex import PexRequest, VenvPexProcess
from pants.engine.fs import Digest
from pants.util.logging import LogLevel

from engine_calls import calls

# The wheel carries a program and no Python: the environment's `bin` is where it ends up.
_RUN = "import os, sys; os.execv(os.path.join(sys.prefix, 'bin', sys.argv[1]), sys.argv[1:])"


class WheelBinary(PythonToolRequirementsBase):
    """The options of such a program; `options_scope` is its name."""

    register_interpreter_constraints = True
    default_interpreter_constraints: ClassVar[Sequence[str]] = ["CPython>=3.9,<3.16"]
    # Pants wants one to be named; `install_from_resolve` takes its place.
    default_lockfile_resource = ("wheel_binary", "none.lock")

    @classmethod
    def _default_package_name_and_version(cls) -> None:  # type: ignore[override,unused-ignore]
        """Nothing: newer Pants read it from that lock."""


async def binary_process(
    tool: WheelBinary,
    argv: Sequence[str],
    files: Digest,
    *,
    output_files: Sequence[str] = (),
) -> VenvPexProcess:
    """The process that runs the program over `files` and captures `output_files`."""
    program = tool.options_scope
    pex = await calls.installed(
        PexRequest(
            output_filename=f"{program}.pex",
            internal_only=True,
            requirements=tool.pex_requirements(),
            interpreter_constraints=tool.interpreter_constraints,
        ),
    )
    return VenvPexProcess(
        pex,
        argv=("-c", _RUN, program, *argv),
        # A user's own settings decide nothing. Empty, and not unset: hadolint would crash.
        extra_env={"PEX_INTERPRETER": "1", "HOME": ""},
        input_digest=files,
        output_files=output_files,
        description=f"Run {program}",
        level=LogLevel.DEBUG,
    )
