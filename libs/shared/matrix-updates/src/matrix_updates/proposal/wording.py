"""The text of a request: title and Markdown, readable in a minute. Pure.

What comes from outside stands in code spans (see `text`); what a forge cannot show is cut, and said
to be.
"""

from __future__ import annotations

from typing import Dict, Final, Iterable, List, Sequence, Tuple

from matrix_updates.proposal.model import (
    Advisory,
    CellResult,
    Facts,
    FirstBad,
    Held,
    Proposal,
    Published,
    Repin,
    SampleChange,
    UnitChange,
    Withdrawn,
)
from matrix_updates.proposal.verdict import is_ready, red_cells, red_units
from matrix_updates.text import code, link, one_line

MAX_BODY: Final = 60_000
"""Below what GitHub and GitLab take."""

_MOST_LINES: Final = 40
_SIGNS: Final = {
    "passed": "✅",
    "failed": "❌",
    "known-failure": "⚠️",
    "not-run": "⏸",
    "unresolvable": "🚫",
}
_EFFECTS: Final = {"mends": "Mends", "brings": "**Brings**", "keeps": "Still has"}


def title(proposal: Proposal) -> str:
    """One line: what is updated, and to what."""
    if len(proposal.units) > 1:
        names = ", ".join(one_line(unit.title, 40) for unit in proposal.units[:3])
        more = len(proposal.units) - 3
        return one_line(f"Update {names}{f' and {more} more' if more > 0 else ''}", 120)
    (unit,) = proposal.units
    added = [each.version for each in unit.samples if each.effect == "added"]
    if added:
        return one_line(f"Test {one_line(unit.title, 60)} {', '.join(added)}", 120)
    if unit.samples:
        return one_line(f"Change what is tested of {one_line(unit.title, 60)}", 120)
    return one_line(f"Re-pin {one_line(unit.title, 60)}", 120)


def body(proposal: Proposal, not_blocking: Sequence[str] = ()) -> str:
    """The Markdown of a request: first what there is to decide, then what changed and why."""
    alone = len(proposal.units) == 1
    lines = [
        _headline(proposal, not_blocking),
        "",
        *(_of_suite(proposal.units[0]) if alone else []),
    ]
    lines += _listed("Advisories", [_advisory(each) for each in proposal.advisories])
    lines += _listed("Withdrawn pins", [_withdrawn(each) for each in proposal.withdrawn])
    for unit in proposal.units:
        lines += _unit(unit, alone=alone)
    lines += _listed(
        "Publishers of all pins", [_publishers(*each) for each in by_publisher(proposal.published)]
    )
    lines += _listed("Notes", [code(note) for note in proposal.notes])
    return _bounded("\n".join(lines).rstrip() + "\n")


def _headline(proposal: Proposal, not_blocking: Sequence[str]) -> str:
    if is_ready(proposal, not_blocking):
        return "**Green**: everything that was run passes."
    told = []
    for unit in red_units(proposal, not_blocking):
        cells = red_cells(unit)
        if unit.problems:
            told.append(f"{code(unit.title)} has a problem")
        elif cells:
            count = f"{len(cells)} of {len(unit.cells)} cells"
            told.append(f"{count} of {code(unit.title)} did not pass")
        elif any(not check.passed for check in unit.checks):
            told.append(f"a check of {code(unit.title)} fails")
        else:
            told.append(f"nothing of {code(unit.title)} was run")
        told += [f"first bad: {_first_bad(each)}" for each in unit.first_bad[:1] if each.release]
    return f"**Red**: {'; '.join(told)}. It holds up no other request."


def _unit(unit: UnitChange, *, alone: bool) -> List[str]:
    lines = [] if alone else [f"## {code(unit.title)}", "", *_of_suite(unit)]
    lines += _listed("Problems", [code(each, 1_000) for each in unit.problems])
    lines += _listed("Samples", [_sample(each) for each in unit.samples])
    lines += _listed("First bad", [_first_bad(each) for each in unit.first_bad])
    lines += _results(unit.cells)
    lines += _listed(
        "Checks", [_check(each.passed, each.command, each.told) for each in unit.checks]
    )
    lines += _listed("Pins", [_repin(each) for each in unit.repins])
    return lines


def _of_suite(unit: UnitChange) -> List[str]:
    return [f"Of the suite {code(unit.name)}.", ""] if unit.kind == "suite" else []


def _sample(change: SampleChange) -> str:
    if change.effect == "removed":
        return f"{code(change.version)} removed: {code(change.why)}"
    pythons = (
        f" on {', '.join(code(each, 20) for each in change.pythons)}" if change.pythons else ""
    )
    effect = "added" if change.effect == "added" else "now tested"
    return f"{code(change.version)} {effect}{pythons}: {code(change.why)}{_facts(change.facts)}"


def _repin(repin: Repin) -> str:
    if not repin.before:
        moved = f"added, {_versions(repin.after)}"
    elif not repin.after:
        moved = f"removed, was {_versions(repin.before)}"
    else:
        moved = f"{_versions(repin.before)} → {_versions(repin.after)}"
    where = repin.locks if len(repin.locks) <= 2 else ()
    locks = f" in {', '.join(map(code, where))}" if where else f" in {len(repin.locks)} locks"
    return f"{code(repin.project)} {moved}{locks if repin.locks else ''}{_facts(repin.facts)}"


def _versions(versions: Iterable[str]) -> str:
    return ", ".join(code(version, 60) for version in versions)


def _facts(facts: Facts) -> str:
    told = []
    if facts.uploaded:
        told.append(f"uploaded {facts.uploaded:%Y-%m-%d %H:%M} UTC")
    if facts.file:
        told.append(f"as {code(facts.file, 120)}")
    told += [_published(facts)] if facts.attested != "unasked" else []
    told += [f"**publisher changed**, was {code(facts.was_by)}"] if facts.was_by else []
    told += [link("changelog", facts.changelog)] if facts.changelog else []
    return f" ({', '.join(filter(None, told))})" if any(told) else ""


def _published(facts: Facts) -> str:
    if facts.attested == "none":
        return "no attestation"
    if facts.attested == "fails":
        return f"**its attestation does not hold**: {code(facts.publisher)}"
    if facts.own:
        return f"published by its repository's workflow, {code(facts.publisher)}"
    return f"published by {code(facts.publisher)}, which its project does not link to"


def by_publisher(pins: Iterable[Published]) -> Tuple[Tuple[str, Tuple[Published, ...]], ...]:
    """Pins by what is known of who published them, counted and in words; what is amiss first.

    None if nobody looked at any.
    """
    found: Dict[str, List[Published]] = {
        "with an attestation that does not hold": [],
        "published by a repository that {their} project does not link to": [],
        "with no attestation": [],
        "published by {their} repository's workflow": [],
        "of which nobody looked who published {them}": [],
    }
    amiss, foreign, none, own, unasked = found.values()
    for pin in pins:
        kinds = {"fails": amiss, "none": none, "unasked": unasked}
        kinds.get(pin.attested, own if pin.own else foreign).append(pin)
    if not (amiss or foreign or none or own):
        return ()
    return tuple((_counted(told, some), tuple(some)) for told, some in found.items() if some)


def publishers(pins: Iterable[Published]) -> Tuple[str, ...]:
    """For a terminal: a line for each kind of publisher, with how many pins; all that are amiss."""
    lines = []
    for told, some in by_publisher(pins):
        named = [f"{pin.project} {pin.version} by {pin.publisher}" for pin in some if _amiss(pin)]
        lines.append(f"{told}{': ' if named else ''}{'; '.join(named)}")
    return tuple(one_line(line, 1_000) for line in lines)


def _publishers(told: str, pins: Sequence[Published]) -> str:
    named = [
        code(f"{pin.project} {pin.version}", 80)
        + (f" ({code(pin.publisher, 200)})" if _amiss(pin) else "")
        for pin in pins[:_MOST_LINES]
    ]
    more = f" and {len(pins) - _MOST_LINES} more" if len(pins) > _MOST_LINES else ""
    return f"{f'**{told}**' if _amiss(pins[0]) else told}: {', '.join(named)}{more}"


def _amiss(pin: Published) -> bool:
    return pin.attested == "fails" or (pin.attested == "holds" and not pin.own)


def _counted(told: str, pins: Sequence[Published]) -> str:
    if len(pins) == 1:
        return f"1 pin {told.format(their='its', them='it')}"
    return f"{len(pins)} pins {told.format(their='their', them='them')}"


def _advisory(advisory: Advisory) -> str:
    names = ", ".join(code(each, 40) for each in (advisory.identifier, *advisory.aliases[:2]))
    pin = code(f"{advisory.project} {advisory.version}")
    fixed = f"; fixed in {_versions(advisory.fixed_in)}" if advisory.fixed_in else ""
    return (
        f"{_EFFECTS[advisory.effect]} {names} of {pin}{fixed}{_reached(advisory.dependents)}: "
        f"{code(advisory.summary, 200)}"
    )


def _withdrawn(pin: Withdrawn) -> str:
    return f"{code(f'{pin.project} {pin.version}')} {code(pin.why)}{_reached(pin.dependents)}"


def held(units: Iterable[Held]) -> Tuple[str, ...]:
    """For a terminal: what is amiss with pins that nothing changes, a line each."""
    found = []
    for unit in units:
        name = one_line(unit.unit, 200)
        for each in unit.advisories:
            mends = (
                f"fixed in {', '.join(each.fixed_in[:3])}" if each.fixed_in else "no fix is known"
            )
            told = f"holds {each.project} {each.version} with {each.identifier}, {mends}"
            found.append(f"{name}: {told}{_reaches(each.dependents)}")
        for pin in unit.withdrawn:
            told = f"{pin.project} {pin.version}, which {pin.why}"
            found.append(f"{name}: holds {told}{_reaches(pin.dependents)}")
    return tuple(one_line(line, 1_000) for line in found)


def _reaches(dependents: Sequence[str]) -> str:
    more = f" and {len(dependents) - 5} more" if len(dependents) > 5 else ""
    return f"; reaches {', '.join(dependents[:5])}{more}" if dependents else ""


def _reached(dependents: Sequence[str]) -> str:
    if not dependents:
        return ""
    more = f" and {len(dependents) - 5} more" if len(dependents) > 5 else ""
    return f", reaches {', '.join(map(code, dependents[:5]))}{more}"


def _first_bad(found: FirstBad) -> str:
    if not found.release:
        return f"{code(found.cell)}: {code(found.told)}"
    uploaded = f", uploaded {code(found.uploaded, 40)}" if found.uploaded else ""
    cause = f"; the cause is {code(found.cause)}" if found.cause else ""
    pins = f" with {', '.join(code(pin, 80) for pin in found.pins[:5])}" if found.pins else ""
    failing = f"; {code(found.failing)} fails" if found.failing else ""
    return f"{code(found.release)}{uploaded}{cause}{pins}{failing}"


def _check(passed: bool, command: str, told: str) -> str:
    return f"{'✅' if passed else '❌'} {code(command)}{f': {code(told, 500)}' if told else ''}"


def _results(cells: Sequence[CellResult]) -> List[str]:
    """A table, a line a release and a column a Python; below it what is red, with its first test."""
    if not cells:
        return []
    pythons = sorted({cell.python for cell in cells}, key=_natural)
    by_release: Dict[Tuple[str, str], Dict[str, CellResult]] = {}
    for cell in cells:
        by_release.setdefault((cell.version, cell.tier), {})[cell.python] = cell
    passed = sum(cell.status == "passed" for cell in cells)
    lines = [f"### Results: {passed} of {len(cells)} cells passed", ""]
    lines += [_row(["release", "tier", *(code(python, 20) for python in pythons)])]
    lines += [_row(["---"] * (len(pythons) + 2))]
    for (version, tier), row in by_release.items():
        signs = [_SIGNS[row[python].status] if python in row else "" for python in pythons]
        lines.append(_row([code(version, 60), code(tier, 20), *signs]))
    red = [cell for cell in cells if cell.status != "passed"]
    told = [_red_cell(cell) for cell in red]
    return [*lines, "", *(_items(told) + [""] if told else [])]


def _red_cell(cell: CellResult) -> str:
    where = code(f"{cell.version} on Python {cell.python}")
    test = f", {code(cell.failing)}" if cell.failing else ""
    reason = f": {code(cell.reason, 400)}" if cell.reason else ""
    trial = " (a trial: the release does not claim this Python)" if cell.trial else ""
    return f"{_SIGNS[cell.status]} {where} {cell.status.replace('-', ' ')}{trial}{test}{reason}"


def _natural(python: str) -> Tuple[Tuple[int, str], ...]:
    return tuple((int(part) if part.isdigit() else 0, part) for part in python.split("."))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _listed(heading: str, items: Sequence[str]) -> List[str]:
    return [f"### {heading}", "", *_items(items), ""] if items else []


def _items(items: Sequence[str]) -> List[str]:
    more = len(items) - _MOST_LINES
    shown = [f"- {item}" for item in items[:_MOST_LINES]]
    if more <= 0:
        return shown
    folded = [f"- {item}" for item in items[_MOST_LINES:]]
    return [*shown, "", f"<details><summary>{more} more</summary>", "", *folded, "", "</details>"]


def _bounded(text: str) -> str:
    if len(text) <= MAX_BODY:
        return text
    kept = text[:MAX_BODY].rpartition("\n")[0]
    # A cut within what is folded would swallow the rest of the page.
    closing = "\n\n</details>" * (kept.count("<details>") - kept.count("</details>"))
    return f"{kept}{closing}\n\nThis text is cut: the proposal's JSON holds all of it.\n"
