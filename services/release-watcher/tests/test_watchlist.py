"""What is watched, and which of its releases count."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from release_watcher.settings import WatcherSettings
from release_watcher.watchlist import BadWatchlist, make_watchlist, parse_packages_file
from release_watcher.watchlist_source import WatchlistSource

MATRIX = [
    {"address": "a:matrix", "package": "httpx>=0.16", "generated": True, "samples": []},
    {"address": "b:floors", "package": None, "generated": True, "samples": []},
]


@pytest.mark.parametrize(
    "text, requirements",
    [
        (json.dumps(MATRIX), ("httpx>=0.16",)),
        (json.dumps({"schema_version": 1, "suites": MATRIX}), ("httpx>=0.16",)),
        ('["httpx>=0.16", "flask"]', ("httpx>=0.16", "flask")),
        ("# ours\nhttpx>=0.16,<1  # slow\n\nflask\n", ("httpx>=0.16,<1", "flask")),
        ("", ()),
    ],
    ids=["matrix", "plan", "strings", "lines", "empty"],
)
def test_files(text: str, requirements: tuple[str, ...]) -> None:
    assert parse_packages_file(text) == requirements


@pytest.mark.parametrize(
    "text, culprit", [("[{", "not JSON"), ('{"a": 1}', "no list"), ("[7]", "'7' is no suite")]
)
def test_bad_files(text: str, culprit: str) -> None:
    with pytest.raises(BadWatchlist, match=f"{culprit}.*matrix --format=json"):
        parse_packages_file(text)


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


def test_a_changed_file_counts_and_a_broken_one_does_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "matrix.json"
    source = WatchlistSource(WatcherSettings(packages=("flask",), packages_file=file))

    def write(text: str, moment: int) -> None:
        file.write_text(text)
        os.utime(file, (moment, moment))

    with pytest.raises(BadWatchlist, match="matrix.json: cannot be read: No such file"):
        source.read()
    write(json.dumps(MATRIX), 1)
    assert list(source.read()) == ["flask", "httpx"]
    write("[{", 2)
    assert list(source.read()) == ["flask", "httpx"]
    assert "the watchlist stays as it was" in caplog.text
    write("aiohttp", 3)
    assert list(source.read()) == ["aiohttp", "flask"]
    file.unlink()
    assert list(source.read()) == ["aiohttp", "flask"]
