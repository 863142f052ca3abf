"""What a linter that runs inside Pants, and starts no process, has to say."""

from __future__ import annotations

from typing import Iterable

from pants.core.goals.lint import LintResult


def lint_result(linter: str, problems: Iterable[object]) -> LintResult:
    """Red where there is a problem; each is told once, on lines of its own."""
    told = dict.fromkeys(map(str, problems))
    return LintResult(
        exit_code=1 if told else 0, stdout="\n".join(told), stderr="", linter_name=linter
    )
