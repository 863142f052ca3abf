"""What may stand in the files of a proposal. Pure: texts in, the reason for a refusal out."""

from __future__ import annotations

import json
from typing import Optional

from matrix_results import ResultsError, support
from matrix_updates.locks import strange_line
from matrix_updates.text import one_line

MAX_BYTES = 16 * 1024 * 1024


def problem(path: str, before: Optional[str], after: str) -> Optional[str]:
    """Why a generated file may not be as it is now; None if it may.

    A lock holds pins with hashes and nothing that pip reads as an option, so that no proposal leads
    an installation to another index; JSON is JSON.
    """
    if len(after) > MAX_BYTES:
        return f"is larger than {MAX_BYTES} bytes"
    if path.endswith((".json", ".jsonl")):
        return _json_problem(path, after)
    strange = strange_line(after, before or "")
    if strange is not None:
        return f"has the line {one_line(strange, 120)!r}, which is no pin with hashes"
    return None


def page_problem(before: Optional[str], after: str) -> Optional[str]:
    """Why a page with a support table may not be as it is now: all but the table is as before."""
    if before is None:
        return "is no page of the base branch"
    try:
        support.claims(after)
    except ResultsError as error:
        return f"has no support table that can be read: {one_line(str(error), 200)}"
    if _frame(before) != _frame(after):
        return "is changed outside of its support table"
    if "\0" in after:
        return "is no text"
    return None


def _frame(page: str) -> tuple[str, str]:
    """What stands before and after the table."""
    return page.partition(support.BEGIN)[0], page.rpartition(support.END)[2]


def _json_problem(path: str, text: str) -> Optional[str]:
    documents = text.splitlines() if path.endswith(".jsonl") else [text]
    try:
        if all(isinstance(json.loads(document), dict) for document in documents):
            return None
    except (ValueError, RecursionError) as error:
        return f"is no JSON: {one_line(str(error), 100)}"
    return "is not made of JSON objects"
