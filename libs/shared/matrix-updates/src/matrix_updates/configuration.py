"""`[tool.matrix-updates]` of `pyproject.toml`, and the resolves that `pants.toml` names.

Both are read from the base branch, by `prepare` and by `publish`: what they allow is decided by
what was reviewed, and by nothing in a proposal.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field, fields
from typing import Any, Dict, Mapping, Optional, Tuple

from matrix_updates.errors import BadConfiguration

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = "[tool.matrix-updates]"
_GROUP = re.compile(r"[a-z0-9][a-z0-9-]{0,50}")
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,80}")
_RESERVED = frozenset({"main-lock", "tool-locks"})


@dataclass(frozen=True)
class Configuration:
    """What a repository says of its updates; everything has a default."""

    #: The branch that proposals are made for.
    base: str = "main"
    #: What starts Pants, in the root of the repository.
    pants: str = "./pants"
    #: What the branches of proposals begin with: all such branches belong to this program.
    branch_prefix: str = "matrix-updates/"
    #: How many requests may be open at once.
    open_at_once: int = 10
    #: `gh` or `glab`.
    forge: str = "gh"
    #: That a request opened with the credentials of `publish` starts CI.
    starts_ci: bool = False
    #: Name of a group -> patterns of suites, packages and locks that make one proposal.
    groups: Mapping[str, Tuple[str, ...]] = field(default_factory=dict)
    #: Resolves whose locks are left alone.
    ignored_locks: Tuple[str, ...] = ()
    #: How Pants is told to make the lock of `{resolve}` anew.
    lock_command: Tuple[str, ...] = (
        "--hash-locks-upgrade=all",
        "generate-lockfiles",
        "--resolve={resolve}.lock",
    )
    #: What lets `{project}` skip the cool-down of locks, one such argument for each; empty for nothing.
    lock_exempt: Tuple[str, ...] = ("--hash-locks-cooldown-exempt=+['{project}']",)
    #: What Pants runs on a new lock: of what ships what it can have changed since `{base}`, of tools
    #: whatever they look at. Empty for nothing; then the proposal is never green.
    lock_tests: Tuple[str, ...] = ("--changed-since={base}", "test")
    tool_lock_tests: Tuple[str, ...] = ("lint", "check", "::")
    #: Pages with a support table that is generated from results.
    support_tables: Tuple[str, ...] = ()
    #: Tiers whose red cells leave a request ready.
    not_blocking: Tuple[str, ...] = ("prerelease", "trial")
    #: Whether advisories are asked for; `urgent` lets a fix of one skip the cool-down.
    advisories: bool = True
    urgent: bool = True
    #: The resolves and their locks, and which of them is for what ships, from pants.toml.
    locks: Mapping[str, str] = field(default_factory=dict)
    main_resolve: Optional[str] = None


def parse(pyproject: Optional[str], pants_toml: Optional[str]) -> Configuration:
    """The configuration of a repository from the texts of the two files, None for one it lacks.

    Raises `BadConfiguration` that names the key.
    """
    table = _table(_load(pyproject, "pyproject.toml").get("tool", {}), "matrix-updates", TABLE)
    python = _table(_load(pants_toml, "pants.toml"), "python", "[python] of pants.toml")
    defaults = Configuration()
    known = {each.name: getattr(defaults, each.name) for each in fields(Configuration)}
    for derived in ("locks", "main_resolve"):
        del known[derived]
    values: Dict[str, Any] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in known:
            expected = ", ".join(sorted(each.replace("_", "-") for each in known))
            raise BadConfiguration(f"{TABLE} has no key {key!r}: expected one of {expected}")
        values[name] = _like(known[name], value, f"{TABLE} {key}")
    if "lock_command" in values:
        # Another command need not know the option.
        values.setdefault("lock_exempt", ())
    main, locks = python.get("default_resolve"), python.get("resolves", {})
    if isinstance(locks, dict):
        values["locks"] = {str(name): str(path) for name, path in sorted(locks.items())}
    values["main_resolve"] = main if isinstance(main, str) else None
    return _checked(Configuration(**values))


def _checked(found: Configuration) -> Configuration:
    for name in ("base", "branch_prefix"):
        value = getattr(found, name)
        if not _BRANCH.fullmatch(value) or ".." in value or "//" in value:
            key = name.replace("_", "-")
            raise BadConfiguration(f"{TABLE} {key}: {value!r} is no name of a branch")
    if not found.branch_prefix.endswith("/"):
        raise BadConfiguration(f"{TABLE} branch-prefix: expected it to end with /")
    if found.forge not in ("gh", "glab"):
        raise BadConfiguration(f"{TABLE} forge: {found.forge!r} is neither gh nor glab")
    if found.open_at_once < 1:
        raise BadConfiguration(f"{TABLE} open-at-once: expected at least 1")
    for name in found.groups:
        if not _GROUP.fullmatch(name) or name in _RESERVED:
            raise BadConfiguration(
                f"{TABLE} groups: {name!r} is no name of a group: expected lower-case letters, "
                f"digits and -, and none of {', '.join(sorted(_RESERVED))}"
            )
    return found


def _like(default: Any, value: Any, where: str) -> Any:
    """The value in the type of the default; raises `BadConfiguration`."""
    if isinstance(default, bool) or isinstance(value, bool):
        if isinstance(default, bool) and isinstance(value, bool):
            return value
    elif isinstance(default, tuple):
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        raise BadConfiguration(f"{where}: expected a list of texts")
    elif isinstance(default, Mapping):
        if isinstance(value, dict):
            return {name: _like((), each, f"{where} {name}") for name, each in value.items()}
    elif isinstance(value, type(default)):
        return value
    raise BadConfiguration(f"{where}: expected a value like {default!r}")


def _load(text: Optional[str], name: str) -> Mapping[str, Any]:
    if text and text.startswith("\ufeff"):
        raise BadConfiguration(
            f"{name} begins with a byte-order mark, which TOML does not know: save it as UTF-8 without one"
        )
    try:
        return tomllib.loads(text or "")
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration(f"{name} cannot be read: {error}") from None


def _table(document: Any, key: str, where: str) -> Mapping[str, Any]:
    table = document.get(key, {}) if isinstance(document, Mapping) else {}
    if not isinstance(table, Mapping):
        raise BadConfiguration(f"{where}: expected a table")
    return table
