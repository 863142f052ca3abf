"""What follows from `[version-matrix].target_pythons`, the one line that a new Python costs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

CONFIG: dict[str, Any] = tomllib.loads(Path("pants.toml").read_text())
TARGETS = [python.rpartition(".")[0] for python in CONFIG["version-matrix"]["target_pythons"]]
WHEELS = sorted(
    path for path in Path("libs/shared").glob("*/BUILD") if "3.{minor}" in path.read_text()
)


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
    listed = re.search(
        r"python-version: \|\n((?: +[\d.]+\n)+)", Path(".github/workflows/ci.yml").read_text()
    )
    assert listed
    missing = set(TARGETS) - set(listed.group(1).split())
    assert not missing, "add them to setup-python in .github/workflows/ci.yml"


def test_the_readme_says_so() -> None:
    said = f"{TARGETS[0]} to {TARGETS[-1]} for the matrix"
    assert said in Path("README.md").read_text()


@pytest.mark.parametrize("build", WHEELS, ids=str)
def test_wheels_claim_them(build: Path) -> None:
    ranges = re.findall(r"3\.\{minor\}\" for minor in range\(\d+, (\d+)\)", build.read_text())
    assert ranges, build
    assert {f"3.{int(end) - 1}" for end in ranges} == {TARGETS[-1]}, f"classifiers in {build}"
