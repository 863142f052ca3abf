from __future__ import annotations

import json
import pkgutil

import pytest
from pants.engine.rules import QueryRule
from pants.testutil.rule_runner import RuleRunner

from version_matrix.tools.subsystems import (
    DiffCover,
    IndexClient,
    MatrixResults,
    RiotReader,
    ToxReader,
    Uv,
)


def test_the_scope_that_pants_has_taken_is_read_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    runner = RuleRunner(rules=[*Uv.rules(), QueryRule(Uv, ())])
    runner.set_options(["--uv-interpreter-constraints=['CPython==3.12.*']"])
    uv = runner.request(Uv, [])
    assert str(uv.interpreter_constraints) == "CPython==3.12.*"
    assert "version-matrix-uv" in caplog.text and "uv" in caplog.text


TOOLS = [Uv, IndexClient, MatrixResults, ToxReader, RiotReader, DiffCover]


@pytest.mark.parametrize("tool", TOOLS)
def test_no_pants_reads_a_lock_of_pip_as_one_of_its_own(tool: type[Uv]) -> None:
    assert tool._default_package_name_and_version() is None
    assert tool.default_interpreter_constraints == ["CPython>=3.9,<3.16"]


@pytest.mark.parametrize("tool", TOOLS)
def test_newer_pants_finds_metadata_beside_a_lock_and_nothing_to_check_in_it(
    tool: type[Uv],
) -> None:
    package, name = tool.default_lockfile_resource
    content = pkgutil.get_data(package, f"{name}.metadata")
    assert content is not None
    assert json.loads(content) == {
        "version": 1,
        "valid_for_interpreter_constraints": [],
        "requirements_invalidation_digest": "",
    }
