"""Which wheels are installed by one process: those that stand together in all locks of a suite.

To start a process costs more than to install most wheels. Whatever stands in the same cells is wanted by
all of them or by none, so that nothing is installed twice, or in vain, for being installed together.
"""

from __future__ import annotations

from typing import Collection, Iterable, Mapping, Sequence

from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.cells.lock_entries import LockEntry, applying
from version_matrix.cells.requests import MarkersRequest, SuitePins, SuitePinsRequest
from version_matrix.disk.merge_base import is_conflicted
from version_matrix.stanza.lock_file import body, recorded_pythons

# What pytest brings stands in the locks of all suites, which so share it.
_OF_PYTEST = frozenset(
    ("exceptiongroup", "iniconfig", "packaging", "pluggy", "pygments", "pytest", "tomli")
)


def installed_together(
    found: Iterable[LockEntry], locks: Mapping[str, Sequence[str]], sdists: Collection[str]
) -> tuple[tuple[LockEntry, ...], ...]:
    """The entries of a lock, those together that one process installs.

    `locks` says in which locks a pin stands. Of what may be built each is by itself, as is what stands
    in none of them.
    """
    groups: dict[object, list[LockEntry]] = {}
    for entry in found:
        stands_in = locks.get(entry.requirement)
        alone = stands_in is None or entry.project in sdists
        key = entry.project if alone else (stands_in, entry.project in _OF_PYTEST)
        groups.setdefault(key, []).append(entry)
    return tuple(map(tuple, groups.values()))


@rule(level=LogLevel.DEBUG)
async def read_suite_pins(request: SuitePinsRequest) -> SuitePins:
    markers = await engine.markers(MarkersRequest(request.python))
    found: dict[str, list[str]] = {}
    for path, content in sorted((await engine.read_files([f"{request.folder}/*.lock"])).items()):
        lock = content.decode(errors="replace")
        if is_conflicted(content) or request.minor not in recorded_pythons(lock):
            continue
        for entry in applying(body(lock), markers.values):
            found.setdefault(entry.requirement, []).append(path)
    return SuitePins(FrozenDict({pin: tuple(paths) for pin, paths in found.items()}))


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
