"""What uv says of a resolution that failed, in this plugin's words and with what mends it.

uv answers people who write a project; its advice is about options and files that a suite does not
have. Every sentence of it that is passed on is looked for here, and what is not known is passed on
as it is. https://docs.astral.sh/uv/concepts/resolution/
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping

from version_matrix.stanza.plain_text import plain

_NO_SOLUTION = "No solution found"
_WANTED_WHEEL = re.compile(r"^hint: Wheels are required for `([^`]+)`", re.M)
_UNREADABLE = re.compile(r"^WARN `(?P<name>[^`=]+)==(?P<version>[^`]+)` has (?P<why>.+)$", re.M)
_RETRIES = re.compile(r"^Request failed after \d+ retr(?:y|ies) in \S+\n(?=.)")
_FILTERED = re.compile(
    r"^hint: `(?P<name>[^`]+)` was filtered by `exclude-newer(?:-package)?` to only include "
    r"packages uploaded before (?P<time>\S+Z)\. The latest version satisfying the requirement is "
    r"v(?P<version>[^\s,]+?)(?P<uploaded>, published at \S+)?\. .*$",
    re.M,
)
# An account of more lines is told in one, and kept whole behind `matrix --explain`.
_LINES_AT_MOST = 4
# Of its project's settings, which no suite has, and what is told in our own words instead.
_ITS_OWN = re.compile(
    r"^hint: (?:While the active Python version is|The `requires-python` value|Wheels are required "
    r"for|Wheels are available for|The resolution failed for an environment).*\n?",
    re.M,
)
_SPLIT = re.compile(r"No solution found when resolving dependencies for split \([^:\n]*: (.*)\)")
# A name stands before its extras and its versions, and begins only where none of these is before it:
# so that no text is tried from each of its places.
_NAME = r"(?<![\w.,*+<>=!~-])(?P<name>[A-Za-z0-9][\w.-]*)"
_EXTRAS = r"(?:\[[^\[\]\s]*\])?"
_RANGE = r"[=<>!~][\w.,*+<>=!~|-]*"
_SYSTEM = re.compile(r"sys_platform == '(\w+)'")
_WHEELLESS = re.compile(
    rf"{_NAME}{_EXTRAS}(?P<range>{_RANGE})? has no (?:usable wheels|`[^`]*`-compatible wheels"
    r"|wheels with a matching[^.;]{0,200}?(?= and | we |$))"
)
_PYTHON_FLOOR = re.compile(
    rf"{_NAME}(?P<range>{_RANGE})? depends on Python(?P<python>[=<>!~][^\s,]*(?:,[=<>!~][^\s,]*)*)"
)
_LIMITED = rf"(?<![\w.-])[A-Za-z0-9][\w.-]*{_EXTRAS}[=<>!~][^\s]*"
_WANTS = re.compile(
    rf"{_NAME}{_EXTRAS}(?P<range>{_RANGE})? depends on "
    # What comes behind the last `and` may be the next that depends on something.
    rf"(?P<wanted>{_LIMITED}(?:,? and {_LIMITED}(?=\s|$)(?! depends on))*)"
)
_REQUIREMENT = re.compile(rf"{_LIMITED}(?<![,.])")
_PINNED = re.compile(r"you require (?P<name>[A-Za-z0-9][\w.-]*)(?P<range>[<>!~=][^\s]*[^\s,.])")
_ASKED = re.compile(r"you require (\S+?)(?=,? and |, we |\.$|$)", re.M)
_BUILD_FAILED = re.compile(r"^error: Failed to (?:download and )?build `(?P<release>[^`]+)`", re.M)
_UNREACHED = re.compile(r"^(?:Failed to fetch|Request failed)", re.M)
# What stands behind a name: of which Pythons and systems it is said.
_MARKER = re.compile(r"(?<=[\w\]])\{[^{}]*\}")
_CLUE = re.compile(r"\{python_full_version [<>=!]+ '[\d.*]+'\}")
_ABSENT = re.compile(r"(?<![\w.-])(?P<name>[\w.-]+) was not found in the package registry")


@dataclass(frozen=True)
class Failure:
    """Why there is no lock.

    `reason` is for people; `derivation` is uv's whole account of it. It is a `clash` where what is
    asked for has no solution, and not the index that failed. `platform` is the system
    (`sys_platform`) that has none, if uv told one; `wheelless` has project and version of releases
    that only want a wheel, of which the version is the lowest that would do. `python` is what a release
    asks of Python, where that is all that is wanting: its requirement, and the specifier.
    """

    reason: str
    derivation: str = ""
    clash: bool = False
    platform: str | None = None
    wheelless: tuple[tuple[str, str], ...] = ()
    python: tuple[str, str] | None = None


def failure(stderr: str) -> Failure:
    """What uv's standard error says of a failure."""
    # Names and builds of others have a part in it, and what is recorded of it is shown on terminals.
    stderr = plain(stderr)
    account = _plain(stderr)
    told = without_clues(account)
    unbuilt = _BUILD_FAILED.search(stderr)
    if unbuilt and not _UNREACHED.search(told):
        # Not the index has failed, but what the suite lets be built. What a build prints has paths of
        # this machine, and is recorded nowhere.
        return Failure(_unbuilt(unbuilt["release"], told), clash=True)
    if not told.startswith(_NO_SOLUTION):
        return Failure(account)
    split = _SPLIT.match(told)
    wheelless = _wheelless(told, set(_WANTED_WHEEL.findall(stderr)))
    system = _SYSTEM.search(split[1]) if split else None
    return Failure(
        reason=_reason(told, wheelless) or _short(account),
        derivation=_without_title(account),
        clash=True,
        platform=system[1] if system else None,
        wheelless=wheelless,
        python=_python(told),
    )


def wants(reason: str, releases: Mapping[str, str]) -> str:
    """A reason on one line, of which only what a release wants is told, if it is told there.

    `django-filter 25.1 wants django>=4.2`, where uv says "django-filter>=25.1 depends on django>=4.2"
    and these `releases` are asked for (normalized project -> version).
    """
    found = []
    for match in _WANTS.finditer(reason):
        name, limits = match["name"], match["range"] or ""
        release = f"{name} {releases[name]}" if name in releases else f"{name}{limits}"
        for wanted in _REQUIREMENT.finditer(match["wanted"]):
            found.append(f"{release} wants {wanted[0]}")
    asked = [
        f"{match['name']}{match['range']} is asked for"
        for match in _PINNED.finditer(reason)
        if match["name"] not in releases
    ]
    return "; ".join(dict.fromkeys((*found, *asked))) if found else " ".join(reason.split())


def unreadable(stderr: str) -> dict[tuple[str, str], str]:
    """Project and version of each release that uv passed over -> what is wrong with it."""
    return {
        (match["name"], match["version"]): match["why"] for match in _UNREADABLE.finditer(stderr)
    }


def missed(project: str, version: str, why: str) -> str:
    """What to tell of a release that would have been taken, had its wheel been read."""
    return (
        f"the wheel of {project} {version} could not be read: it has {why}. Run again once the "
        f"index gives it out whole; if it never does, rule it out: `{project}!={version}`."
    )


def no_wheel(projects: list[str]) -> str:
    """What to tell where nothing but wheels is wanting."""
    named = ", ".join(sorted(projects))
    listed = ", ".join(f'"{name}"' for name in sorted(projects))
    return (
        f"no release of {named} that fits has a wheel. To have it built, which runs its code, say "
        f"`sdists=[{listed}]`; else leave the Python out (`python`), or raise the floor."
    )


def _reason(told: str, wheelless: tuple[tuple[str, str], ...]) -> str | None:
    """What a failure is, where it is one of those that are known; `told` has no clues."""
    absent = _ABSENT.search(told)
    if absent:
        return f"{absent['name']} is not on the index"
    limit = _python(told)
    if limit:
        return (
            f"{limit[0]} needs Python {limit[1]}: limit the suite by "
            f'`python={{"*": "{limit[1]}"}}`, or the requirement by a rule'
        )
    if wheelless:
        return no_wheel([name for name, _ in wheelless])
    return None


def _short(told: str) -> str:
    account = _without_title(told)
    lines = account.splitlines()
    if len(lines) <= _LINES_AT_MOST:
        return account
    hints = [line for line in lines if line.startswith("hint: ")]
    return "\n".join([_in_short(account), *hints])


def _python(told: str) -> tuple[str, str] | None:
    floor = _PYTHON_FLOOR.search(told)
    if not floor or "requested Python version" not in told:
        return None
    return f"{floor['name']}{floor['range'] or ''}", floor["python"]


def _without_title(told: str) -> str:
    """uv's account without what is the same in all of them."""
    lines = told.splitlines()
    return "\n".join(lines[1:]) if len(lines) > 1 else told


def _in_short(account: str) -> str:
    """What of all that was asked for has no solution together."""
    asked = list(dict.fromkeys(_ASKED.findall(without_clues(account))))
    if not asked:
        return account.splitlines()[0]
    return f"no releases agree with all of {', '.join(asked)} (see `matrix --explain`)"


def _unbuilt(release: str, told: str) -> str:
    # What a build says last is what it ended with.
    last = [line for line in told.splitlines() if not line.startswith("hint: ")][-1]
    return f"{release} has no wheel, and cannot be built from source: {last}"


def _wheelless(told: str, wanted: set[str]) -> tuple[tuple[str, str], ...]:
    """The projects that uv would have built, each with the lowest version that it named."""
    found = dict.fromkeys(sorted(wanted), "")
    for match in _WHEELLESS.finditer(told):
        version = re.match(r"(?:==|>=|<=)(\d[\w.!+]*)", match["range"] or "")
        if version and found.get(match["name"]) == "":
            found[match["name"]] = version[1]
    return tuple(found.items())


def _plain(stderr: str) -> str:
    """uv's words as plain lines, without the markers it repeats after every name, and its own advice."""
    lines = [line.rstrip() for line in stderr.splitlines() if line.strip()]
    start = next((at for at, line in enumerate(lines) if line.startswith("error:")), 0)
    told = "\n".join(re.sub(r"^(error|\s*cause): ", "", line).strip() for line in lines[start:])
    told = _FILTERED.sub(_filtered, _RETRIES.sub("", told))
    told = _ITS_OWN.sub("", f"{told}\n").strip()
    return _MARKER.sub(_clue, told) or "uv failed without a word"


def _clue(marker: "re.Match[str]") -> str:
    """A marker that uv repeats after every name; kept where it tells in a word which Python is meant."""
    return marker[0] if _CLUE.fullmatch(marker[0]) else ""


def without_clues(told: str) -> str:
    """An account in which each name is followed by its versions."""
    return _MARKER.sub("", told)


def _filtered(hint: "re.Match[str]") -> str:
    name, version, exempt = hint["name"], hint["version"], "[version-matrix].cooldown_exempt"
    if hint["uploaded"]:
        return (
            f"hint: {name} {version} was uploaded after {hint['time']}, and cools down. Wait, or "
            f"name {name} in {exempt}."
        )
    return (
        f"hint: when {name} {version} was uploaded is not known, so that it never cools down. Name "
        f"{name} in {exempt}, if nobody else can upload it."
    )
