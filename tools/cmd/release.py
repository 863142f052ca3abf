"""Releases one of our wheels: its version, its changelog, a commit and a tag; says what breaks for whom.

./pants run tools/cmd/release.py -- trace-baton --dry-run
./pants run tools/cmd/release.py -- trace-baton --part=minor
./pants run tools/cmd/release.py -- --tag=trace-baton-v0.2.0

Run it from the root of the repository, on main, with everything committed. Nothing is pushed: the tag
starts .github/workflows/release.yml when a person pushes it. `--tag` is for that workflow: it prints
what to package, if the tag is of what is committed.
"""

from __future__ import annotations

import argparse
import ast
import datetime
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

PARTS = ("major", "minor", "patch")
_HERE = Path()
_ROOTS = ("libs/shared", "tools/pants-plugins")
_ARTIFACT = re.compile(
    r'python_artifact\(\s*name="(?P<name>[^"]+)",\s*version="(?P<version>[^"]+)"'
)
_UNRELEASED = re.compile(r"^## Unreleased\n(?P<text>.*?)(?=^## |\Z)", re.M | re.S)
_QUOTED = re.compile(r'"([^"\n]+)"')


class CannotRelease(Exception):
    """Why there is no release, and what mends it."""


@dataclass(frozen=True)
class Wheel:
    """A distribution of ours, by the folder that its BUILD file and its changelog are in."""

    name: str
    version: Version
    folder: Path

    @property
    def address(self) -> str:
        return f"{self.folder.as_posix()}:dist"

    def tag(self, version: Version) -> str:
        return f"{self.name}-v{version}"


Run = Callable[[Sequence[str]], str]


def wheels(root: Path = _HERE) -> Mapping[str, Wheel]:
    """Name -> each distribution that the repository publishes."""
    found = {}
    for base in _ROOTS:
        for build in sorted((root / base).glob("*/BUILD")):
            match = _ARTIFACT.search(build.read_text())
            if match is not None:
                folder = build.parent.relative_to(root)
                found[match["name"]] = Wheel(match["name"], Version(match["version"]), folder)
    return found


def next_version(wheel: Wheel, tags: Sequence[str], part: str) -> Version:
    """The version of the release: as it stands if that was never tagged, else one part further.

    >>> str(next_version(Wheel("a", Version("0.1.0"), Path()), (), "minor"))
    '0.1.0'
    >>> str(next_version(Wheel("a", Version("0.1.4"), Path()), ("a-v0.1.4",), "minor"))
    '0.2.0'
    """
    if wheel.tag(wheel.version) not in tags:
        return wheel.version
    numbers = [wheel.version.major, wheel.version.minor, wheel.version.micro]
    at = PARTS.index(part)
    moved = [*numbers[:at], numbers[at] + 1, *[0] * (2 - at)]
    return Version(".".join(map(str, moved)))


def released_changelog(text: str, version: Version, today: datetime.date) -> str:
    """The changelog with what is unreleased under the version; raises `CannotRelease` if that is nothing."""
    found = _UNRELEASED.search(text)
    if found is None or not found["text"].strip():
        raise CannotRelease(
            "nothing stands under `## Unreleased`: say there what users will notice"
        )
    heading = f"## Unreleased\n\n## {version} ({today.isoformat()})\n"
    return text[: found.start()] + heading + found["text"] + text[found.end() :]


def with_version(text: str, wheel: Wheel, version: Version) -> str:
    """A page or BUILD file with the new version wherever it names the wheel's own."""
    text = _ARTIFACT.sub(
        lambda found: (
            found[0].replace(f'"{wheel.version}"', f'"{version}"')
            if found["name"] == wheel.name
            else found[0]
        ),
        text,
    )
    return text.replace(f"{wheel.name}=={wheel.version}", f"{wheel.name}=={version}")


def shut_out(wheel: Wheel, version: Version, builds: Mapping[Path, str]) -> tuple[str, ...]:
    """The requirements in our own BUILD files (path -> text) that do not admit the new version."""
    return tuple(
        f"{path.as_posix()}: {requirement} does not admit {version}"
        for path, text in builds.items()
        for requirement in _requirements(text)
        if canonicalize_name(requirement.name) == wheel.name
        and not requirement.specifier.contains(version, prereleases=True)
    )


def _requirements(text: str) -> Iterator[Requirement]:
    for quoted in _QUOTED.findall(text):
        try:
            yield Requirement(quoted)
        except InvalidRequirement:
            continue


def public_names(source: str) -> frozenset[str]:
    """What a module lists in `__all__`; nothing if it has none that can be read."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return frozenset()
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if node.targets[0].id == "__all__" and isinstance(node.value, (ast.List, ast.Tuple)):
                values = [each.value for each in node.value.elts if isinstance(each, ast.Constant)]
                return frozenset(str(value) for value in values)
    return frozenset()


def removed_names(wheel: Wheel, last: str | None, run: Run) -> tuple[str, ...]:
    """The public names that the last release had and this one has not."""
    module, *_ = [*sorted(Path(wheel.folder).glob("src/*/__init__.py")), None]
    if last is None or module is None:
        return ()
    try:
        before = run(("git", "show", f"{last}:{module.as_posix()}"))
    except CannotRelease:
        return ()
    return tuple(sorted(public_names(before) - public_names(module.read_text())))


def last_tag(wheel: Wheel, tags: Sequence[str]) -> str | None:
    """The tag of the newest release of a wheel."""
    prefix = f"{wheel.name}-v"
    versions = []
    for tag in tags:
        if tag.startswith(prefix):
            try:
                versions.append(Version(tag[len(prefix) :]))
            except InvalidVersion:
                continue
    return wheel.tag(max(versions)) if versions else None


def of_tag(tag: str, root: Path = _HERE) -> Wheel:
    """The wheel that a tag releases; raises `CannotRelease` unless it is as it is committed."""
    for wheel in wheels(root).values():
        if tag == wheel.tag(wheel.version):
            changelog = (root / wheel.folder / "CHANGELOG.md").read_text()
            if f"\n## {wheel.version} (" not in changelog:
                raise CannotRelease(f"{wheel.folder}/CHANGELOG.md has nothing of {wheel.version}")
            return wheel
    known = ", ".join(wheel.tag(wheel.version) for wheel in wheels(root).values())
    raise CannotRelease(f"{tag!r} is no tag of what is committed: expected one of {known}")


def run_program(command: Sequence[str]) -> str:
    """What a program prints; raises `CannotRelease` with its own words if it fails."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError as error:
        raise CannotRelease(f"{command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise CannotRelease(f"`{' '.join(command[:3])}` ended with {done.returncode}: {said[0]}")
    return done.stdout


def release(name: str, part: str, *, dry_run: bool, run: Run, today: datetime.date) -> None:
    """Makes the commit and the tag of a release.

    Raises `CannotRelease` before anything is written, or where git itself fails.
    """
    known = wheels()
    if name not in known:
        raise CannotRelease(f"{name!r} is no wheel of ours: expected one of {', '.join(known)}")
    wheel = known[name]
    if not dry_run and run(("git", "status", "--porcelain")).strip():
        raise CannotRelease("there is something that is not committed: commit or stash it first")
    tags = run(("git", "tag", "--list", f"{name}-v*")).split()
    version = next_version(wheel, tags, part)
    changelog = wheel.folder / "CHANGELOG.md"
    written = {changelog: released_changelog(changelog.read_text(), version, today)}
    for page in (wheel.folder / "BUILD", wheel.folder / "README.md"):
        if page.is_file():
            written[page] = with_version(page.read_text(), wheel, version)
    print(f"{name} {version}, after {last_tag(wheel, tags) or 'no other'}")
    _tell_what_breaks(wheel, version, last_tag(wheel, tags), run)
    if dry_run:
        return
    for path, text in written.items():
        path.write_text(text)
    tag = wheel.tag(version)
    run(("git", "commit", "--quiet", "-m", f"Release {name} {version}", "--", *map(str, written)))
    run(("git", "tag", "--annotate", "-m", f"{name} {version}", tag))
    print(f"Push it: git push --atomic origin main {tag}")
    print("Once it is uploaded, record the version in tools/cmd/published_names.py")


def _tell_what_breaks(wheel: Wheel, version: Version, last: str | None, run: Run) -> None:
    for public in removed_names(wheel, last, run):
        users = _importers(wheel, public, run)
        print(
            f"breaks: {public} is no longer public; {', '.join(users) or 'nobody here imports it'}"
        )
    builds = {path: path.read_text() for base in _ROOTS for path in Path(base).glob("*/BUILD")}
    for told in shut_out(wheel, version, builds):
        print(f"breaks: {told}")
    try:
        listed = run(("./pants", "--concurrent", "dependents", "--transitive", wheel.address))
    except CannotRelease as error:
        print(f"dependents: not known, because {error}")
        return
    folders = sorted({line.partition(":")[0] for line in listed.split()})
    print(f"dependents: {', '.join(folders[:20]) or 'none'}{' ...' if len(folders) > 20 else ''}")


def _importers(wheel: Wheel, public: str, run: Run) -> tuple[str, ...]:
    """The files outside of the wheel that name what is public of its package no more."""
    package = wheel.name.replace("-", "_")
    try:
        listed = run(("git", "grep", "-lwE", f"{package}.*{public}", "--", "*.py"))
    except CannotRelease:
        return ()
    return tuple(path for path in listed.split() if not path.startswith(f"{wheel.folder}/src"))


def main(arguments: list[str] | None = None, run: Run = run_program) -> int:
    """Returns 0 if it is released, or was told of; 1 with why not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("name", nargs="?", help="a wheel of ours")
    parser.add_argument(
        "--part", choices=PARTS, default="minor", help="which part of the version moves"
    )
    parser.add_argument("--dry-run", action="store_true", help="tell, and write nothing")
    parser.add_argument("--tag", help="print what to package for a tag")
    options = parser.parse_args(arguments)
    if (options.name is None) == (options.tag is None):
        parser.error("name a wheel, or a tag by --tag")
    try:
        if options.tag is not None:
            print(of_tag(options.tag).address)
        else:
            today = datetime.datetime.now(datetime.timezone.utc).date()
            release(options.name, options.part, dry_run=options.dry_run, run=run, today=today)
    except (CannotRelease, OSError) as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
