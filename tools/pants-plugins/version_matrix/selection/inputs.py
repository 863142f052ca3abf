"""The files that results rest on beside code. Pure."""

from __future__ import annotations

import os.path
from collections import defaultdict
from dataclasses import dataclass
from typing import Iterable, Mapping

from pants.util.frozendict import FrozenDict

from version_matrix.selection.targets import CELLS, EVERY_TEST, NATIVE_TESTS

# Where pytest and coverage look, whatever the files hold today: a section that is gone counts, too.
# https://docs.pytest.org/en/stable/reference/customize.html
# https://coverage.readthedocs.io/en/latest/config.html
PYTEST_FILES = ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
COVERAGE_FILES = (".coveragerc", "pyproject.toml", "tox.ini", "setup.cfg")


@dataclass(frozen=True)
class ResultInputs:
    """Folder -> name of a target -> files, relative to the folder."""

    targets: FrozenDict[str, FrozenDict[str, tuple[str, ...]]]

    def above(self, folder: str, name: str) -> tuple[str, ...]:
        """The folders, this one and those above it, that have a target of this name."""
        parts = folder.split("/") if folder else []
        above = ("/".join(parts[:count]) for count in range(len(parts) + 1))
        return tuple(each for each in above if name in self.targets.get(each, {}))


def result_inputs(
    *,
    configuration: Iterable[str],
    builds: Mapping[str, bytes],
    of_every_test: Iterable[str],
    of_native_tests: Iterable[str],
    of_cells: Iterable[str],
) -> ResultInputs:
    """Which targets there are, and what they own.

    Args:
        configuration: the files of pytest; each counts for the tests below its folder.
        builds: BUILD files and their content; those with `__defaults__` count likewise.
        of_every_test, of_native_tests, of_cells: files and globs that count wherever tests lie.
    """
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    with_defaults = (path for path, content in builds.items() if b"__defaults__" in content)
    for path in (*configuration, *with_defaults):
        folder, name = os.path.split(path)
        found[folder][EVERY_TEST].add(name)
    for name, files in (
        (EVERY_TEST, (*COVERAGE_FILES, *of_every_test)),
        (NATIVE_TESTS, of_native_tests),
        (CELLS, of_cells),
    ):
        # Also what is not there yet: it is new once it is.
        found[""][name].update(files)
    return ResultInputs(
        FrozenDict(
            {
                folder: FrozenDict(
                    {name: tuple(sorted(files)) for name, files in sorted(names.items()) if files}
                )
                for folder, names in sorted(found.items())
            }
        )
    )
