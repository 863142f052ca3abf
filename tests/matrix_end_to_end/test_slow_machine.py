"""What Pants gives up on because the machine is slow fails no test that starts one."""

from __future__ import annotations

from pathlib import Path

import pytest

from matrix_end_to_end.repository import CLIENT, Repository

STAND_IN = """#!/bin/sh
echo "started with $*"
case "$*" in *--no-pantsd*) exit 0 ;; esac
echo "{said}"
exit 1
"""
# As pants/pantsd/process_manager.py has them.
GIVES_UP = (
    "Exception: exceeded timeout of 60 seconds while waiting for pantsd to start",
    "Exception: exceeded timeout of 60 seconds while waiting for pantsd socket to be opened",
)


def repository(root: Path, said: str) -> Repository:
    client = root / CLIENT
    client.parent.mkdir(parents=True)
    client.write_text(STAND_IN.format(said=said))
    client.chmod(0o755)
    return Repository(root, {})


@pytest.mark.parametrize("said", GIVES_UP)
def test_what_was_given_up_is_run_without_a_daemon(tmp_path: Path, said: str) -> None:
    assert repository(tmp_path, said).pants("list", "::") == (
        0,
        "started with --no-pantsd list ::\n",
    )


def test_what_failed_has_failed(tmp_path: Path) -> None:
    status, output = repository(tmp_path, "1 test failed").pants("test", "::")
    assert (status, output) == (1, "started with test ::\n1 test failed\n")
