from __future__ import annotations

import pytest

from version_matrix.cells.cell_environment import not_available_here

LINUX, MACOS = "linux-x86_64-glibc2.28", "macos-arm64-14.0"
POLICY = (LINUX, MACOS)
ON_LINUX_ALONE = f"# platforms: {LINUX}\nidna==3\n"


@pytest.mark.parametrize(
    "lock, system, machine, told",
    [
        (ON_LINUX_ALONE, "linux", "x86_64", None),
        (ON_LINUX_ALONE, "darwin", "arm64", "a.lock pins something has no file for macos-arm64"),
        # Of a system that the policy does not name nothing is promised, and nothing known.
        (ON_LINUX_ALONE, "linux", "aarch64", None),
        (f"# platforms: {LINUX}, {MACOS}\n", "darwin", "arm64", None),
        # A lock of 0.1.0 tells no platforms.
        ("idna==3\n", "darwin", "arm64", None),
    ],
)
def test_what_has_no_file_for_a_system_is_not_available_there(
    lock: str, system: str, machine: str, told: str | None
) -> None:
    why = not_available_here("a.lock", lock, POLICY, system=system, machine=machine)
    assert why == told or (told is not None and why is not None and told in why)
