"""What a failed test shows: the error, and the last place in our own code that it came through.

It reads what pytest writes of a failure, in each of its styles (`--tb=long`, `short`, `line`,
`native`): https://docs.pytest.org/en/stable/how-to/output.html#modifying-python-traceback-printing
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

MAX_TEXT = 20_000
"""Of what pytest writes about one test no more is looked at, wherever that is done."""

MAX_ERROR = 300
# How much of a message is looked at.
_MAX_MESSAGE = 1_000

_CUT = "\n[... cut ...]\n"

# Colours, the way pytest writes the escape character, which XML cannot hold.
_COLOUR = re.compile(r"(?:#x1B|\x1b)\[[0-9;]*m")

_CHAIN = re.compile(
    r"^(?:During handling of the above exception, another exception occurred:"
    r"|The above exception was the direct cause of the following exception:)$"
)
_FRAME = re.compile(r"(?P<path>[^\s:>][^:]*\.py):(?P<line>[0-9]+): ?(?P<what>.*)")
_NATIVE_FRAME = re.compile(r'[ |+-]*File "(?P<path>[^"]+)", line (?P<line>[0-9]+)(?:, in .*)?')
_ERROR_LINE = re.compile(r"E   (?P<told>.*)")
_KIND = re.compile(r"(?P<kind>[A-Za-z_]\w*(?:\.\w+)*)(?:: |:?$)")
_NAMED = re.compile(r"[A-Za-z_][\w.]*")
# Of groups of exceptions: https://docs.python.org/3/library/traceback.html
_UNFRAMED = re.compile(r"^ *[|+][ |+-]*")
_NOT_OURS = re.compile(r"(?:^|/)(?:\.venv|site-packages|dist-packages|lib/(?:python|pypy)[0-9])")
_SANDBOX = re.compile(r"^.*/pants-sandbox-[^/]+/")

# What differs from run to run, from machine to machine and from cell to cell, in this order.
_SET_ASIDE = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # What newer Pythons add: suggestions, and the class of a function.
        (r"\.? (?:Did you (?:mean|forget)|Or did you)\b[^?]{0,300}\?", ""),
        (r"(?<![\w.>])(?:[A-Za-z_]\w*\.(?:<locals>\.)?)+(?=\w+\(\))", ""),
        (r"\b0x[0-9a-fA-F]+\b", "<address>"),
        (r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?", "<time>"),
        (r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", "<id>"),
        (r"\b(?=[a-fA-F]*[0-9])[0-9a-fA-F]{8,}\b", "<id>"),
        (r"\b(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::[0-9]+)?", "<host>"),
        (r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?\b", "<host>"),
        (r"\[[0-9a-fA-F:]*:[0-9a-fA-F:]*\](?::[0-9]+)?", "<host>"),
        (r"(?<![\w/.])(?:[A-Za-z]:\\|~?/|\.{1,2}/)[\w.@+~=,\\/-]*[\w/\\]", "<path>"),
        (r"(?<![\w/.@+-])[\w.@+-]+(?:/[\w.@+-]+)+\.\w+\b", "<path>"),
        (r"\b(?:python|pypy|cpython|cp|py)-?[0-9]+(?:\.[0-9]+)*t?\b", "<version>"),
        (r"\bv?[0-9]+(?:\.[0-9]+)+(?:[a-z]+[0-9]+|\.?(?:post|dev)[0-9]+)*t?\b", "<version>"),
        (r"(?<=[A-Za-z\])>]):[0-9]{2,5}\b", ":<port>"),
        (
            r"\b(?P<word>[Pp]ort|[Pp]id|[Ll]ine|[Pp]rocess)(?P<sign>[ =:#]+)[0-9]+\b",
            r"\g<word>\g<sign><n>",
        ),
        (r"\b[0-9]{4,}\b", "<n>"),
    )
)


@dataclass(frozen=True, order=True)
class Symptom:
    """By what failures of one test are known to be equal.

    `kind` is the error's type, empty where nothing tells it; `message` its first line, with versions,
    addresses, ports and paths set aside; `place` the last line of our own code that it came through
    (`src/lib/client.py:42`), empty where no frame is ours; `through` the types of the errors that it
    was raised from.
    """

    kind: str
    message: str
    place: str = ""
    through: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Shown:
    """A symptom, and the error as it was written, in a line."""

    symptom: Symptom
    error: str


def shown(text: str) -> Shown:
    """What the text of a failure shows; any text has a symptom."""
    lines = shortened(without_colour(text)).splitlines()
    parts = _parts(lines)
    kind, headline = _error(parts[-1])
    return Shown(
        Symptom(
            kind=kind,
            message=set_aside(headline),
            place=_place(parts[-1]),
            through=tuple(_error(part)[0] for part in parts[:-1]),
        ),
        error=_in_a_line(headline),
    )


def set_aside(message: str) -> str:
    """The message without what differs from run to run and from cell to cell.

    >>> set_aside("no answer from 127.0.0.1:4711 to <Client object at 0x7f3a>")
    'no answer from <host> to <Client object at <address>>'
    """
    # Some of the patterns take four times as long for twice as much; nobody reads on so far.
    message = message[:_MAX_MESSAGE]
    for pattern, replacement in _SET_ASIDE:
        message = pattern.sub(replacement, message)
    return " ".join(message.split())


def without_colour(text: str) -> str:
    """The text as it is where nothing has colours."""
    return _COLOUR.sub("", text)


def shortened(text: str) -> str:
    """The text, or of one that is too long the beginning and the end."""
    if len(text) <= MAX_TEXT:
        return text
    half = (MAX_TEXT - len(_CUT)) // 2
    return f"{text[:half]}{_CUT}{text[-half:]}"


def _parts(lines: Sequence[str]) -> List[List[str]]:
    """An error and those that it was raised from, the last raised at the end."""
    parts: List[List[str]] = [[]]
    for line in lines:
        if _CHAIN.match(line.strip(" |")):
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def _error(lines: Sequence[str]) -> Tuple[str, str]:
    """Type and first line of the error that these lines end with."""
    marked = [number for number, line in enumerate(lines) if _ERROR_LINE.match(line)]
    if not marked:
        return _unmarked(lines)
    first, known = marked[-1], set(marked)
    while first - 1 in known:
        first -= 1
    headline = lines[first][len("E   ") :].strip()
    match = _KIND.match(headline)
    located = [frame["what"] for line in lines[first:] if (frame := _FRAME.fullmatch(line))]
    raised = next((what for what in reversed(located) if _NAMED.fullmatch(what)), "")
    if match and (not raised or match["kind"].rpartition(".")[2] == raised.rpartition(".")[2]):
        return match["kind"], headline
    kind = raised or ("AssertionError" if headline.startswith("assert") else "")
    return kind, f"{kind}: {headline}" if kind else headline


def _unmarked(lines: Sequence[str]) -> Tuple[str, str]:
    """As Python itself writes it: behind the last frame, and not indented."""
    frames = [number for number, line in enumerate(lines) if _NATIVE_FRAME.match(line)]
    behind = lines[frames[-1] + 1 :] if frames else lines
    plain = [found for line in behind if (found := _UNFRAMED.sub("", line)).strip()]
    if frames:
        for line in plain:
            match = _KIND.match(line)
            if match:
                return match["kind"], line.strip()
    if len(plain) != 1:
        return "", plain[0].strip() if plain else ""
    # With `--tb=line`: the frame, then the error.
    located = _FRAME.fullmatch(plain[0])
    told = located["what"] if located else plain[0]
    match = _KIND.match(told)
    if match and (located or match["kind"].endswith(("Error", "Exception"))):
        return match["kind"], told
    return "", told.strip()


def _place(lines: Sequence[str]) -> str:
    """The last frame that is in our own code."""
    for line in reversed(lines):
        frame = _FRAME.fullmatch(line) or _NATIVE_FRAME.fullmatch(line)
        path = _own(frame["path"]) if frame else None
        if frame and path:
            return f"{path}:{frame['line']}"
    return ""


def _own(path: str) -> Optional[str]:
    """The path from the root of the repository; None for a file that is not of it."""
    path = _SANDBOX.sub("", path)
    if path.startswith(("/", "../", "<", "E  ")) or _NOT_OURS.search(path) or ":" in path:
        return None
    return path if path.isprintable() else None


def _in_a_line(text: str) -> str:
    # A terminal obeys some of what is not printable, and shows the rest in another order.
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= MAX_ERROR else f"{line[: MAX_ERROR - 1]}…"
