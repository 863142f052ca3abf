"""Edits the fields of one stanza in the text of its BUILD file, and leaves all else as it is.

Pure. A BUILD file is Python, and Python's own parser says where each value stands: what stays is
not written anew, so that comments, order and layout are kept. Where the stanza does not say a field
in so many words (a macro, `**`, a name, `__defaults__`), nothing is guessed: `NotEditable`.
https://docs.python.org/3/library/ast.html
"""

from __future__ import annotations

import ast
import io
import itertools
import json
import sys
import tokenize
from dataclasses import dataclass
from typing import Any, Iterable, List, Mapping, Sequence, Tuple, Union

_WIDTH = 100
_INDENT = "    "

_Edit = Tuple[int, int, str]
"""From and to which byte of the text, and what stands there instead."""

_Span = Tuple[int, int]
_Node = Union[ast.expr, ast.keyword]

# What is no part of a value: comments, and the ends of lines within brackets.
_BLANK = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)


class NotEditable(ValueError):
    """The stanza cannot be edited by a program; the text says why."""


@dataclass(frozen=True)
class Stanza:
    """Which stanza: the target type's alias, its name, and the name of those that have none."""

    alias: str
    name: str
    default_name: str


def field_values(text: str, stanza: Stanza, fields: Iterable[str]) -> dict[str, Any]:
    """The values of those of these fields that the stanza has; raises `NotEditable`."""
    call = _Source(text).call(stanza)
    found = {k.arg: k.value for k in call.keywords if k.arg}
    return {field: _literal(field, found[field]) for field in fields if field in found}


def edited(text: str, stanza: Stanza, fields: Mapping[str, Any]) -> str:
    """The text with these values (dicts, lists and strings) in the stanza; raises `NotEditable`."""
    source = _Source(text)
    call = source.call(stanza)
    if call.lineno == call.end_lineno:
        # What is on one line stays so, and is spread over several once it is known to be too long.
        source.width = sys.maxsize
    found = {k.arg: k for k in call.keywords if k.arg}
    edits: List[_Edit] = []
    added = []
    for field, value in fields.items():
        if field not in found:
            if any(k.arg is None for k in call.keywords):
                raise NotEditable(f"its fields are given by `**`, `{field}` perhaps among them")
            added.append((field, value))
            continue
        node = found[field].value
        edits += source.changed(node, _literal(field, node), value)
    arguments: List[_Node] = [*call.args, *call.keywords]
    edits += source.inserted(
        sorted((source.start(each), source.end(each)) for each in arguments),
        source.end(call) - 1,
        [_Element(value, f"{field}=") for field, value in added],
    )
    changed = source.with_edits(edits)
    return _spread(changed, stanza)


class _Source:
    """A text with what its parser says of it; places are counted in bytes."""

    def __init__(self, text: str) -> None:
        self.width = _WIDTH
        self.data = text.encode()
        try:
            self.tree = ast.parse(text)
            tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        except (SyntaxError, tokenize.TokenError, ValueError) as error:
            raise NotEditable(f"the file cannot be read as Python ({error})") from None
        lines = text.split("\n")
        self._starts = [0]
        for line in lines:
            self._starts.append(self._starts[-1] + len(line.encode()) + 1)
        self._tokens = [
            (self._starts[t.start[0] - 1] + _bytes(lines[t.start[0] - 1], t.start[1]), t.string)
            for t in tokens
            if t.type not in _BLANK and t.string
        ]

    def call(self, stanza: Stanza) -> ast.Call:
        """The one call that makes the stanza."""
        calls = [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == stanza.alias
            and _name(node, stanza) == stanza.name
        ]
        if len(calls) != 1:
            raise NotEditable(
                f"{len(calls) or 'no'} `{stanza.alias}` with the name {stanza.name!r} "
                f"{'are' if len(calls) > 1 else 'is'} written out in it"
            )
        return calls[0]

    def start(self, node: _Node) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: _Node) -> int:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def changed(self, node: ast.expr, old: Any, new: Any) -> List[_Edit]:
        """What makes one value of another, element by element."""
        if old == new:
            return []
        if isinstance(node, ast.Dict) and isinstance(new, Mapping) and new and old:
            keys = [ast.literal_eval(key) for key in node.keys if key is not None]
            edits: List[_Edit] = []
            for key, value in zip(keys, node.values):
                if key in new:
                    edits += self.changed(value, old[key], new[key])
            spans = [(self.start(k), self.end(v)) for k, v in zip(node.keys, node.values) if k]
            added = [_Element(new[k], f"{_quoted(k)}: ") for k in new if k not in old]
            return edits + self._exchanged(node, spans, [key not in new for key in keys], added)
        if (
            isinstance(node, (ast.List, ast.Tuple))
            and isinstance(new, (list, tuple))
            and new
            and old
        ):
            spans = [(self.start(each), self.end(each)) for each in node.elts]
            added = [_Element(value) for value in new if value not in old]
            return self._exchanged(node, spans, [value not in new for value in old], added)
        start, end = self.start(node), self.end(node)
        written = _rendered(new, self._indent(start), self._column(start), self.width)
        return [(start, end, written)]

    def _exchanged(
        self,
        node: ast.expr,
        spans: Sequence[_Span],
        gone: Sequence[bool],
        added: Sequence["_Element"],
    ) -> List[_Edit]:
        """Takes elements out of a container and puts others in, as far as it goes in their places."""
        edits: List[_Edit] = []
        left = list(added)
        cut: List[int] = []
        for at, (start, end) in enumerate(spans):
            if gone[at] and left:
                edits.append((start, end, left.pop(0).rendered(self._indent(start), self.width)))
            elif gone[at]:
                cut.append(at)
        runs = itertools.groupby(enumerate(cut), key=lambda each: each[1] - each[0])
        for _, run in runs:
            edits += self._without(spans, [at for _, at in run])
        return edits + self.inserted(spans, self.end(node) - 1, left)

    def inserted(
        self, spans: Sequence[_Span], close: int, added: Sequence["_Element"]
    ) -> List[_Edit]:
        """Puts elements behind the last of a container, whose bracket closes at a place."""
        if not added:
            return []
        flat = ", ".join(each.flat for each in added)
        if not spans:
            return [(close, close, flat)]
        start, end = spans[-1]
        comma = self._comma(end)
        following = self._starts[self._line(end if comma is None else comma) + 1]
        if following > close:
            return [(end, end, f", {flat}")]
        indent = self._indent(start)
        lines = "".join(f"{indent}{each.rendered(indent, self.width)},\n" for each in added)
        return [*([] if comma is not None else [(end, end, ",")]), (following, following, lines)]

    def _without(self, spans: Sequence[_Span], run: Sequence[int]) -> List[_Edit]:
        """Cuts out elements that follow one another: their lines, if they have them for themselves."""
        lines = [self._own_lines(spans, at) for at in run]
        if None not in lines:
            return [(*span, "") for span in lines if span]
        first, last = run[0], run[-1]
        if last + 1 < len(spans):
            return [(spans[first][0], spans[last + 1][0], "")]
        return [(spans[first - 1][1], spans[last][1], "")]

    def _own_lines(self, spans: Sequence[_Span], at: int) -> _Span | None:
        start, end = spans[at]
        comma = self._comma(end)
        if comma is None:
            return None
        first, last = self._starts[self._line(start)], self._starts[self._line(comma) + 1]
        before = spans[at - 1][1] if at else 0
        behind = next(place for place, _ in self._tokens if place > comma)
        alone = not self.data[first:start].strip() and before <= first and behind >= last
        return (first, last) if alone else None

    def _comma(self, end: int) -> int | None:
        """Where the comma stands that follows a value."""
        for at, token in self._tokens:
            if at >= end:
                return at if token == "," else None
        return None

    def _line(self, place: int) -> int:
        """The number of the line that a place is on, counted from 0."""
        return next(n for n in range(len(self._starts) - 1, -1, -1) if self._starts[n] <= place)

    def _indent(self, place: int) -> str:
        line = self.data[self._starts[self._line(place)] :]
        return " " * (len(line) - len(line.lstrip(b" ")))

    def _column(self, place: int) -> int:
        return place - self._starts[self._line(place)]

    def with_edits(self, edits: Iterable[_Edit]) -> str:
        data = self.data
        for start, end, text in sorted(edits, key=lambda edit: edit[:2], reverse=True):
            data = data[:start] + text.encode() + data[end:]
        return data.decode()


@dataclass(frozen=True)
class _Element:
    """An element to be written: of a dict or a call with its key before it."""

    value: Any
    key: str = ""

    def rendered(self, indent: str, width: int = _WIDTH) -> str:
        column = len(indent) + len(self.key)
        return self.key + _rendered(self.value, indent, column, width)

    @property
    def flat(self) -> str:
        return self.rendered("", sys.maxsize)


def _bytes(line: str, characters: int) -> int:
    return len(line[:characters].encode())


def _name(call: ast.Call, stanza: Stanza) -> Any:
    for keyword in call.keywords:
        if keyword.arg == "name":
            return keyword.value.value if isinstance(keyword.value, ast.Constant) else None
    return stanza.default_name


def _literal(field: str, node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        raise NotEditable(f"its `{field}` is not written out in it") from None


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _rendered(value: Any, indent: str, column: int, width: int) -> str:
    """A value as black would write it, from a column on, in a line with this indent."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        (opening, closing), inner = "{}", [_Element(v, f"{_quoted(k)}: ") for k, v in value.items()]
    else:
        (opening, closing), inner = "[]", [_Element(each) for each in value]
    flat = ", ".join(each.flat for each in inner)
    # A comma or a bracket follows.
    if column + len(flat) + 3 <= width:
        return f"{opening}{flat}{closing}"
    deeper = indent + _INDENT
    lines = "".join(f"{deeper}{each.rendered(deeper, width)},\n" for each in inner)
    return f"{opening}\n{lines}{indent}{closing}"


def _spread(text: str, stanza: Stanza) -> str:
    """The same with a line for each field, if the stanza was on one and is too long for it now."""
    source = _Source(text)
    call = source.call(stanza)
    line = text.splitlines()[call.lineno - 1]
    if call.lineno != call.end_lineno or len(line) <= _WIDTH:
        return text
    arguments = [source.data[source.start(a) : source.end(a)].decode() for a in call.args]
    for keyword in call.keywords:
        written = source.data[source.start(keyword) : source.end(keyword)].decode()
        if keyword.arg and len(written) + len(_INDENT) >= _WIDTH:
            value = _literal(keyword.arg, keyword.value)
            written = _Element(value, f"{keyword.arg}=").rendered(_INDENT)
        arguments.append(written)
    spread = "".join(f"{_INDENT}{argument},\n" for argument in arguments)
    return source.with_edits(
        [(source.start(call), source.end(call), f"{stanza.alias}(\n{spread})")]
    )
