"""`generate-matrix --suggest`: shows as a diff what a stanza would have to say, and edits BUILD files."""

from __future__ import annotations

import dataclasses
import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Mapping, Sequence

from pants.util.docutil import bin_name

from version_matrix import engine
from version_matrix.generate.requests import (
    Suggestion,
    SuggestionRequest,
    SuiteUpdate,
    SuiteUpdateRequest,
)
from version_matrix.goals.selection import named
from version_matrix.progress.requests import Step
from version_matrix.stanza import samples_file, stanza_edit
from version_matrix.stanza.addresses import from_root
from version_matrix.stanza.conditions import EVERY_RELEASE, SuiteError
from version_matrix.stanza.samples_file import SAMPLES_FILE
from version_matrix.stanza.stanza_edit import NotEditable, Stanza
from version_matrix.stanza.suite import (
    parse_known_failures,
    parse_projects,
    parse_python,
    parse_rules,
)
from version_matrix.stanza.targets import MatrixTestsTarget


@dataclass(frozen=True)
class Suggested:
    """A suite as it is, and what was found for it, if anything had to be."""

    update: SuiteUpdate
    suggestion: Suggestion | None = None


async def suggestions(
    requests: Iterable[SuiteUpdateRequest], updates: Sequence[SuiteUpdate], *, build: bool
) -> tuple[Suggested, ...]:
    """What is suggested of each suite; most have nothing that is unresolvable."""
    asked = {request.suite.address: request for request in requests}
    questions = [
        SuggestionRequest(asked[update.suite.address], update, build)
        for update in updates
        if update.unlocked and not update.errors and not update.suite.axes
    ]
    refused = [
        dataclasses.replace(asked[update.suite.address], replacing=False)
        for update in updates
        if update.suite.address in asked and may_have_refused(update)
    ]
    for request in refused:
        unreplaced = await engine.suite_update(request)
        if unreplaced.unlocked and not unreplaced.errors:
            questions.append(SuggestionRequest(request, unreplaced, build))
    await engine.count([Step("suggestion", "", ahead=len(questions))])
    found = await engine.suggested(questions)
    by_address = {suggestion.address: suggestion for suggestion in found}
    return tuple(Suggested(update, by_address.get(update.suite.address)) for update in updates)


def may_have_refused(update: SuiteUpdate) -> bool:
    """Whether the resolver may have refused combinations of a suite, which were replaced, or failed it."""
    if not update.suite.axes:
        return False
    if update.errors or update.unlocked:
        return True
    return bool(samples_file.parse(update.files[SAMPLES_FILE].decode()).refused)


def shown(suggested: Sequence[Suggested], root: Path, *, apply: bool) -> tuple[str, bool]:
    """What to tell, after the BUILD files were edited with `apply`, and whether nothing is left open."""
    lines: list[str] = []
    complete = True
    edited = []
    for each in suggested:
        suite, found = each.update.suite, each.suggestion
        if each.update.errors:
            # What fails a suite with axes may be what something is suggested for.
            complete = complete and found is not None and not found.errors
            lines += [f"{suite.address}: FAILED", *_indented(each.update.errors)]
        if found is None:
            continue
        lines += [suite.address, *_indented(each.update.unresolvable)]
        lines += _indented((*found.helps, *found.untried, *found.useless, *found.replaced))
        if found.errors:
            complete = False
            lines += _indented(("With that it fails all the same:", *found.errors))
        if found.left:
            complete = False
            lines += _indented(f"nothing was found for {cells}" for cells in found.left)
        if not found.after:
            continue
        try:
            path, before, after = _edited(root, suite.address, found)
            if apply:
                _replace(root / path, after)
                edited.append(from_root(suite.address))
        except (NotEditable, OSError, UnicodeDecodeError) as error:
            complete = False
            lines += _indented([f"To be written by hand, because {error}:", *_by_hand(found)])
            continue
        lines += [_diff(path, before, after)]
    if edited:
        lines.append(f"Edited. Now run `{bin_name()} generate-matrix {named(edited)}`.")
    if not lines:
        lines.append("No cell is unresolvable: nothing to suggest.")
    return "\n".join(lines), complete


def _edited(root: Path, address: str, found: Suggestion) -> tuple[str, str, str]:
    """The BUILD file of a stanza, its text, and the text that says what is suggested."""
    folder, _, name = address.partition(":")
    folder = folder.lstrip("/")
    stanza = Stanza(
        MatrixTestsTarget.alias, name or os.path.basename(folder), os.path.basename(folder)
    )
    problem = NotEditable(f"no BUILD file of {folder or 'the root'} has it")
    for file in sorted((root / folder).glob("BUILD*")):
        if file.name != "BUILD" and not file.name.startswith("BUILD."):
            continue
        text = file.read_text(encoding="utf-8")
        try:
            said = stanza_edit.field_values(text, stanza, found.after)
            _check(said, found.before)
            after = stanza_edit.edited(text, stanza, _as_said(said, found.after))
            _check(stanza_edit.field_values(after, stanza, found.after), found.after)
        except NotEditable as error:
            problem = error
            continue
        return os.path.join(folder, file.name), text, after
    raise problem


def _check(said: Mapping[str, Any], meant: Mapping[str, Any]) -> None:
    """Raises `NotEditable` for what the target has otherwise than the stanza says."""
    for field, value in meant.items():
        try:
            same = _normal(field, said.get(field)) == _normal(field, value)
        except (SuiteError, AttributeError, TypeError):
            same = False
        if not same:
            raise NotEditable(f"its `{field}` comes from elsewhere (`__defaults__`, a macro)")


def _as_said(said: Mapping[str, Any], fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields, in the form in which the stanza says what stays of them."""
    result = dict(fields)
    python = fields.get("python")
    if isinstance(python, Mapping) and list(python) == [EVERY_RELEASE]:
        if not isinstance(said.get("python"), Mapping):
            result["python"] = python[EVERY_RELEASE]
    listed = said.get("known_failures")
    if "known_failures" in fields and listed:
        result["known_failures"] = {
            key: listed[key] if key in listed and _same_failure(listed[key], value) else value
            for key, value in fields["known_failures"].items()
        }
    return result


def _same_failure(one: Any, other: Any) -> bool:
    return parse_known_failures({EVERY_RELEASE: one}) == parse_known_failures(
        {EVERY_RELEASE: other}
    )


def _normal(field: str, value: Any) -> Any:
    """What a field means, whatever its form."""
    if field == "python":
        return dict(parse_python(value))
    if field == "sdists":
        return parse_projects(value or ())
    return (parse_rules if field == "requirements" else parse_known_failures)(value or {})


def _replace(path: Path, text: str) -> None:
    """Writes the file at once or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.chmod(path.stat().st_mode)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _diff(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"a/{path}", f"b/{path}", lineterm=""
    )
    return "\n".join(lines)


def _by_hand(found: Suggestion) -> Iterable[str]:
    return (f"{field} = {value!r}" for field, value in found.after.items())


def _indented(told: Iterable[str]) -> list[str]:
    return [f"  {line}" for each in told for line in each.splitlines() if line.strip()]
