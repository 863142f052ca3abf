"""Where external requirements may be said, and what published libraries may require.

Pure: paths and requirements in, violations out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Callable, Iterable, Mapping

from packaging.requirements import InvalidRequirement, Requirement

from hash_locks.forks import url_of

# These hold requirements whatever is in them: some by their whole name; and of texts those with such
# a word in their name, or below a folder of that name.
_WHOLE_NAME = re.compile(
    r"Pipfile(?:\.lock)?|pixi\.(?:lock|toml)|pylock(?:\..+)?\.toml|conda-lock\.ya?ml"
)
_WORDS = frozenset(("requirements", "reqs", "constraints"))
_WITH_WORD = re.compile(r"(?:^|[-_.])(?:requirements|reqs|constraints)")
_SETUPTOOLS = re.compile(r"\b(?:install_requires|setup_requires|tests_require|extras_require)\b")
_LOCKED = re.compile(r"^\[\[package\]\]", re.MULTILINE)
_CONDA = re.compile(r"^dependencies(?=:)", re.MULTILINE)

_TOML_TABLE = re.compile(r"\[\[?([^\[\]]+)\]\]?\s*(?:#.*)?")
_TOML_PAIR = re.compile(r"(?P<key>[\w.\"'-]+(?:\s+[\w.\"'-]+)*)\s*=(?!\s*(?:\[\s*\]|\{\s*\}))")
_TOML_REQUIREMENTS = re.compile(
    r"(?:^|\.)(?:[\w-]+-)?(?:dependencies|dependency-groups)(?:\.|$)|^build-system\.requires$"
)


@dataclass(frozen=True)
class Policy:
    """Where what is said, as folders relative to the root.

    Attributes:
        home: the one place of requirements.
        published: what is below it is published, and may require no fork.
        locks: those of Pants' resolves, in whatever format: they say nothing that is not said at home.
    """

    home: str
    published: str
    locks: frozenset[str] = frozenset()

    def misplaced_files(self, paths: Iterable[str]) -> tuple[str, ...]:
        """A violation for each file outside 3rdparty that is one of requirements by its name."""
        return tuple(
            f"{path}: requirements are said in {self.home}/*.in only. Move them there and remove the file."
            for path in sorted(paths)
            if _is_of_requirements(path) and not self._may_be_there(path)
        )

    def may_name_requirements(self, path: str) -> bool:
        """Whether it takes the text of a file outside 3rdparty to tell if it names requirements."""
        return _reader(path) is not None and not self._may_be_there(path)

    def _may_be_there(self, path: str) -> bool:
        return _within(path, self.home) or path in self.locks

    def misplaced_requirements(self, path: str, text: str) -> str | None:
        """The violation of a file that `may_name_requirements` and does."""
        reader = _reader(path)
        found = reader(text) if reader else None
        if found is None:
            return None
        return f"{path}: requirements are said in {self.home}/*.in only. Move there what `{found}` names."

    def misplaced_target(self, address: str, folder: str) -> str | None:
        """The violation of a requirement target (`python_requirement` and its generators) in a folder."""
        if _within(folder, self.home):
            return None
        return (
            f"{address}: requirements are said in {self.home}/*.in only. Add it there with its reason; "
            "imports find it by themselves."
        )

    def unused_file(self, path: str) -> str:
        """The violation of an input of the main lock that no target reads."""
        name = path.rpartition("/")[2]
        return (
            f"{path}: no import finds what it names. Add `python_requirements("
            f'name="{name[: -len(".in")]}", source="{name}")` to {self.home}/BUILD.'
        )

    def stated_requirements(self, address: str, metadata: Mapping[str, object]) -> str | None:
        """The violation of a `python_artifact` that names what its wheel requires, extras aside."""
        stated = [key for key in ("install_requires", "setup_requires") if metadata.get(key)]
        if not stated:
            return None
        return (
            f"{address}: `{stated[0]}` is a second home of requirements. Remove it: a wheel requires what "
            f"its code imports, as {self.home}/*.in have it."
        )

    def published_url(self, where: str, requirement: str) -> str | None:
        """The violation of a direct reference in what a published library requires."""
        if url_of(requirement) is None:
            return None
        return (
            f"{where}: a published wheel cannot require `{requirement}`: PyPI refuses direct references. "
            f"Require a release, or keep the code that needs the fork out of {self.published}."
        )

    def is_published(self, folder: str) -> bool:
        """Whether what lies in a folder is published."""
        return _within(folder, self.published)


def _is_of_requirements(path: str) -> bool:
    """Whether a file holds requirements, by its name."""
    *folders, name = path.split("/")
    if _WHOLE_NAME.fullmatch(name):
        return True
    return name.endswith(".txt") and bool(_WITH_WORD.search(name) or _WORDS.intersection(folders))


def _reader(path: str) -> Callable[[str], str | None] | None:
    """What finds requirements in a file of this name, and returns how the file introduces them."""
    name = path.rpartition("/")[2]
    if name.endswith(".in"):
        return _first_requirement
    if name == "pyproject.toml":
        return _first_toml_key
    if name in ("setup.py", "setup.cfg"):
        return partial(_first_match, _SETUPTOOLS)
    if name in ("pdm.lock", "poetry.lock", "uv.lock"):
        return partial(_first_match, _LOCKED)  # Else a lock of ours may have such a name.
    if re.fullmatch(r"environment\b.*\.ya?ml", name):
        return partial(_first_match, _CONDA)
    return None


def _first_requirement(text: str) -> str | None:
    """The first line of a file for pip-compile; templates have the same suffix and other lines."""
    lines = [re.split(r"(?:^|\s)#", line)[0].strip(" \t\\") for line in text.splitlines()]
    told = [line for line in lines if line]
    return told[0] if told and all(map(_for_pip, told)) else None


def _for_pip(line: str) -> bool:
    try:
        Requirement(line)
    except InvalidRequirement:
        return line.startswith("-") or url_of(line) is not None
    return True


def _first_toml_key(text: str) -> str | None:
    # Pants' Python has no parser of today's TOML: lines tell enough.
    table = ""
    for line in map(str.strip, text.splitlines()):
        header, pair = _TOML_TABLE.fullmatch(line), _TOML_PAIR.match(line)
        if header:
            table = header[1]
        elif pair:
            key = re.sub(r"[\s\"']", "", f"{table}.{pair['key']}").lstrip(".")
            if _TOML_REQUIREMENTS.search(key):
                return key
    return None


def _first_match(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[0] if match else None


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
