"""Every question to the engine is asked in both spellings, and nowhere but in this folder."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Iterator

import pytest

ENGINE = Path(__file__).parent
PACKAGE = ENGINE.parent
MODULES = sorted(path for path in ENGINE.glob("*.py") if not path.name.endswith("_test.py"))
# What rules are asked by: the first three by type, the others by name.
BY_TYPE = {"Get", "MultiGet", "Effect"}
BY_NAME = {"implicitly", "concurrently"}


def switches(tree: ast.Module) -> list[ast.If]:
    """The statements of a module that choose between two Pants."""
    return [
        node
        for node in tree.body
        if isinstance(node, ast.If) and "sys.version_info" in ast.unparse(node.test)
    ]


def functions(body: list[ast.stmt]) -> dict[str, str]:
    """Name of each function in a branch -> its parameters and what it returns."""
    # Where an older Pants of the same branch has no such rule, its handler has functions of its own.
    tried = [each for node in body if isinstance(node, ast.Try) for each in node.body]
    return {
        node.name: f"({ast.unparse(node.args)}) -> {ast.unparse(node.returns or ast.Constant(None))}"
        for node in (*body, *tried)
        if isinstance(node, (ast.AsyncFunctionDef, ast.FunctionDef))
    }


def newest(body: list[ast.stmt]) -> list[ast.stmt]:
    """A branch without what is for an older Pants, which still knows both spellings."""
    return [each for node in body for each in (node.body if isinstance(node, ast.Try) else [node])]


def names(nodes: list[ast.stmt]) -> set[str]:
    """Every name that is read, and every one that is imported."""
    found = [node for each in nodes for node in ast.walk(each)]
    read = {node.id for node in found if isinstance(node, ast.Name)}
    imported = {
        alias.name for node in found if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    return read | imported


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_each_question_has_a_twin_with_the_same_parameters(path: Path) -> None:
    for switch in switches(ast.parse(path.read_text())):
        if switch.orelse:
            assert functions(switch.body) == functions(switch.orelse)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_each_spelling_stays_in_its_branch(path: Path) -> None:
    tree = ast.parse(path.read_text())
    branches = switches(tree)
    outside = [node for node in tree.body if node not in branches]
    assert not names(outside) & (BY_TYPE | BY_NAME), "give it a twin: see engine/__init__.py"
    for switch in branches:
        assert not names(newest(switch.body)) & BY_TYPE
        assert not names(switch.orelse) & BY_NAME


def elsewhere() -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if ENGINE not in path.parents and not path.name.endswith(("_test.py", "conftest.py")):
            yield path


def test_nothing_else_asks_the_engine() -> None:
    asking = {
        str(path.relative_to(PACKAGE))
        for path in elsewhere()
        if names(ast.parse(path.read_text()).body) & (BY_TYPE | BY_NAME)
    }
    assert not asking, "ask through version_matrix.engine"


def named_rules() -> Iterator[tuple[str, str, str]]:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "named_rule":
                rule, question, answer = node.args
                assert isinstance(rule, ast.Constant)
                yield str(rule.value), ast.unparse(question), ast.unparse(answer)


@pytest.mark.parametrize("rule_id, question, answer", named_rules())
def test_each_name_is_that_of_a_rule(rule_id: str, question: str, answer: str) -> None:
    module, _, function = rule_id.rpartition(".")
    rule = getattr(importlib.import_module(module), function).rule
    assert rule.canonical_name == rule_id
    assert rule.input_selectors[0].__name__ == question
    assert rule.output_type.__name__ == answer


def test_an_older_pants_is_asked_the_same() -> None:
    for path in MODULES:
        for switch in switches(ast.parse(path.read_text())):
            for tried in (node for node in switch.body if isinstance(node, ast.Try)):
                for handler in tried.handlers:
                    assert functions(tried.body) == functions(handler.body)
