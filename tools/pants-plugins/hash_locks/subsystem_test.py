from __future__ import annotations

import pkgutil
from types import SimpleNamespace
from typing import Any, Mapping

import pytest

from hash_locks.subsystem import PipTools, prior_to


def setup(dates: Mapping[str, str]) -> Any:
    """What this reads of `[python]`, as Pants has it from 2.32 on."""
    return SimpleNamespace(resolves_to_uploaded_prior_to=lambda: dates)


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("2026-03-16T00:00:00Z", "2026-03-16T00:00:00+00:00"),
        ("2026-03-16T02:30:00+02:00", "2026-03-16T00:30:00+00:00"),
        # The same wherever the lock is made.
        ("2026-03-16", "2026-03-16T00:00:00+00:00"),
        ("2026-03-16T12:00:00", "2026-03-16T12:00:00+00:00"),
        ("", ""),
    ],
)
def test_the_date_of_a_resolve(told: str, moment: str) -> None:
    assert prior_to("main", setup({"main": told, "pytest": "x"})) == moment


def test_a_resolve_without_one_and_a_pants_without_the_option() -> None:
    assert prior_to("main", setup({})) == ""
    assert prior_to("main", SimpleNamespace()) == ""  # type: ignore[arg-type]


@pytest.mark.parametrize("told", ["x", "3 days", "2026-13-01"])
def test_what_is_no_date_is_named(told: str) -> None:
    with pytest.raises(ValueError, match=f"prior_to has {told!r} for `main`: expected a date such"):
        prior_to("main", setup({"main": told}))


def test_newer_pants_finds_metadata_beside_the_lock_of_pip_tools() -> None:
    package, name = PipTools.default_lockfile_resource
    content = pkgutil.get_data(package, f"{name}.metadata")
    assert content is not None and b'"version": 1' in content
