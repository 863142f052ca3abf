"""Which tests a command runs."""

from __future__ import annotations

import posixpath
import re
from typing import Sequence, Tuple

# Options of pytest whose value is an argument of its own.
_VALUED = frozenset(
    "-k -m -p -c -n -o -r -W --basetemp --confcutdir --cov --cov-config --cov-report --deselect --durations"
    " --ignore --ignore-glob --junit-xml --junitxml --log-cli-level --log-level --maxfail --numprocesses"
    " --reruns --rootdir --tb --timeout".split()
)
_PYTHON = re.compile(r"(.*/)?(\{env_?python\}|python[0-9.]*|pypy[0-9.]*)")
# What is put before a command, and runs it.
_WRAPPERS = re.compile(
    r"coverage|env|exec|time|xvfb-run|ddtrace-run|newrelic-admin|run|run-program|-m|-b|-s|-E|-u"
)


def paths_run(command: Sequence[str], folder: str) -> "Tuple[str, ...] | None":
    """The paths that pytest is given, from the root of the repository; None for other programs.

    Where it is given none it runs those of the folder that the command runs in.
    """
    at = next((i for i, word in enumerate(command) if _is_pytest(word)), None)
    if at is None or not all(_precedes(word) for word in command[:at]):
        return None
    found = []
    for before, argument in zip(command[at:], command[at + 1 :]):
        if argument and not argument.startswith("-") and before not in _VALUED:
            path = argument.partition("::")[0]
            rooted = path if path.startswith("/") else f"/{folder}/{path}"
            found.append(posixpath.normpath(rooted).lstrip("/") or ".")
    return tuple(found) or (posixpath.normpath(folder),)


def options_of(command: Sequence[str]) -> Tuple[str, ...]:
    """What decides which tests pytest runs, beside paths: `-k`, `-m`, `--deselect`, `--ignore`."""
    found = []
    for at, word in enumerate(command):
        name, _, value = word.partition("=")
        if name in ("-k", "--deselect", "--ignore", "--ignore-glob") or (
            name == "-m" and at > 0 and _is_pytest_before(command[:at])
        ):
            found.append(word if value else " ".join(command[at : at + 2]))
    return tuple(found)


def _is_pytest(word: str) -> bool:
    return posixpath.basename(word) in ("pytest", "py.test")


def _is_pytest_before(words: Sequence[str]) -> bool:
    return any(map(_is_pytest, words))


def _precedes(word: str) -> bool:
    """Whether a word before pytest is of what starts it: an interpreter, coverage, an option."""
    return bool(
        _PYTHON.fullmatch(word)
        or _WRAPPERS.fullmatch(posixpath.basename(word))
        or word.startswith("-")
        or re.fullmatch(r"[A-Za-z_]\w*=.*", word)
        or re.fullmatch(r"[\w./:*,]+", word)
    )
