"""The address of a cell, from those of its suite and what it is called there."""

from __future__ import annotations


def cell_address(suite: str, version: str, python: str) -> str:
    """`path:matrix#0.28.1@python=3.12`, with `~` for the `!` of an epoch, which Pants bars.

    A suite may be a variant, `path:matrix@timeout=long`, and a version a combination,
    `3.16.0@django=5.2.1`: such parameters stand with the others, in order.
    """
    stanza, _, variant = suite.partition("@")
    release, _, partners = version.replace("!", "~").partition("@")
    named = [*filter(None, (*variant.split(","), *partners.split(","))), f"python={python}"]
    # By the names: `python=3.12` stands before `python-dateutil=2.9`.
    named.sort(key=lambda parameter: parameter.partition("=")[0])
    return f"{stanza}#{release}@{','.join(named)}"
