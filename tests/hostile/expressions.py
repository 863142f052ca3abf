"""Every regular expression in a file of Python, found by reading it: nothing is imported.

So those of plugins are measured on another Python than Pants', and none is left out for being inside
of a function. What an expression is made of that only running the file would tell, as the name of a
project, is a word here.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_METHODS = ("match", "fullmatch", "search", "sub", "subn", "finditer", "findall", "split")
_WORD = "name"

# Typed for nobody: the parser that `re` itself has.
_parser: Any = importlib.import_module("re._parser")


@dataclass(frozen=True)
class Expression:
    """An expression as a file uses it; `where` is path and line."""

    where: str
    method: str
    pattern: re.Pattern[Any]

    def __str__(self) -> str:
        return f"{self.where} {self.method}"

    @property
    def call(self) -> Callable[[str], object]:
        """What the file does with a text."""
        method, is_bytes = getattr(self.pattern, self.method), isinstance(
            self.pattern.pattern, bytes
        )

        def text(told: str) -> Any:
            return told.encode("utf-8", "replace") if is_bytes else told

        if self.method in ("sub", "subn"):
            return lambda told: method(text(""), text(told))
        if self.method == "finditer":
            return lambda told: sum(1 for _ in method(text(told)))
        return lambda told: method(text(told))


class Unreadable(AssertionError):
    """An expression that cannot be told without running the file."""


def expressions(path: Path) -> Iterator[Expression]:
    """Those of a file, each method that it asks one for by itself. Raises `Unreadable`."""
    source = path.read_text(encoding="utf-8")
    if "re." not in source:
        return
    tree = ast.parse(source)
    known = dict(_imported(tree, path))
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                _learn(known, name, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                _learn(known, name, value)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=called)):
                where = f"{path}:{node.lineno}"
                if called == "compile":
                    for each in _each_of_many(node, tree, known):
                        pattern = _compiled(each, known, where)
                        for method in _asked(source, tree, node):
                            yield Expression(where, method, pattern)
                elif called in _METHODS:
                    compiling = ast.Call(node.func, node.args[:1], _flags(node, called))
                    yield Expression(where, called, _compiled(compiling, known, where))


def near_misses(pattern: re.Pattern[Any]) -> Iterator[str]:
    """Texts that a pattern matches, and the beginnings of them: what makes it go on, and give up."""
    parsed = [*_parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE & ~re.DEBUG)]
    told = {"".join(map(_sample, parsed[:length])) for length in range(1, len(parsed) + 1)}
    return (text for text in sorted(told, key=len) if text)


def _imported(tree: ast.Module, path: Path) -> Iterator[tuple[str, Any]]:
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module="re") | ast.Import(
                names=[ast.alias(name="re", asname=str())]
            ):
                raise Unreadable(f"{path}:{node.lineno}: write `import re`, which is looked for")
            case ast.ImportFrom(module="packaging.version", names=names):
                for alias in names:
                    module = importlib.import_module("packaging.version")
                    yield alias.name, getattr(module, alias.name)


def _learn(known: dict[str, Any], name: str, value: ast.expr) -> None:
    try:
        known[name] = _value(value, known)
    except (
        Exception
    ):  # Whatever else a module has: no expression is made of it, or it is told there.
        pass


def _compiled(call: ast.Call, known: Mapping[str, Any], where: str) -> re.Pattern[Any]:
    flags = [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "flags")]
    try:
        return re.compile(_value(call.args[0], known), *[_value(each, known) for each in flags])
    except Exception as error:
        raise Unreadable(f"{where}: {type(error).__name__}: {error}") from None


def _each_of_many(call: ast.Call, tree: ast.Module, known: Mapping[str, Any]) -> Iterator[ast.Call]:
    """The call for each text of the tuple that a comprehension takes them from; else itself."""
    many = [
        comprehension.iter
        for node in ast.walk(tree)
        if isinstance(node, ast.GeneratorExp) and any(each is call for each in ast.walk(node))
        for comprehension in node.generators
    ]
    if not many:
        yield call
        return
    for told in _value(many[0], known):
        text = told if isinstance(told, str) else told[0]
        yield ast.Call(call.func, [ast.Constant(text), *call.args[1:]], call.keywords)


def _flags(call: ast.Call, method: str) -> list[ast.keyword]:
    """The flags of `re.search(pattern, text, flags)`, which other methods have further behind."""
    position = {"sub": 4, "subn": 4, "split": 3}.get(method, 2)
    behind = [ast.keyword("flags", value) for value in call.args[position : position + 1]]
    return [*behind, *(each for each in call.keywords if each.arg == "flags")]


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """What an expression of Python is, in which a name that is not known stands for a word."""
    told = _Told(known).visit(ast.parse(ast.unparse(node), mode="eval"))
    code = compile(ast.fix_missing_locations(told), "<expression>", "eval")
    return eval(code, {"__builtins__": {}, "re": re}, dict(known))  # Of our own source alone.


class _Told(ast.NodeTransformer):
    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.expr:
        names = {each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)}
        if names - {"re", *self._known}:
            return ast.Constant(_WORD)
        return node


def _asked(source: str, tree: ast.Module, call: ast.Call) -> list[str]:
    """What a file asks a compiled expression for, by the variable that holds it."""
    held = [
        node.targets[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and any(each is call for each in ast.walk(node.value))
    ]
    found = {
        method
        for name in held
        for method in re.findall(rf"\b{name}\.({'|'.join(_METHODS)})\b", source)
    }
    return sorted(found) or ["search"]


def _sample(item: Any) -> str:
    """A text for one part of an expression, as short as it may be but with one of what is repeated."""
    kind, told = str(item[0]), item[1]
    if kind == "LITERAL":
        return chr(told)
    if kind == "NOT_LITERAL":
        return "a" if told != ord("a") else "b"
    if kind == "ANY":
        return "a"
    if kind == "IN":
        return _one_of(told)
    if kind == "BRANCH":
        return "".join(map(_sample, told[1][0]))
    if kind == "SUBPATTERN":
        return "".join(map(_sample, told[-1]))
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, _, inner = told
        return "".join(map(_sample, inner)) * max(1, int(low))
    if kind == "ATOMIC_GROUP":
        return "".join(map(_sample, told))
    return ""


def _one_of(told: Any) -> str:
    kinds = [str(kind) for kind, _ in told]
    if kinds[0] == "NEGATE":
        barred = re.compile(_class(told[1:]))
        return next(text for text in "a ,!0\n\x00é" if not barred.fullmatch(text))
    kind, value = told[0]
    if kinds[0] == "LITERAL":
        return chr(value)
    if kinds[0] == "RANGE":
        return chr(value[0])
    examples = {"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": " "}
    return examples.get(str(value), "a")


def _class(told: Any) -> str:
    """A set of characters as a text again."""
    names = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}
    parts = []
    for kind, value in told:
        if str(kind) == "LITERAL":
            parts.append(re.escape(chr(value)))
        elif str(kind) == "RANGE":
            parts.append(f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}")
        else:
            name = str(value).removeprefix("CATEGORY_")
            bare = names[name.removeprefix("NOT_")]
            parts.append(f"\\{bare.upper() if name.startswith('NOT_') else bare}")
    return f"[{''.join(parts)}]"
