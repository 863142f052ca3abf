"""The lock file of images: what it says, whether it says it right, and who uses it.

A line is `NAME_IMAGE=REPOSITORY:TAG[@sha256:DIGEST]`, so that `docker compose --env-file` reads the
file as it is and a Dockerfile takes an image as the build argument of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

LOCK = Path("infra/images.lock")
PIN = "./pants run tools/cmd/images.py -- pin"

_NAME = re.compile(r"[A-Z][A-Z0-9_]*_IMAGE")
# https://github.com/distribution/reference: what can follow a repository, and which digests count.
_REFERENCE = re.compile(
    r"(?P<repository>[a-z0-9][a-z0-9._/:-]*?):(?P<tag>\w[\w.-]{0,127})(?:@(?P<digest>.*))?"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ARGUMENT = re.compile(r"^[ \t]*ARG[ \t]+(\w+_IMAGE)\b(=?)", re.MULTILINE | re.IGNORECASE)
_FROM = re.compile(
    r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(?P<image>\S+)(?:[ \t]+AS[ \t]+(?P<stage>\S+))?[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::\?[^}]*)?\}")


class ImageLockError(Exception):
    """The lock cannot be used: names the line and what was expected."""


@dataclass(frozen=True)
class Image:
    """One line of the lock.

    Attributes:
        name: what Dockerfiles and compose.yaml call it, such as `PYTHON_IMAGE`.
        tagged: repository and tag.
        digest: `sha256:` and 64 hex digits; None while nobody has looked it up.
    """

    name: str
    tagged: str
    digest: str | None = None

    @property
    def reference(self) -> str:
        """What to give to Docker."""
        return self.tagged if self.digest is None else f"{self.tagged}@{self.digest}"


def parse(text: str, path: Path = LOCK) -> dict[str, Image]:
    """Name -> image; raises `ImageLockError` at the first line that is wrong."""
    images: dict[str, Image] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            image = _parse_line(line)
        except ImageLockError as error:
            raise ImageLockError(f"{path}:{number}: {error}") from None
        if image.name in images:
            raise ImageLockError(f"{path}:{number}: {image.name} is there twice")
        images[image.name] = image
    return images


def _parse_line(line: str) -> Image:
    name, _, reference = line.partition("=")
    if not _NAME.fullmatch(name):
        raise ImageLockError(f"expected NAME_IMAGE=REPOSITORY:TAG@sha256:DIGEST, found {line!r}")
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ImageLockError(
            f"{name}: expected REPOSITORY:TAG[@sha256:DIGEST], found {reference!r}"
        )
    digest = match["digest"]
    if match["tag"] == "latest":
        raise ImageLockError(f"{name}: the tag `latest` says nothing; name a version")
    if digest is not None and not is_digest(digest):
        raise ImageLockError(
            f"{name}: {digest!r} is no digest; expected sha256: and 64 hex digits. Remove it from "
            f"the line and run `{PIN}`."
        )
    return Image(name, f"{match['repository']}:{match['tag']}", digest)


def is_digest(text: str) -> bool:
    """Whether `text` is a digest as images have them."""
    return _DIGEST.fullmatch(text) is not None


def pinned(text: str, digests: Mapping[str, str]) -> str:
    """The text of the lock with these digests, by name; every other line as it was."""
    lines = []
    for line in text.splitlines():
        name = line.partition("=")[0]
        if name in digests:
            line = f"{name}={replace(_parse_line(line), digest=digests[name]).reference}"
        lines.append(line)
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Use:
    """What one file takes images from.

    Attributes:
        path: the file.
        names: the names of the lock that it refers to.
        problems: what it says that goes around the lock, a sentence each.
    """

    path: Path
    names: frozenset[str]
    problems: tuple[str, ...] = ()


def dockerfile_use(path: Path, text: str) -> Use:
    """What a Dockerfile builds on: each `FROM` an argument without default, or an earlier stage."""
    text = text.replace("\\\n", " ")
    problems = [
        f"{path}: ARG {name} has a default; leave it to the lock"
        for name, default in _ARGUMENT.findall(text)
        if default
    ]
    declared = {name for name, _ in _ARGUMENT.findall(text)}
    stages: set[str] = set()
    names: set[str] = set()
    for match in _FROM.finditer(text):
        variable = _VARIABLE.fullmatch(match["image"])
        if variable is not None and variable["name"] in declared:
            names.add(variable["name"])
        elif match["image"].lower() not in stages and match["image"] != "scratch":
            problems.append(f"{path}: FROM {match['image']} is not an ARG ..._IMAGE of the lock")
        if match["stage"]:
            stages.add(match["stage"].lower())
    return Use(path, frozenset(names), tuple(problems))


def compose_use(path: Path, text: str) -> Use:
    """What the services of a Compose file run: each image a `${..._IMAGE:?...}`, and none built."""
    try:
        services = yaml.safe_load(text)["services"].items()
    except (yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        return Use(path, frozenset(), (f"{path} is not a Compose file: {error!r}",))
    names: set[str] = set()
    problems = []
    for service, fields in services:
        image = fields.get("image", "")
        variable = _VARIABLE.fullmatch(image)
        if variable is not None:
            names.add(variable["name"])
        else:
            problems.append(
                f"{path}: {service}: image {image!r} is not a ${{..._IMAGE}} of the lock"
            )
    return Use(path, frozenset(names), tuple(problems))


@dataclass(frozen=True)
class Findings:
    """What is wrong, and what is merely not done yet; a sentence each."""

    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def check(images: Mapping[str, Image], uses: Iterable[Use]) -> Findings:
    """Compares the lock with what is used.

    An image without a digest is a warning and no error: where no registry can be reached nobody can
    look it up, and a digest must never be made up.
    """
    uses = tuple(uses)
    errors = [problem for use in uses for problem in use.problems]
    errors += [
        f"{use.path}: {name} is not in {LOCK}"
        for use in uses
        for name in sorted(use.names - images.keys())
    ]
    used = frozenset[str]().union(*(use.names for use in uses))
    errors += [f"{LOCK}: nothing uses {name}" for name in sorted(images.keys() - used)]
    warnings = [
        f"{image.tagged} ({image.name}) is not pinned. To pin it, run `{PIN} {image.name}`."
        for image in images.values()
        if image.digest is None
    ]
    return Findings(tuple(errors), tuple(warnings))
