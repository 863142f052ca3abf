"""What a suite's stanza would have to say so that no cell is unresolvable, found by trying.

Each cause is given its likeliest remedy, all of them are tried at once by bringing the suite up to
date in memory, and what has not helped gives way to the next. The last is a known failure, which says
in the stanza what cannot be had. No sdist is built unless that is asked for: a remedy that would build
one is tried as if it were a wheel, which locking has done already.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Iterable, Iterator, Mapping, Sequence

from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.docutil import bin_name
from pants.util.logging import LogLevel
from pants.util.strutil import pluralize

from version_matrix import engine
from version_matrix.generate.combined_remedies import cause
from version_matrix.generate.edits import (
    BuildProjects,
    Cell,
    Edit,
    ExpectFailure,
    Fields,
    LimitPython,
    fields_of,
    with_fields,
)
from version_matrix.generate.remedies import remedies
from version_matrix.generate.requests import (
    Suggestion,
    SuggestionRequest,
    SuiteUpdate,
    Unlocked,
)
from version_matrix.progress.requests import Step
from version_matrix.stanza import samples_file
from version_matrix.stanza.samples_file import SAMPLES_FILE
from version_matrix.stanza.suite import Suite

_TRIALS = 12


@dataclasses.dataclass
class Search:
    """What was chosen so far, what has not helped and why, and what would have to be built."""

    chosen: list[Edit]
    useless: dict[Edit, str]
    unbuilt: list[BuildProjects]

    def fields(self, before: Fields, new: Sequence[Edit] = ()) -> Fields:
        """The fields of the stanza with what was chosen."""
        fields = before
        for remedy in (*self.chosen, *new):
            fields = remedy.applied(fields)
        return fields

    def open(self, unlocked: Iterable[Unlocked]) -> tuple[Unlocked, ...]:
        """The cells for which nothing was found yet."""
        waiting = {cell for remedy in self.unbuilt for cell in remedy.cells}
        return tuple(each for each in unlocked if cell_of(each) not in waiting)

    def next(self, update: SuiteUpdate, unlocked: Sequence[Unlocked], *, build: bool) -> list[Edit]:
        """The likeliest remedy of each cause that was not tried yet; what it would build is set aside."""
        found: list[Edit] = []
        cells = cells_of(update)
        for alike in alike_of(update.suite, unlocked):
            others = [cell_of(each) for each in update.unlocked if each not in alike]
            for remedy in remedies(update.suite, alike, cells, others):
                if remedy in self.useless or remedy in self.chosen:
                    continue
                if isinstance(remedy, BuildProjects) and not build:
                    self.unbuilt.append(remedy)
                else:
                    found.append(remedy)
                break
        return found

    def judge(self, new: Sequence[Edit], before: SuiteUpdate, after: SuiteUpdate) -> None:
        """Keeps those of some remedies that have helped."""
        if after.errors:
            self.useless.update((r, f"could not be tried: {after.errors[0]}") for r in new)
            return
        reasons = {cell_of(each): each.reason for each in before.unlocked}
        now = {cell_of(each): each.reason for each in after.unlocked}
        for remedy in new:
            same = [now[c] for c in sorted(remedy.cells) if c in now and now[c] == reasons.get(c)]
            built = [
                now[c]
                for c in sorted(remedy.cells)
                if isinstance(remedy, BuildProjects) and c in now
            ]
            if same or built:
                self.useless[remedy] = f"does not help: {(same or built)[0]}"
            else:
                self.chosen.append(remedy)

    def prune(self) -> bool:
        """Drops what all cells have come to nothing by; whether there was such a remedy."""
        expected = [r for r in self.chosen if isinstance(r, ExpectFailure)]
        reasons = {cell: each.failures[0].reason for each in expected for cell in each.cells}
        others = [r for r in self.chosen if not isinstance(r, ExpectFailure)]
        vain = [r for r in others if all(cell in reasons for cell in r.cells)]
        for remedy in vain:
            why = reasons[min(remedy.cells)].partition(": ")[2]
            self.useless[remedy] = f"does not help: with it, too, there is no lock: {why}"
        if vain:
            # The reasons of the rest may have been those of what is dropped.
            self.chosen = [remedy for remedy in others if remedy not in vain]
        return bool(vain)


def cell_of(each: Unlocked) -> Cell:
    return each.version, each.python


def cells_of(update: SuiteUpdate) -> tuple[Cell, ...]:
    samples = samples_file.parse(update.files[SAMPLES_FILE].decode())
    return tuple((s.version, python) for s in samples.samples for python in s.pythons)


def alike_of(suite: Suite, unlocked: Iterable[Unlocked]) -> list[tuple[Unlocked, ...]]:
    """Cells that have no lock, by what they may have one remedy for."""
    causes: dict[object, list[Unlocked]] = {}
    for each in unlocked:
        causes.setdefault(cause(each) if suite.axes else each.reason, []).append(each)
    return [tuple(alike) for alike in causes.values()]


async def _tried(
    request: SuggestionRequest, fields: Fields, *, replacing: bool = False
) -> SuiteUpdate:
    """The suite as it would be with these fields."""
    asked = request.asked
    if fields == fields_of(asked.suite) and not replacing:
        return request.update
    changed = with_fields(asked.suite, fields)
    # Without axes there is nothing to replace.
    replacing = replacing or not changed.axes
    return await engine.suite_update(dataclasses.replace(asked, suite=changed, replacing=replacing))


@rule(desc="Look for a stanza that works", level=LogLevel.DEBUG)
async def suggest(request: SuggestionRequest) -> Suggestion:
    before = fields_of(request.asked.suite)
    search, update = Search([], {}, []), request.update
    for _ in range(_TRIALS):
        new = search.next(update, search.open(update.unlocked), build=request.build)
        if not new and not search.prune():
            break
        after = await _tried(request, search.fields(before, new))
        search.judge(new, update, after)
        if any(remedy in search.useless for remedy in new):
            # What has not helped is no part of what follows.
            after = await _tried(request, search.fields(before))
        if after.errors:
            break
        update = after
    errors: tuple[str, ...] = ()
    if request.asked.suite.axes and not search.unbuilt:
        # As it would be generated: what goes together is known now.
        errors = (await _tried(request, search.fields(before), replacing=True)).errors
    await engine.count([Step("suggestion", request.asked.suite.address, done=1)])
    return _suggestion(request, before, search, update, errors)


def _suggestion(
    request: SuggestionRequest,
    before: Fields,
    search: Search,
    update: SuiteUpdate,
    errors: tuple[str, ...],
) -> Suggestion:
    fields: Mapping[str, object] = search.fields(before, search.unbuilt)
    changed = {field: fields[field] for field in before if fields[field] != before[field]}
    left = search.open(update.unlocked)
    # It helped against one cause; of these cells there is another.
    still = {cell_of(each) for each in left}
    return Suggestion(
        address=request.asked.suite.address,
        before={field: before[field] for field in changed},
        after=changed,
        helps=tuple(
            f"{remedy}: tried, {_effect(remedy, remedy.cells - still or remedy.cells)}"
            for remedy in search.chosen
        ),
        untried=tuple(
            f"{remedy}: not tried, because building runs code (`--build` tries it); with a wheel of "
            f"each there would be a lock for {_told(remedy.cells)}"
            for remedy in search.unbuilt
        ),
        useless=tuple(f"{r}: {why}" for r, why in search.useless.items()),
        left=() if update.suite.axes else tuple(_told([cell_of(each)]) for each in left),
        replaced=tuple(_replaced(left)) if update.suite.axes else (),
        errors=errors,
    )


def _replaced(left: Sequence[Unlocked]) -> Iterator[str]:
    """What to tell of combinations for which nothing was found."""
    apart = {each.version for each in left if not cause(each)}
    if apart:
        number = pluralize(len(apart), "combination")
        yield (
            f"{number} cannot go together by what the releases want of one another: nothing to "
            f"suggest, the nearest that goes is tested instead; `{bin_name()} matrix --explain` tells each"
        )
    for each in left:
        if cause(each):
            yield (
                f"nothing was found for {_told([cell_of(each)])}, in whose place the nearest that goes "
                f"is tested: {each.reason}"
            )


def _effect(remedy: Edit, cells: Iterable[Cell]) -> str:
    if isinstance(remedy, ExpectFailure):
        return f"names what cannot be had: {_told(cells)}"
    if isinstance(remedy, LimitPython):
        return f"leaves out {_told(cells)}"
    return f"there is a lock for {_told(cells)}"


def _told(cells: Iterable[Cell]) -> str:
    """`1.0 on Python 3.6, 3.7; 2.0 on Python 3.6`."""
    pythons: dict[str, list[str]] = {}
    for version, python in sorted(cells):
        pythons.setdefault(version, []).append(python)
    return "; ".join(
        f"{version} on Python {', '.join(sorted(some, key=_parts))}"
        for version, some in pythons.items()
    )


def _parts(python: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", python)]


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
