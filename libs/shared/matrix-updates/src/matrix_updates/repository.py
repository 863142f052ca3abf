"""What both halves read of a repository: the base branch, its configuration, its suites and locks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Tuple

from matrix_updates import configuration, units
from matrix_updates.configuration import Configuration
from matrix_updates.errors import GitFailed, UpdatesError
from matrix_updates.git import Git
from matrix_updates.proposal import samples


@dataclass(frozen=True)
class Base:
    """A commit of the base branch, and what it says of updates."""

    commit: str
    configuration: Configuration


def open_repository(folder: Path) -> Git:
    """The repository that a folder is in; raises `UpdatesError`."""
    try:
        return Git(Path(Git(folder).run("rev-parse", "--show-toplevel").rstrip("\n")))
    except GitFailed:
        raise UpdatesError(f"{folder} is in no git repository: name one by --repository") from None


def read_base(git: Git, name: str) -> Base:
    """The base that a branch or commit names; raises `UpdatesError`."""
    commit = git.commit_of(name)
    if commit is None:
        raise UpdatesError(
            f"there is no {name!r} in {git.folder.name}: name the branch by --base, or by `base` "
            "under [tool.matrix-updates]"
        )
    return Base(
        commit,
        configuration.parse(git.file(commit, "pyproject.toml"), git.file(commit, "pants.toml")),
    )


def branch_of(git: Git, asked: Optional[str]) -> str:
    """The base branch: as asked for, or as the checked out `pyproject.toml` says."""
    if asked:
        return asked
    head = git.commit_of("HEAD")
    text = git.file(head, "pyproject.toml") if head else None
    return configuration.parse(text, None).base


def generated_suites(git: Git, commit: str) -> Tuple[units.Unit, ...]:
    """The suites of a commit, as their own generated files tell: nothing is run to know them.

    A `samples.json` counts where it lies in the folder of the suite that it names.
    """
    found = []
    for path in git.files_named(commit, samples.SAMPLES_FILE):
        text = git.file(commit, path) or ""
        address = samples.suite_address(text)
        if address is None:
            continue
        unit = units.suite(address, samples.suite_package(text))
        if f"{unit.path}/{samples.SAMPLES_FILE}" == path:
            found.append(unit)
    return tuple(sorted(found))


def existing_locks(git: Git, base: Base) -> Tuple[units.Unit, ...]:
    """The locks that the base names and has."""
    return tuple(
        unit
        for unit in units.locks(base.configuration)
        if git.file(base.commit, unit.path) is not None
    )


def all_units(git: Git, base: Base) -> Tuple[units.Unit, ...]:
    """Everything that is updated on its own."""
    return (*generated_suites(git, base.commit), *existing_locks(git, base))
