"""The snapshot as a file: `releases.jsonl`, one release a line, the same bytes for the same releases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from release_sampler.basis.model import ACTIVE, FileGroup, Release, Snapshot, Status, make_snapshot
from release_sampler.basis.pythons import by_age
from release_sampler.basis.specifiers import parse_specifiers, parse_version
from release_sampler.basis.times import format_time, parse_time

_ANY = ("any",)
_FIELDS = {
    "version",
    "uploaded",
    "requires_python",
    "pythons",
    "yanked",
    "files",
    "problem",
    "groups",
    "requires",
}


def write_snapshot(snapshot: Snapshot) -> str:
    """Write a snapshot as JSON lines: keys sorted, what is unknown left out, no URLs.

    A project that is not simply active has a line of its own before all releases.
    """
    lines = [_to_json(release) for release in snapshot.releases]
    if snapshot.status != ACTIVE:
        lines.insert(0, _status_to_json(snapshot.status))
    return "".join(json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n" for line in lines)


def read_snapshot(text: str, package: str) -> Snapshot:
    """Read what `write_snapshot` wrote; raises `ValueError` that names the line if it is anything else."""
    releases: list[Release] = []
    status = ACTIVE
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            data = json.loads(line)
            if number == 1 and isinstance(data, dict) and "status" in data:
                status = _status_from_json(data)
            else:
                releases.append(_from_json(data))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"line {number}: {error}") from error
    versions = [release.version for release in releases]
    if len(set(versions)) < len(versions):
        twice = next(version for version in versions if versions.count(version) > 1)
        raise ValueError(f"release {twice} is there twice")
    return make_snapshot(package, releases, status)


def _status_to_json(status: Status) -> dict[str, Any]:
    data = {"status": status.name}
    return {**data, "reason": status.reason} if status.reason else data


def _status_from_json(data: Mapping[str, object]) -> Status:
    unknown = sorted(set(data) - {"status", "reason"})
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r} beside a status")
    return Status(_text(data, "status") or ACTIVE.name, _text(data, "reason") or None)


def _to_json(release: Release) -> dict[str, Any]:
    data: dict[str, Any] = {"version": release.version, "files": list(release.files)}
    if release.uploaded is not None:
        data["uploaded"] = format_time(release.uploaded)
    if release.requires_python is not None:
        data["requires_python"] = release.requires_python
    if release.pythons is not None:
        data["pythons"] = list(release.pythons)
    if release.yanked:
        data["yanked"] = release.yanked
    if release.problem is not None:
        data["problem"] = release.problem
    if release.requires is not None:
        data["requires"] = list(release.requires)
    if release.groups:
        data["groups"] = [_group_to_json(group, release) for group in release.groups]
    return data


def _group_to_json(group: FileGroup, release: Release) -> dict[str, Any]:
    """Left out are `platforms` that are any, and a `requires_python` that is the release's."""
    data: dict[str, Any] = {"kinds": list(group.kinds)}
    if group.platforms != _ANY:
        data["platforms"] = list(group.platforms)
    if group.requires_python != release.requires_python:
        data["requires_python"] = group.requires_python or ""
    return data


def _from_json(data: object) -> Release:
    if not isinstance(data, dict):
        raise ValueError("expected a JSON object")
    unknown = sorted(set(data) - _FIELDS)
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r}")
    version = _text(data, "version")
    if version is None:
        raise ValueError("version is missing")
    problem = _text(data, "problem")
    if problem is None:
        parse_version(version)
    requires_python = _text(data, "requires_python")
    if problem is None and requires_python is not None:
        parse_specifiers(requires_python)
    uploaded = _text(data, "uploaded")
    yanked = data.get("yanked", False)
    if not isinstance(yanked, (bool, str)):
        raise ValueError("yanked: expected true or a reason")
    pythons = _texts(data, "pythons")
    return Release(
        version=version,
        uploaded=None if uploaded is None else parse_time(uploaded),
        requires_python=requires_python,
        pythons=None if pythons is None else by_age(pythons),
        yanked=yanked,
        files=_texts(data, "files") or (),
        problem=problem,
        groups=tuple(_groups(data, requires_python)),
        requires=_texts(data, "requires"),
    )


def _groups(data: Mapping[str, object], requires_python: str | None) -> Iterator[FileGroup]:
    groups = data.get("groups", [])
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise ValueError("groups: expected a list of JSON objects")
    for group in groups:
        unknown = sorted(set(group) - {"kinds", "platforms", "requires_python"})
        if unknown:
            raise ValueError(f"groups: unknown field {unknown[0]!r}")
        required = _text(group, "requires_python")
        if required:
            parse_specifiers(required)
        yield FileGroup(
            kinds=_texts(group, "kinds") or (),
            platforms=_texts(group, "platforms") or _ANY,
            requires_python=requires_python if required is None else required or None,
        )


def _text(data: Mapping[str, object], field: str) -> str | None:
    value = data.get(field)
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{field}: expected a text")


def _texts(data: Mapping[str, object], field: str) -> tuple[str, ...] | None:
    value = data.get(field)
    if value is None:
        return None
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise ValueError(f"{field}: expected a list of texts")
