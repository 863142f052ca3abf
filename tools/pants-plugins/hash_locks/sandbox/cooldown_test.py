from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest  # type: ignore[import-not-found]  # pants: no-infer-dep

from hash_locks.sandbox.testing.compiling import add_page, add_wheel, compiled, lines, served

FRESH = datetime.datetime.now(datetime.timezone.utc).isoformat()
OLD = "2020-01-01T00:00:00Z"


@pytest.mark.parametrize(  # type: ignore[untyped-decorator]
    ("days", "exempt", "held", "pin"),
    [
        (3, [], [], "lib==1.0"),
        (0, [], [], "lib==2.0"),
        (3, ["lib"], [], "lib==2.0"),
        # What the lock holds already has nothing to cool down, not even where it is to move.
        (3, [], [["lib", "2.0"]], "lib==2.0"),
    ],
)
def test_a_release_cools_down(
    tmp_path: Path, days: int, exempt: list[str], held: list[list[str]], pin: str
) -> None:
    for version in ("1.0", "2.0"):
        add_wheel(tmp_path, "lib", version)
    add_page(tmp_path, "lib", files={"1.0": {"upload-time": OLD}, "2.0": {"upload-time": FRESH}})
    with served(tmp_path) as index:
        done = compiled(
            tmp_path, index, "lib\n", cooldown_days=days, cooldown_exempt=exempt, held=held
        )
    assert done.returncode == 0, done.stderr
    assert lines(tmp_path) == [pin]


@pytest.mark.parametrize(  # type: ignore[untyped-decorator]
    ("days", "held", "pin"),
    [
        (0, [], "lib==1.0"),
        (3, [], "lib==1.0"),
        # Of what was uploaded later, nothing is in the lock; that it was there before is no exception.
        (0, [["lib", "2.0"]], "lib==1.0"),
    ],
)
def test_nothing_is_taken_that_was_uploaded_after_a_date(
    tmp_path: Path, days: int, held: list[list[str]], pin: str
) -> None:
    for version in ("1.0", "2.0", "3.0"):
        add_wheel(tmp_path, "lib", version)
    add_wheel(tmp_path, "silent", "1.0")
    late = "2020-06-01T00:00:00Z"
    times = {"1.0": OLD, "2.0": late, "3.0": FRESH}
    add_page(tmp_path, "lib", files={each: {"upload-time": time} for each, time in times.items()})
    asked: dict[str, Any] = {
        "cooldown_days": days,
        "held": held,
        "prior_to": "2020-06-01T00:00:00+00:00",
    }
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "lib\n", **asked)
        found = lines(tmp_path)
        none = compiled(tmp_path, index, "lib>=2\n", **asked)
        silent = compiled(tmp_path, index, "silent\n", **asked)
    assert done.returncode == 0, done.stderr
    assert found == [pin]
    assert none.returncode == silent.returncode == 1
    assert (
        "was not uploaded before 2020-06-01 00:00 UTC, as `[python].resolves_to_up" in none.stderr
    )
    assert "the index does not say when a file of silent was uploaded" in silent.stderr


@pytest.mark.parametrize(  # type: ignore[untyped-decorator]
    ("file", "told"),
    [
        ({"upload-time": FRESH}, "  lib 1.0 cools down until 20"),
        ({}, "  the index does not say when a file of lib was uploaded, so that nothing of it"),
    ],
)
def test_what_cools_down_is_named_where_nothing_else_will_do(
    tmp_path: Path, file: dict[str, str], told: str
) -> None:
    add_wheel(tmp_path, "lib", "1.0")
    add_page(tmp_path, "lib", files={"1.0": file})
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "lib>=1\n", cooldown_days=3)
    assert done.returncode == 1
    assert told in done.stderr and "`[hash-locks].cooldown_exempt` may name it" in done.stderr
