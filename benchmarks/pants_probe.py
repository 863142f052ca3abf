"""Loads plugins into a Pants that has only its sources, and tells what does not fit.

Run by pants_versions.py as a script, on that Pants' own Python; prints one JSON object. Imports
nothing but the standard library and what `--path` gives.
"""

from __future__ import annotations

import argparse
import ast
import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import json
import logging
import pkgutil
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Iterable, Iterator, Sequence


class LockedMap:
    """What newer Pants remember the results of functions in, and use while modules are imported."""

    def __init__(self) -> None:
        self._values: dict[object, object] = {}

    def get_or_insert(self, key: object, make: Callable[[], object]) -> object:
        if key not in self._values:
            self._values[key] = make()
        return self._values[key]


class RuleCallTrampoline:
    """What newer Pants make of a function by `@rule`."""

    def __init__(self, rule_id: str, output_type: type, wrapped: Callable[..., Any], rule: Any):
        functools.update_wrapper(self, wrapped)
        self.rule_id = rule_id
        self.output_type = output_type
        self.rule = rule

    def __call__(self, *_: object, **__: object) -> None:
        """Rules are only looked at here."""


class Stubs(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes of a stub file, where there is no module beside it, the module that it describes."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith("pants."):
            return None
        found = importlib.machinery.PathFinder.find_spec(fullname, path)
        stub = Path((path or [""])[0], f"{fullname.rpartition('.')[2]}.pyi")
        # Something compiled for another machine, or another Python, is no better than nothing.
        compiled = found is not None and str(found.origin).endswith(".so")
        if not stub.is_file() or (found is not None and not compiled):
            return None
        return importlib.util.spec_from_file_location(fullname, stub, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None and module.__spec__.origin is not None
        text = Path(module.__spec__.origin).read_text()
        module.__dict__.update(__getattr__=_absent)
        code = compile(_runnable(ast.parse(text)), module.__spec__.origin, "exec")
        exec(code, module.__dict__)  # noqa: S102 - a stub of Pants' own.
        for stand_in in (LockedMap, RuleCallTrampoline):
            if stand_in.__name__ in module.__dict__:
                setattr(module, stand_in.__name__, stand_in)


class _Runnable(ast.NodeTransformer):
    """A stub without imports of Pants, which are for annotations, and with a value for each name."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | None:
        module = node.module or ""
        return None if module == "__future__" or module.startswith("pants.") else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        return [node, *ast.parse(f"{ast.unparse(node.target)} = MagicMock()").body]

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        bases = [ast.unparse(base) for base in node.bases]
        for base, builtin in (("Mapping[", "dict"), ("AbstractSet[", "frozenset")):
            if any(each.startswith(base) for each in bases):
                # Modules have such constants, and look into them.
                body = "__hash__ = object.__hash__"
                return ast.parse(f"class {node.name}({builtin}): {body}").body[0]
        # Compiled classes are generic in their stubs alone.
        node.bases = [base for base in node.bases if not ast.unparse(base).startswith("Generic[")]
        node.body = [
            *(each if isinstance(each, ast.AnnAssign) else self.visit(each) for each in node.body),
            *ast.parse("__class_getitem__ = classmethod(lambda cls, _: cls)").body,
        ]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        kept = [each for each in node.decorator_list if ast.unparse(each) != "overload"]
        if kept != node.decorator_list:
            # The last of them stands for all.
            node.decorator_list = kept
            node.args = ast.parse("lambda *_, **__: None", mode="eval").body.args  # type: ignore[attr-defined]
        if node.returns and ast.unparse(node.returns) == "str":
            # Joined to paths and the like while modules are imported.
            node.body = list(ast.parse("return ''").body)
        return node


def _runnable(tree: ast.Module) -> ast.Module:
    first = ast.parse("from __future__ import annotations\nfrom unittest.mock import MagicMock")
    changed = _Runnable().visit(tree)
    return ast.fix_missing_locations(ast.Module([*first.body, *changed.body], type_ignores=[]))


def _absent(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return type(name, (), {})


def modules(plugin: str) -> Iterator[str]:
    """The names of all modules of a plugin, but for its tests, and what processes run without Pants."""
    package = importlib.import_module(plugin)
    yield plugin
    for found in pkgutil.walk_packages(package.__path__, f"{plugin}."):
        if not found.name.endswith(("_test", ".conftest")) and ".sandbox." not in found.name:
            yield found.name


def rules_of(plugin: str) -> list[Any]:
    """What a plugin registers that is a rule with a body."""
    rules = []
    for each in importlib.import_module(f"{plugin}.register").rules():
        rule = getattr(each, "rule", each)
        if hasattr(rule, "canonical_name"):
            rules.append(rule)
    return rules


def awaited(rule: Any) -> Sequence[Any]:
    # The other names are those of 2.17.
    return tuple(rule.awaitables if hasattr(rule, "awaitables") else rule.input_gets)


def parameters(rule: Any) -> list[type]:
    if hasattr(rule, "parameters"):
        return list(rule.parameters.values())
    return list(rule.input_selectors)


def rule_named(rule_id: str, own: dict[str, Any]) -> Any:
    """The rule of this name, of the plugin or of Pants; None if there is none."""
    if rule_id in own:
        return own[rule_id]
    module, _, function = rule_id.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), function, None)
    except ImportError:
        return None
    return getattr(found, "rule", None)


def misfits(rule: Any, own: dict[str, Any]) -> Iterator[str]:
    """What a rule awaits that is not there, or takes or gives something else."""
    for each in awaited(rule):
        # Of a question by type, the parser has found the types, and there is no name to look up.
        rule_id = getattr(each, "rule_id", None)
        if rule_id is None:
            continue
        called = rule_named(rule_id, own)
        if called is None:
            yield f"{rule.canonical_name} awaits {rule_id}, which is no rule"
        elif called.output_type is not each.output_type:
            yield f"{rule.canonical_name} wants {each.output_type} of {rule_id}"
        elif each.explicit_args_arity > len(parameters(called)):
            yield f"{rule.canonical_name} gives {rule_id} too many arguments"


def of_pants(module: str, name: str) -> Any:
    """Something of the Pants that is looked at; whoever checks this file has none."""
    return getattr(importlib.import_module(f"pants.{module}"), name)


class Registration:
    """Stands for the options of a Pants: registers as it does, and reads nothing."""

    def __init__(self) -> None:
        self.seen = 0
        self._registrars: dict[str, Any] = {}

    def register(self, scope: str, *names: str, **given: Any) -> None:
        if scope not in self._registrars:
            self._registrars[scope] = of_pants("option.registrar", "OptionRegistrar")(scope)
        self._registrars[scope].register(*names, **given)
        self.seen += 1

    def registration_function_for_subsystem(self, subsystem: Any) -> Callable[..., None]:
        config = of_pants("option.config", "Config").load([])

        parser = of_pants("option.parser", "Parser")({}, config, subsystem.get_scope_info())

        def register(*names: str, **given: Any) -> None:
            parser.register(*names, **given)
            self.seen += 1

        return register


class NoUnions:
    """No other plugin adds options."""

    def get(self, _: object) -> tuple[()]:
        return ()


def subsystems(names: Iterable[str]) -> Iterator[Any]:
    """The subsystems with a scope that these modules define."""
    subsystem: type = of_pants("option.subsystem", "Subsystem")
    for name in names:
        for value in vars(importlib.import_module(name)).values():
            # A generic alias passes for a class on old Pythons.
            is_class = inspect.isclass(value) and not hasattr(value, "__origin__")
            if is_class and issubclass(value, subsystem) and value.__module__ == name:
                if getattr(value, "options_scope", None) is not None:
                    yield value


def pants_scopes() -> set[str]:
    """The scopes of Pants itself and of its backend for Python."""
    subsystem: type = of_pants("option.subsystem", "Subsystem")

    def below(cls: type) -> Iterator[type]:
        for each in cls.__subclasses__():
            yield each
            yield from below(each)

    for package in ("pants.backend.python.subsystems", "pants.core.subsystems"):
        for found in pkgutil.iter_modules(importlib.import_module(package).__path__):
            if not found.name.endswith("_test"):
                importlib.import_module(f"{package}.{found.name}")
    own = [each for each in below(subsystem) if each.__module__.startswith("pants.")]
    return {str(each.options_scope) for each in own if hasattr(each, "options_scope")}


def examine(plugins: Sequence[str]) -> tuple[str, list[str]]:
    """What was looked at, in words, and what does not fit."""
    problems: list[str] = []
    names: list[str] = []
    for plugin in plugins:
        for name in modules(plugin):
            try:
                importlib.import_module(name)
                names.append(name)
            except Exception as error:
                problems.append(f"{name} does not import: {error!r}")
                traceback.print_exc()
    rules = []
    for plugin in plugins:
        of_plugin = rules_of(plugin) if f"{plugin}.register" in names else []
        if not of_plugin:
            problems.append(f"{plugin} registers no rule")
        rules.extend(of_plugin)
    own = {rule.canonical_name: rule for rule in rules}
    problems.extend(dict.fromkeys(found for rule in rules for found in misfits(rule, own)))

    taken = pants_scopes()
    registration = Registration()
    for subsystem in subsystems(names):
        scope = str(subsystem.options_scope)
        if scope in taken:
            problems.append(f"[{scope}] belongs to Pants itself")
        try:
            subsystem.register_options_on_scope(registration, NoUnions())
        except Exception as error:
            problems.append(f"[{scope}] does not register: {error!r}")
    asked = sum(len(awaited(rule)) for rule in rules)
    seen = (
        f"{len(names)} modules, {len(rules)} rules, {asked} awaitables, {registration.seen} options"
    )
    return seen, problems


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--path", action="append", default=[])
    parser.add_argument("plugins", nargs="+")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    sys.path[:0] = options.path
    sys.meta_path.insert(0, Stubs())
    seen, problems = examine(options.plugins)
    print(json.dumps({"seen": seen, "problems": problems}))


if __name__ == "__main__":
    main()
