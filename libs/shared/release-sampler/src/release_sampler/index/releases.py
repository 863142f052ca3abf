"""From the files that indexes list to the releases that sampling knows. No network here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from packaging.version import Version

from release_sampler.basis.files import installs_of, is_for_other_systems, is_summary, kinds_of
from release_sampler.basis.model import FileGroup, Release
from release_sampler.basis.platforms import OTHER, oldest_tags
from release_sampler.basis.specifiers import parse_specifiers, parse_version
from release_sampler.basis.text import one_line
from release_sampler.index.pages import IndexFile

_MAX_REASON = 200


def group_by_version(files: Iterable[IndexFile]) -> dict[str, tuple[IndexFile, ...]]:
    """Files by version: as PEP 440 writes it, or as the index does (shortened) if it is none.

    A file that several indexes list counts once: the first index wins.
    """
    once = {file.filename: file for file in reversed(tuple(files))}
    groups: dict[Version | str, list[IndexFile]] = {}
    spelled: dict[Version | str, str] = {}
    for file in once.values():
        key: Version | str
        try:
            key = parse_version(file.version)
        except ValueError:
            key = one_line(file.version, 60)
        groups.setdefault(key, []).append(file)
        # 1.0 and 1.0.0 are one version; the longer spelling stands for it.
        spelled[key] = max(spelled.get(key, ""), str(key), key=lambda text: (len(text), text))
    return {
        spelled[key]: tuple(sorted(group, key=lambda file: file.filename))
        for key, group in groups.items()
    }


def make_release(version: str, files: Sequence[IndexFile]) -> Release:
    """Sum up the files of one version.

    Yanked is a release whose files are all yanked (PEP 592); else yanked files do not count. It was
    uploaded with its first wheel: what came before it could not be installed without building.
    """
    try:
        parse_version(version)
    except ValueError:
        return Release(version, problem="not a PEP 440 version")
    readable = [file for file in files if file.problem is None]
    if not readable:
        return Release(version, problem=files[0].problem)
    usable = [file for file in readable if file.yanked is False]
    files = usable or readable
    wheels = [file for file in files if file.filename.endswith(".whl")]
    try:
        requires_python = _requires_python([*wheels, *files])
    except ValueError as error:
        return Release(version, problem=f"Requires-Python: {one_line(str(error), 80)}")
    times = [file.uploaded for file in wheels or files if file.uploaded is not None]
    return Release(
        version=version,
        uploaded=min(times, default=None),
        requires_python=requires_python,
        yanked=False if usable else _reason(readable),
        files=tuple(sorted({kind for file in files for kind in kinds_of(file.filename)})),
        groups=group_files(
            [(file.filename, _readable_limit(file, requires_python)) for file in files],
            requires_python,
        ),
    )


def group_files(
    files: Sequence[tuple[str, str | None]], requires_python: str | None
) -> tuple[FileGroup, ...]:
    """Group files (name, its own `Requires-Python`) by where they can be installed.

    None where `requires_python` and the kinds of the release say it all: every file is for every platform and
    says the same of Pythons, or one wheel is for all of them.
    """
    platforms: dict[tuple[str | None, str], set[str]] = {}
    for filename, required in files:
        kinds, tags = installs_of(filename)
        for kind in kinds:
            platforms.setdefault((required, kind), set()).update(tags)
    places = {key: oldest_tags(tags) for key, tags in platforms.items()}
    if all(required == requires_python for required, _ in places):
        universal = places.get((requires_python, "wheel")) == ("any",)
        plain = all(is_summary(kind) and tags == ("any",) for (_, kind), tags in places.items())
        if universal or plain:
            return ()
    if (
        places.get((requires_python, "sdist"))
        and len({r for r, kind in places if kind == "sdist"}) == 1
    ):
        # It stands among the kinds of the release, with its limit.
        del places[requires_python, "sdist"]
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (required, kind), tags in places.items():
        if tags:
            alike.setdefault((required or "", tags), []).append(kind)
    if not alike:
        # Else it would look as if all of them could be installed anywhere.
        summed_up = {kind for filename, _ in files for kind in kinds_of(filename)}
        elsewhere = {k for k in summed_up if k != "sdist" and not is_for_other_systems(k)}
        return (FileGroup(tuple(sorted(elsewhere)), (OTHER,)),) if elsewhere else ()
    groups = sorted((sorted(kinds), tags, required) for (required, tags), kinds in alike.items())
    return tuple(
        FileGroup(tuple(kinds), tags, required or None) for kinds, tags, required in groups
    )


def _readable_limit(file: IndexFile, of_release: str | None) -> str | None:
    """What a file says itself of Pythons; where that cannot be read, what the release says."""
    try:
        parse_specifiers(file.requires_python or "")
    except ValueError:
        return of_release
    return file.requires_python or None


def _requires_python(files: Sequence[IndexFile]) -> str | None:
    """The first that can be read; raises `ValueError` if there are some, but none of them can."""
    complaint: ValueError | None = None
    for file in files:
        if not file.requires_python:
            continue
        try:
            parse_specifiers(file.requires_python)
        except ValueError as error:
            complaint = complaint or error
            continue
        return file.requires_python
    if complaint is not None:
        raise complaint
    return None


def _reason(files: Sequence[IndexFile]) -> bool | str:
    reasons = [file.yanked for file in files if isinstance(file.yanked, str)]
    return one_line(reasons[0], _MAX_REASON) if reasons else True
