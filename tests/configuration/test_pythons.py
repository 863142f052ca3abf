"""What follows from `[version-matrix].target_pythons`, the one line that a new Python costs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

CONFIG: dict[str, Any] = tomllib.loads(Path("pants.toml").read_text())
TARGETS = [python.rpartition(".")[0] for python in CONFIG["version-matrix"]["target_pythons"]]
# What the matrix runs on every target; the other wheels are tested on one Python only.
BUILD = Path("libs/shared/trace-baton/BUILD")


def test_pants_knows_them() -> None:
    missing = set(TARGETS) - set(CONFIG["python"]["interpreter_versions_universe"])
    assert not missing, "add them to [python].interpreter_versions_universe of pants.toml"


@pytest.mark.parametrize("resolve", CONFIG["python"]["resolves_to_interpreter_constraints"])
def test_tools_run_on_the_newest_where_they_run_on_any(resolve: str) -> None:
    (constraint,) = CONFIG["python"]["resolves_to_interpreter_constraints"][resolve]
    specifier = constraint.removeprefix("CPython")
    if "<" in specifier:
        assert f"{TARGETS[-1]}.99" in SpecifierSet(
            specifier
        ), f"[python.resolves_to_interpreter_constraints] of pants.toml: {resolve} = {constraint}"


def test_ci_has_them() -> None:
    jobs = yaml.safe_load(Path(".github/workflows/ci.yml").read_text())["jobs"]
    for name in ("test", "checks"):
        listed = [step.get("with", {}).get("python-version", "") for step in jobs[name]["steps"]]
        missing = set(TARGETS) - set(max(listed, key=len).split())
        assert not missing, f"add them to setup-python of {name} in .github/workflows/ci.yml"


def test_the_readme_says_so() -> None:
    said = f"{TARGETS[0]} to {TARGETS[-1]} for the matrix"
    assert said in Path("README.md").read_text()


def test_what_the_matrix_tests_claims_them() -> None:
    ranges = re.findall(r"3\.\{minor\}\" for minor in range\(\d+, (\d+)\)", BUILD.read_text())
    assert [f"3.{int(end) - 1}" for end in ranges] == [TARGETS[-1]], f"classifiers in {BUILD}"
