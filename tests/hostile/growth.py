"""How the work of a parser grows with its input, told by the processor's time of this process.

A matcher that takes each place for a beginning and reads on to the end takes four times as long for
twice the text. So the text grows from little to a lot: what is linear needs a few thousandths of a
second for all of it, and what is not needs a hundred times that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

LARGEST = 1 << 14
#: Of processor, for any text up to the largest: a hundred times what is linear takes.
SECONDS = 0.2
#: The same for what a parser knows: it may be long, and then there are few beginnings in a text.
LARGEST_KNOWN = 1 << 17
SECONDS_KNOWN = 0.1

# What is repeated, and what stands before and behind it: each a way to make a matcher try again.
UNITS = (
    *" \t\n.,:;=-_/\\\"'`|<>()[]{}#@+*~!?0aZ\x00é",
    *(
        "a.",
        "a-",
        ".a",
        "a/",
        "/a",
        "./",
        "a:",
        "1.",
        "1!",
        "a b",
        "a,",
        " a",
        " #",
        "# ",
        "()",
        "[]",
    ),
    *(
        "==",
        "a==1 ",
        "a=1;",
        "1.0.",
        "::",
        "a::",
        "{a",
        "``",
        "||",
        "| ",
        " |",
        "--",
        "<a ",
        '="',
        "\\\n",
    ),
    *(
        "E   ",
        "a.py:1: ",
        "0x1",
        "\x1b[",
        "#x1B[",
        "py3",
        "cp3",
        "linux_",
        "https://a",
        "://",
        "-a-",
        "$(",
        "${a",
    ),
)
FRAMES = ("{}", "a{}", "{}!", "a{}\x00", "/{}", "a={}", "a=={}!", " {} x", '"{}', "a.py:{}")


def texts(largest: int) -> Iterator[str]:
    """Texts of about so many characters, all kinds of them."""
    for unit in UNITS:
        for frame in FRAMES:
            yield frame.format(unit * (largest // len(unit)))


def slow(parse: Callable[[str], object], units: Iterable[str] = ()) -> str | None:
    """The beginning of a text for which a parser takes longer than linear work would, if there is one.

    `units` are what it knows and reads on after: longer than others, so that the text is as well.
    """
    for text in texts(256):
        if _is_slow(parse, text):
            return text[:30]
    for unit in units:
        for end in ("", "\x00", "\n"):
            for size in (LARGEST_KNOWN >> 4, LARGEST_KNOWN >> 2, LARGEST_KNOWN):
                text = unit * (size // len(unit)) + end
                if _takes_long(parse, text, SECONDS_KNOWN):
                    return text[:60]
    return None


def _is_slow(parse: Callable[[str], object], text: str) -> bool:
    """Makes a text longer until it is large or took too long, twice in a row."""
    middle = text[4:-4]
    while len(text) <= LARGEST:
        if _takes_long(parse, text, SECONDS):
            return True
        middle *= 4
        text = text[:4] + middle + text[-4:]
    return False


def _takes_long(parse: Callable[[str], object], text: str, seconds: float) -> bool:
    return _seconds(parse, text) > seconds and _seconds(parse, text) > seconds


def _seconds(parse: Callable[[str], object], text: str) -> float:
    before = time.process_time()
    try:
        parse(text)
    except ValueError:
        # Refused in good time is as good as read.
        pass
    return time.process_time() - before
