"""Text of strangers, made fit for a terminal and for Markdown.

What an index, a test or an advisory says may be anything. Where Markdown shows it, it stands in a
code span: there is no markup in one, no HTML, and no forge links a name or a number.
"""

from __future__ import annotations

import re
from typing import Optional

_UNSAFE_IN_CODE = re.compile(r"[|`]")
_SAFE_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~/%@!$&+,;=?#:-]*)?")


def one_line(text: str, limit: int = 300) -> str:
    """The text printable, on one line and not too long.

    >>> one_line("\\x1b[31mred\\nand so on", 12)
    '[31mred a...'
    """
    words = "".join(c if c.isprintable() else " " for c in text[: limit * 2]).split()
    line = " ".join(words) or "?"
    return line if len(line) <= limit and len(text) <= limit * 2 else f"{line[: limit - 3]}..."


def code(text: str, limit: int = 300) -> str:
    """The text as a code span of Markdown, also in a table.

    >>> code("a `b` | <c> @d")
    "`a 'b' ¦ <c> @d`"
    """
    plain = one_line(text, limit)
    return f"`{_UNSAFE_IN_CODE.sub(lambda found: {'|': '¦'}.get(found[0], chr(39)), plain)}`"


def link(title: str, url: Optional[str]) -> str:
    """A Markdown link to where a stranger points, with our own title; nothing for a strange URL.

    >>> link("changelog", "https://example.org/log"), link("changelog", "javascript:alert(1)")
    ('[changelog](<https://example.org/log>)', '')
    """
    return f"[{title}](<{url}>)" if safe_url(url) else ""


def safe_url(url: Optional[str]) -> Optional[str]:
    """The URL if a page may link to it, else None."""
    return url if url and len(url) <= 500 and _SAFE_URL.fullmatch(url) else None


def last_lines(text: str, limit: int = 1_500) -> str:
    """What a program said last, for a message: printable lines, the final ones."""
    lines = [one_line(line, 400) for line in text.splitlines() if line.strip()]
    kept: list[str] = []
    for line in reversed(lines):
        if sum(map(len, kept)) + len(line) > limit:
            break
        kept.insert(0, line)
    return "\n".join(kept) or "It said nothing."
