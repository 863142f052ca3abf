"""Where things are on a board: as links below the path that it has, and as people type them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from compat_board.read.history import Standing
from matrix_results import Cell

_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~-]+)*/?")


def checked_url(url: str) -> str:
    """The URL that people know the board by, without a slash at its end; raises `ValueError`."""
    if not _URL.fullmatch(url):
        raise ValueError("expected http(s)://HOST[:PORT][/PATH], without a query")
    return url.rstrip("/")


def checked_commit_url(url: str) -> str:
    """A URL in which `COMMIT` stands for a commit; raises `ValueError`."""
    if not _URL.fullmatch(url) or url.count("COMMIT") != 1:
        raise ValueError("expected http(s)://HOST/PATH with COMMIT in it, once")
    return url


@dataclass(frozen=True)
class Addresses:
    """Links of a board that people know by `url`, one that `checked_url` returned.

    `commit_url` is one that `checked_commit_url` returned, or there are no links to commits.
    """

    url: str
    commit_url: str | None = None

    @property
    def root(self) -> str:
        """The path that all others are below; empty where the host is the board's alone."""
        return urlsplit(self.url).path

    def absolute(self, link: str) -> str:
        """A link as one that works from anywhere."""
        return self.url + link.removeprefix(self.root)

    def overview(self, words: str = "", standing: Standing | None = None) -> str:
        """All packages, or what a search finds of them."""
        asked = {"q": words, "status": standing.value if standing else ""}
        query = urlencode({key: value for key, value in asked.items() if value})
        return f"{self.root}/?{query}" if query else f"{self.root}/"

    def commit(self, commit: str) -> str | None:
        """Where the forge shows a commit."""
        return self.commit_url and self.commit_url.replace("COMMIT", quote(commit, safe=""))

    def package(self, name: str) -> str:
        """The page of a suite."""
        return f"{self.root}/packages/{quote(name, safe='')}"

    def cell(self, name: str, cell: Cell) -> str:
        """The page of a cell."""
        return f"{self.package(name)}/{quote(cell.version, safe='')}/{quote(cell.python, safe='')}"

    def canary(self) -> str:
        """What a fresh install gets, as the latest canary saw it."""
        return f"{self.root}/canary"

    def badge(self, name: str) -> str:
        """The badge of a suite; `matrix` is that of all."""
        return f"{self.root}/badge/{quote(name, safe='')}.svg"

    def static(self, name: str, version: str) -> str:
        """A file of the board's own; a `version` of it never changes."""
        return f"{self.root}/static/{name}?v={version}"
