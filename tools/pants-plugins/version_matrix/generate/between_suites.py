"""What is amiss between suites: two that are the same, and generated folders that belong to none."""

from __future__ import annotations

import os.path
from typing import Iterable

from packaging.requirements import Requirement
from pants.backend.python.target_types import PythonTestsGeneratingSourcesField

from version_matrix import engine
from version_matrix.stanza import samples_file
from version_matrix.stanza.samples_file import SAMPLES_FILE
from version_matrix.stanza.suite import Suite, project_name
from version_matrix.stanza.targets import MatrixTestsTarget, suite_of


async def duplicates(stanzas: Iterable[MatrixTestsTarget]) -> dict[str, str]:
    """The address of each suite that another one repeats -> an error that names both.

    Two suites of one package may share test files if their rules make other environments.
    """
    alike: dict[object, list[MatrixTestsTarget]] = {}
    for stanza in stanzas:
        suite = suite_of(stanza)
        alike.setdefault((_packages(suite), suite.rules), []).append(stanza)
    errors: dict[str, str] = {}
    for group in alike.values():
        if len(group) < 2:
            continue
        owners: dict[str, str] = {}
        for stanza in group:
            for path in await engine.source_paths(stanza[PythonTestsGeneratingSourcesField]):
                one, other = owners.setdefault(path, stanza.address.spec), stanza.address.spec
                if one != other:
                    told = (
                        f"{one} and {other} are the same suite: both test the same package and "
                        f"requirements with {path}. Leave one out, or part their `sources`"
                    )
                    errors.setdefault(one, told)
                    errors.setdefault(other, told)
    return errors


def _packages(suite: Suite) -> frozenset[tuple[str, frozenset[str]]]:
    """All that varies, with its extras."""
    varies = (suite.package, *suite.axes) if suite.package else ()
    return frozenset((project_name(line), frozenset(Requirement(line).extras)) for line in varies)


async def orphans(suites: Iterable[Suite]) -> tuple[str, ...]:
    """What to tell of each generated folder that is none of these suites', which are all there are."""
    owned = {suite.folder for suite in suites}
    found = await engine.read_files([f"**/{SAMPLES_FILE}"])
    folders = {
        os.path.dirname(path)
        for path, content in found.items()
        if samples_file.is_marked(content.decode(errors="replace"))
    }
    return tuple(
        f"{folder} belongs to no suite: if its suite is gone or has another name, remove it "
        f"(`git rm -r {folder}`)"
        for folder in sorted(folders - owned)
    )
