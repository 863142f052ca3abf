"""The integrations and their floors: the wheel's extras, the suites and the documents agree."""

import ast
import re
from pathlib import Path
from typing import Any, Dict, Iterator

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
    """Every integration, with the package of the suite that varies it alone."""
    return {
        build.parent.name: fields["package"]
        for build in (PROJECT / "tests" / "integrations").glob("*/BUILD")
        for fields in stanzas(build)
        if "axes" not in fields
    }


def stanzas(build: Path) -> Iterator[Dict[str, Any]]:
    for call in calls(build, "python_matrix_tests"):
        literal = {"package", "axes"}
        yield {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg in literal}


def documented() -> Dict[str, str]:
    """Every integration of the README's table, with its package; "" if it needs none."""
    text = (PROJECT / "README.md").read_text()
    return dict(re.findall(r"^\| `(\w+)` \|(?: `(\S+)`)? \|", text, re.M))


def test_every_extra_has_a_suite_with_its_floor() -> None:
    assert extras() == suites()


def test_the_readme_promises_what_the_suites_test() -> None:
    assert {name: package for name, package in documented().items() if package} == suites()


def test_the_changelog_names_every_integration() -> None:
    text = (PROJECT / "CHANGELOG.md").read_text()
    (names,) = re.findall(r"^- Integrations with\s+(.*?)\.$", text, re.M | re.S)
    assert set(re.split(r",\s+| and ", names)) == set(documented())
