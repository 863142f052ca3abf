"""The floors of the integrations: the wheel's extras, the suites and the README agree."""

import ast
import re
from pathlib import Path
from typing import Dict, Iterator

PROJECT = Path(__file__).parents[1]


def calls(build: Path, function: str) -> Iterator[ast.Call]:
    """Yield the calls of `function` in a BUILD file, at any depth."""
    for node in ast.walk(ast.parse(build.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == function:
            yield node


def extras() -> Dict[str, str]:
    (value,) = (
        node.value
        for node in ast.parse((PROJECT / "BUILD").read_text()).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_PACKAGES"
    )
    packages: Dict[str, str] = ast.literal_eval(value)
    return packages


def suites() -> Dict[str, str]:
    return {
        build.parent.name: ast.literal_eval(keyword.value)
        for build in (PROJECT / "tests" / "integrations").glob("*/BUILD")
        for call in calls(build, "python_matrix_tests")
        for keyword in call.keywords
        if keyword.arg == "package"
    }


def documented() -> Dict[str, str]:
    rows = re.findall(r"^\| `(\w+)` \| (?:`(\S+)`)? \|", (PROJECT / "README.md").read_text(), re.M)
    return {name: package for name, package in rows if package}


def test_every_extra_has_a_suite_with_its_floor() -> None:
    assert extras() == suites()


def test_the_readme_promises_what_the_suites_test() -> None:
    assert documented() == suites()
