"""Drafts as text: stanzas as they stand in a BUILD file, and what was left out."""

from __future__ import annotations

import json
import posixpath
import textwrap
from typing import Iterable, Mapping, Sequence, Tuple

from version_matrix.drafts.model import LeftOut
from version_matrix.drafts.placing import Placed
from version_matrix.stanza.conditions import EVERY_RELEASE

_WIDTH = 100
_ALIAS = "python_matrix_tests"


def stanza(placed: Placed) -> str:
    """The stanza, as black would have it."""
    draft = placed.draft
    fields = [("name", _string(placed.name)), ("package", _string(draft.package))]
    if placed.sources:
        fields.append(("sources", _list(placed.sources, 1, "sources=")))
    if draft.axes:
        fields.append(("axes", _list(draft.axes, 1, "axes=")))
    if draft.combine:
        fields.append(("combine", _string(draft.combine)))
    if draft.requirements:
        fields.append(("requirements", _rules(draft.requirements)))
    if draft.python:
        fields.append(("python", _python(draft.python)))
    if draft.variables:
        pairs = [f"{name}={value}" for name, value in draft.variables]
        fields.append(("extra_env_vars", _list(pairs, 1, "extra_env_vars=")))
    remarks = [*placed.remarks, *draft.remarks]
    comments = [
        f"    {line}\n"
        for remark in remarks
        for line in textwrap.wrap(remark, _WIDTH - 4, initial_indent="# ", subsequent_indent="# ")
    ]
    body = "".join(f"    {name}={value},\n" for name, value in fields)
    return f"{_ALIAS}(\n{''.join(comments)}{body})\n"


def build_file(existing: str, stanzas: Sequence[str]) -> str:
    """A BUILD file with stanzas behind all that it holds."""
    kept = [f"{existing.rstrip()}\n"] if existing.strip() else []
    return "\n".join([*kept, *stanzas])


def shown(drafts: Iterable[Placed], build: Mapping[str, str]) -> str:
    """All drafts, each below the path of its BUILD file; `build` has those that are there."""
    parts = []
    for placed in drafts:
        path = build.get(placed.folder, posixpath.normpath(f"{placed.folder}/BUILD"))
        covers = _listed(placed.draft.covers)
        problem = f"# Not to be written: {placed.problem}.\n" if placed.problem else ""
        parts.append(f"# {path}: {covers}\n{problem}{stanza(placed)}")
    return "\n".join(parts)


def left_out(entries: Iterable[LeftOut]) -> str:
    """What no draft says, by the reason."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for entry in entries:
        if entry.what == "environments":
            reasons.setdefault(entry.why, {}).setdefault(_listed(entry.where, 3), [])
        else:
            reasons.setdefault(entry.why, {}).setdefault(entry.what, []).extend(entry.where)
    lines = []
    for why, whats in reasons.items():
        lines.append(f"  {why}:\n")
        for what, where in whats.items():
            lines.append(f"    {what}{f' ({_listed(where)})' if where else ''}\n")
    return "".join(lines)


def _listed(names: Sequence[str], most: int = 1) -> str:
    if len(names) <= most:
        return ", ".join(names)
    return f"{len(names)} environments, {names[0]} to {names[-1]}"


def _string(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    # As black has it: the quotes that need no escaping.
    return f"'{text}'" if "\\" in quoted and "'" not in text and "\\" not in text else quoted


def _list(items: Sequence[str], depth: int, before: str) -> str:
    """A list behind a name or a key: on one line if that fits, else an item a line."""
    line = f"[{', '.join(map(_string, items))}]"
    if 4 * depth + len(f"{before}{line},") <= _WIDTH:
        return line
    inside = "".join(f"{'    ' * (depth + 1)}{_string(item)},\n" for item in items)
    return f"[\n{inside}{'    ' * depth}]"


def _rules(rules: Sequence[Tuple[str, Sequence[str]]]) -> str:
    keyed = [(f"{_string(key)}: ", items) for key, items in rules]
    lines = "".join(f"        {key}{_list(items, 2, key)},\n" for key, items in keyed)
    return f"{{\n{lines}    }}"


def _python(rules: Sequence[Tuple[str, str]]) -> str:
    if len(rules) == 1 and rules[0][0] == EVERY_RELEASE:
        return _string(rules[0][1])
    lines = "".join(f"        {_string(key)}: {_string(value)},\n" for key, value in rules)
    return f"{{\n{lines}    }}"
