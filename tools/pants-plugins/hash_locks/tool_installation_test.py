from __future__ import annotations

import pytest
from pants.backend.python.util_rules.pex import PexRequest
from pants.engine.process import ProcessExecutionFailure
from pants.option.global_options import KeepSandboxes

from hash_locks import engine
from hash_locks.tool_installation import ToolInstallationError, pip_failure

UNREACHABLE = """\
pid 81 -> python pex download --requirement tool.lock exited with 1 and STDERR:
pip: WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError('<pip.HTTPConnection object at 0x7f>: Connection refused')': /simple/build/
pip: WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<pip.HTTPConnection object at 0x8a>: Connection refused')': /simple/build/
pip: ERROR: Could not find a version that satisfies the requirement build==1.4.4
pip: ERROR: No matching distribution found for build==1.4.4
"""
OTHER_HASH = """\
pip: ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.
pip:     build==1.4.4 from a-file:
pip:         Expected sha256 aa
pip:              Got        bb
"""


@pytest.mark.parametrize(
    ("stderr", "told"),
    [
        (
            UNREACHABLE,
            "The index cannot be reached: NewConnectionError('Connection refused')\n"
            "  Could not find a version that satisfies the requirement build==1.4.4\n"
            "  No matching distribution found for build==1.4.4",
        ),
        (
            OTHER_HASH,
            "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n"
            "      build==1.4.4 from a-file:\n"
            "          Expected sha256 aa\n"
            "               Got        bb",
        ),
        ("Failed to find a compatible PEX_PYTHON=python.\n", None),
        ("pip: WARNING: A newer pip is to be had.\n", None),
        ("", None),
    ],
)
def test_what_pip_ends_with_is_told(stderr: str, told: str | None) -> None:
    assert pip_failure(stderr) == told


def installation_that_fails(stderr: str) -> None:
    installing = engine.installed(PexRequest(output_filename="tool.pex", internal_only=True))
    installing.send(None)
    installing.throw(
        ProcessExecutionFailure(
            1, b"", stderr.encode(), "Building tool.pex", keep_sandboxes=KeepSandboxes.never
        )
    )


def test_an_index_out_of_reach_is_one_clear_error() -> None:
    with pytest.raises(ToolInstallationError) as caught:
        installation_that_fails(UNREACHABLE)
    told = str(caught.value)
    assert told.startswith("tool.pex cannot be installed.\n  The index cannot be reached: ")
    assert "Retry" not in told and "pid 81" not in told


def test_a_failure_that_is_not_pips_stays_what_it_is() -> None:
    with pytest.raises(ProcessExecutionFailure):
        installation_that_fails("Failed to find a compatible PEX_PYTHON=python.\n")
