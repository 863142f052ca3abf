"""Lets pip resolve for another Python and platform than those that run it.

pip can choose files for others (`pip download --platform`), and evaluates markers for itself all the
same; pip-compile does neither. What both look at is replaced here; the version of pip is the one
that the lock of pip-tools pins.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Iterator, Mapping
from unittest import mock

from pip._internal.models.target_python import TargetPython
from pip._internal.resolution.resolvelib.candidates import RequiresPythonCandidate
from pip._vendor.packaging.markers import Marker

from hash_locks.carried.environments import Environment

_evaluate = Marker.evaluate
_candidate = RequiresPythonCandidate.__init__


@lru_cache(maxsize=None)
def target_python(environment: Environment) -> TargetPython:
    """What decides for pip which files can be installed."""
    return TargetPython(list(environment.tags), environment.version, None, "cp")


@contextmanager
def resolving_for(environment: Environment) -> Iterator[None]:
    """Within it, a finder, a resolver and every marker are for that environment."""

    def evaluate(marker: Marker, extras: Mapping[str, str] | None = None, *rest: Any) -> bool:
        told = [{**seen, **(extras or {})} for seen in environment.markers]
        return any(_evaluate(marker, each, *rest) for each in told)

    def candidate(self: RequiresPythonCandidate, _: object) -> None:
        _candidate(self, environment.version)

    finder = "pip._internal.index.package_finder.TargetPython"
    with mock.patch.object(Marker, "evaluate", evaluate):
        with mock.patch.object(RequiresPythonCandidate, "__init__", candidate):
            with mock.patch(finder, lambda: target_python(environment)):
                yield
