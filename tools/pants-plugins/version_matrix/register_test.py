from __future__ import annotations

import pkgutil

import pytest

from version_matrix import register
from version_matrix.stanza.lock_file import pins


@pytest.mark.parametrize(
    "script",
    [
        "changed_lines.py",
        "find_programs.py",
        "find_pythons.py",
        "reached_lines.py",
        "readers/read_riot.py",
        "readers/read_tox.py",
        "run_cell.py",
        "run_uv.py",
    ],
)
def test_the_scripts_of_sandboxes_are_there(script: str) -> None:
    content = pkgutil.get_data("version_matrix", f"sandbox/{script}")
    assert content is not None
    compile(content, script, "exec")


@pytest.mark.parametrize(
    "lock, project",
    [
        ("coverage", "pytest-cov"),
        ("diff-cover", "diff-cover"),
        ("index-client", "pypi-simple"),
        ("riot", "riot"),
        ("tox", "tox"),
        ("uv", "uv"),
    ],
)
def test_the_locks_of_tools_are_there_and_hold_them(lock: str, project: str) -> None:
    content = pkgutil.get_data("version_matrix", f"locks/{lock}.lock")
    assert content is not None
    assert project in pins(content.decode())
    assert content.count(b"--hash=sha256:") >= len(pins(content.decode()))


def test_what_the_plugin_adds_to_pants() -> None:
    assert [target.alias for target in register.target_types()] == [
        "python_matrix_tests",
        "python_matrix_test_file",
        "python_matrix_cell",
        "python_program_tests",
        "python_program_test",
        "_result_inputs",
    ]
    assert len(set(map(id, register.rules()))) > 30
