"""What is watched, and which of its releases count."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from release_watcher.chosen.watchlist import (
    BadWatchlist,
    make_watchlist,
    parse_packages_file,
    pythons_of,
)
from release_watcher.chosen.watchlist_source import WatchlistSource
from release_watcher.settings import WatcherSettings

MATRIX = [
    {"address": "a:matrix", "package": "httpx>=0.16", "generated": True, "samples": []},
    {"address": "b:floors", "package": None, "generated": True, "samples": []},
]


@pytest.mark.parametrize(
    "text, requirements",
    [
        (json.dumps(MATRIX), ("httpx>=0.16",)),
        (
            json.dumps([{"package": "drf>=3.14", "axes": ["django>=4.2", "redis"]}]),
            ("drf>=3.14", "django>=4.2", "redis"),
        ),
        (json.dumps({"schema_version": 1, "suites": MATRIX}), ("httpx>=0.16",)),
        ('["httpx>=0.16", "flask"]', ("httpx>=0.16", "flask")),
        ("# ours\nhttpx>=0.16,<1  # slow\n\nflask\n", ("httpx>=0.16,<1", "flask")),
        ("", ()),
    ],
    ids=["matrix", "axes", "plan", "strings", "lines", "empty"],
)
def test_files(text: str, requirements: tuple[str, ...]) -> None:
    assert parse_packages_file(text) == requirements


@pytest.mark.parametrize(
    "text, culprit",
    [
        ("[{", "not JSON"),
        ('{"a": 1}', "no list"),
        ("[7]", "'7' is no suite"),
        ('[{"package": "a", "axes": [7]}]', "no axes of a suite"),
    ],
)
def test_bad_files(text: str, culprit: str) -> None:
    with pytest.raises(BadWatchlist, match=f"{culprit}.*matrix --format=json"):
        parse_packages_file(text)


@pytest.mark.parametrize(
    "text, pythons",
    [
        (
            json.dumps([{"package": "a", "samples": [{"pythons": ["3.14", "3.9", "pypy3.11"]}]}]),
            ("3.9", "pypy3.11", "3.14"),
        ),
        (json.dumps({"suites": [{"package": "a", "cells": [{"python": "3.13"}, {}]}]}), ("3.13",)),
        # Of a repository that knows more, or less, than this watcher.
        (json.dumps([{"package": "a", "samples": [{"pythons": ["3.99", 3, "x"]}, 7]}]), ()),
        (json.dumps([*MATRIX, "flask"]), ()),
        ("flask>=1\n", ()),
        ("", ()),
    ],
)
def test_the_pythons_that_suites_are_tested_on(text: str, pythons: tuple[str, ...]) -> None:
    assert pythons_of(text) == pythons


@pytest.mark.parametrize("text", ["httpx>>1", "httpx @ file:///x", "../x", "a" * 300 + "!"])
def test_bad_requirements(text: str) -> None:
    with pytest.raises(BadWatchlist, match="requirement .*expected a name and a range"):
        make_watchlist([text])


def test_requirements_of_one_package_are_taken_together() -> None:
    watchlist = make_watchlist(["Flask-Login>=1", "flask_login[x]<0.5", "aiohttp"])
    assert list(watchlist) == ["aiohttp", "flask-login"]
    assert watchlist["flask-login"].requirements == ("Flask-Login>=1", "flask_login[x]<0.5")


@pytest.mark.parametrize(
    "version, without, with_prereleases",
    [
        ("1.0", True, True),
        ("0.9", False, False),
        ("0.4", True, True),
        ("2.0rc1", False, True),
        ("1.0rc1", False, True),
        ("2.0.dev1", False, False),
        ("1.0.post1", True, True),
        ("not-a-version", False, False),
    ],
)
def test_which_releases_count(version: str, without: bool, with_prereleases: bool) -> None:
    watched = make_watchlist(["thing>=1", "thing<0.5"])["thing"]
    assert watched.announces(version, prereleases=False) is without
    assert watched.announces(version, prereleases=True) is with_prereleases


class TestFileThatChanges:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / "matrix.json"

    def write(self, file: Path, text: str, moment: int) -> None:
        """As the README's command: a new file that is moved to its place."""
        new = file.with_suffix(".new")
        new.write_text(text)
        os.utime(new, (moment, moment))
        new.replace(file)

    def test_counts_and_a_broken_one_does_not(
        self, file: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        source = WatchlistSource(WatcherSettings(packages=("flask",), packages_file=file))
        with pytest.raises(BadWatchlist, match="matrix.json: cannot be read: No such file"):
            source.read()
        self.write(file, json.dumps(MATRIX), 1)
        assert list(source.read()) == ["flask", "httpx"]
        self.write(file, "[{", 2)
        assert list(source.read()) == ["flask", "httpx"]
        assert list(source.read()) == ["flask", "httpx"]
        assert caplog.text.count("the watchlist stays as it was") == 1
        self.write(file, "aiohttp", 3)
        assert list(source.read()) == ["aiohttp", "flask"]
        file.unlink()
        assert list(source.read()) == ["aiohttp", "flask"]

    @pytest.mark.parametrize("emptied", ["", "[]", "# none\n"])
    def test_that_is_empty_all_at_once_is_broken(
        self, file: Path, emptied: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        source = WatchlistSource(WatcherSettings(packages_file=file))
        self.write(file, "httpx", 1)
        source.read()
        self.write(file, emptied, 2)
        assert list(source.read()) == ["httpx"]
        assert "matrix.json: nothing to watch any more" in caplog.text

    def test_into_one_as_old_and_as_long_counts(self, file: Path) -> None:
        source = WatchlistSource(WatcherSettings(packages_file=file))
        self.write(file, "httpx", 1)
        source.read()
        self.write(file, "flask", 1)
        assert list(source.read()) == ["flask"]

    def test_that_is_read_half_written_is_read_again(self, file: Path) -> None:
        source = WatchlistSource(WatcherSettings(packages_file=file))
        self.write(file, "httpx", 1)
        source.read()
        for text, watched in (('["flask"', "httpx"), ('["flask"]', "flask")):
            # Within one tick of the file system's clock.
            file.write_text(text.ljust(20))
            os.utime(file, (2, 2))
            assert list(source.read()) == [watched]
