"""Text of strangers, made fit for a report."""

from __future__ import annotations


def one_line(text: str, limit: int) -> str:
    """The text printable, on one line and not too long.

    >>> one_line("\\x1b[31mred\\nand so on", 12)
    '[31mred a...'
    """
    words = "".join(c if c.isprintable() else " " for c in text[: limit * 2]).split()
    line = " ".join(words) or "?"
    return line if len(line) <= limit and len(text) <= limit * 2 else f"{line[: limit - 3]}..."
