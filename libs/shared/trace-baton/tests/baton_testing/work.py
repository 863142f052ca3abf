"""How much a parser does, counted: no clock, which on a busy machine measures its neighbours."""

import re
import sys
import types
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, Tuple

import pytest

if sys.version_info >= (3, 11):
    from re import _parser as sre_parse
else:
    import sre_parse


def work_of(call: Callable[[], object], package: str) -> int:
    """Return what a call does in a package: lines run, characters in new strings, steps of patterns.

    Patterns are counted as a matcher that tries one way after the other takes them, which is how
    Python's works; those that are module variables.
    """
    counter = _Counter(package)
    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name == package or name.startswith(f"{package}."):
                for variable, value in list(vars(module).items()):
                    if isinstance(value, re.Pattern):
                        patch.setattr(module, variable, _CountingPattern(value, counter))
        with counter.tracing():
            call()
    return counter.count


class _Counter:
    def __init__(self, package: str) -> None:
        self.count = 0
        self._package = package
        self._strings: Dict[int, Dict[str, Any]] = {}

    @contextmanager
    def tracing(self) -> Iterator[None]:
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(before)

    def _enter(self, frame: types.FrameType, event: str, argument: Any) -> Any:
        module = str(frame.f_globals.get("__name__"))
        if module != self._package and not module.startswith(f"{self._package}."):
            return None
        self._strings[id(frame)] = {}
        return self._line

    def _line(self, frame: types.FrameType, event: str, argument: Any) -> Any:
        self.count += 1
        known = self._strings.setdefault(id(frame), {})
        for name, value in frame.f_locals.items():
            if isinstance(value, str) and known.get(name) is not value:
                known[name] = value
                self.count += len(value)
        if event == "return" and isinstance(argument, str):
            self.count += len(argument)
        return self._line


class _CountingPattern:
    """A pattern that counts how many steps each match takes."""

    def __init__(self, pattern: "re.Pattern[str]", counter: _Counter) -> None:
        self._pattern = pattern
        self._counter = counter
        self._steps = Steps(pattern)

    def fullmatch(self, text: str) -> "re.Match[str] | None":
        self._counter.count += self._steps.of(text)
        return self._pattern.fullmatch(text)


class Steps:
    """Counts the steps of a pattern's full match; of the kinds of pattern that there are in this library."""

    def __init__(self, pattern: "re.Pattern[str]") -> None:
        self._pattern = pattern
        self._items = _items(sre_parse.parse(pattern.pattern))
        self._count = 0

    def of(self, text: str) -> int:
        """Return how many steps the match takes, matched or not; agrees with Python on which."""
        self._count = 0
        matched = any(end == len(text) for end in self._ends(self._items, text, 0))
        assert matched == (self._pattern.fullmatch(text) is not None), (self._pattern, text)
        return self._count

    def _ends(self, items: Tuple[Any, ...], text: str, at: int) -> Iterator[int]:
        """Yield where a match of these items, from here, may end, in the order in which they are tried."""
        self._count += 1
        if not items:
            yield at
            return
        (kind, value), rest = items[0], items[1:]
        if kind == "one":
            if at < len(text) and value.fullmatch(text[at]):
                yield from self._ends(rest, text, at + 1)
        elif kind == "many":
            low, high, one = value
            end = at
            while end < len(text) and end - at < high and one.fullmatch(text[end]):
                self._count += 1
                end += 1
            for stop in range(end, at + low - 1, -1):
                yield from self._ends(rest, text, stop)
        elif kind == "either":
            for branch in value:
                yield from self._ends((*branch, *rest), text, at)
        else:
            assert kind == "not"
            self._count += len(text) - at
            if value.match(text, at) is None:
                yield from self._ends(rest, text, at)


def _items(parsed: Any) -> Tuple[Any, ...]:
    items: List[Any] = []
    for opcode, argument in parsed:
        name = str(opcode)
        if name in ("LITERAL", "IN", "NOT_LITERAL"):
            items.append(("one", _one(opcode, argument)))
        elif name == "MAX_REPEAT":
            low, high, inner = argument
            single = len(inner) == 1 and str(inner[0][0]) in ("LITERAL", "IN", "NOT_LITERAL")
            if single:
                items.append(("many", (low, high, _one(*inner[0]))))
            else:
                assert (low, high) == (0, 1), "a repeated group: teach Steps to count it"
                items.append(("either", (_items(inner), ())))
        elif name == "SUBPATTERN":
            items.extend(_items(argument[-1]))
        elif name == "BRANCH":
            items.append(("either", tuple(_items(branch) for branch in argument[1])))
        elif name == "ASSERT_NOT":
            items.append(("not", _compiled(argument[1])))
        else:
            raise NotImplementedError(f"teach Steps to count {name}")
    return tuple(items)


def _one(opcode: Any, argument: Any) -> "re.Pattern[str]":
    return _compiled([(opcode, argument)])


def _compiled(parsed: Any) -> "re.Pattern[str]":
    """Return a pattern of its parsed form."""
    return re.compile("".join(_source(opcode, argument) for opcode, argument in parsed), re.DOTALL)


def _source(opcode: Any, argument: Any) -> str:
    name = str(opcode)
    if name == "LITERAL":
        return re.escape(chr(argument))
    if name == "NOT_LITERAL":
        return f"[^{re.escape(chr(argument))}]"
    if name == "RANGE":
        return f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
    if name == "NEGATE":
        return "^"
    if name == "IN":
        return f"[{''.join(_source(*each) for each in argument)}]"
    if name == "AT":
        return "$"
    if name == "BRANCH":
        return "(?:" + "|".join("".join(_source(*e) for e in b) for b in argument[1]) + ")"
    if name == "MAX_REPEAT":
        low, high, inner = argument
        bound = "" if high == sre_parse.MAXREPEAT else str(high)
        return f"(?:{''.join(_source(*each) for each in inner)}){{{low},{bound}}}"
    raise NotImplementedError(f"teach Steps to write {name}")
