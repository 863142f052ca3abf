"""The text of a request, whole, as a person reads it; and what strangers put into it."""

from __future__ import annotations

import datetime
import doctest
import re
from pathlib import Path

import pytest

from matrix_updates import body, decode, encode, text, title
from matrix_updates.errors import UnreadableFolder
from matrix_updates.prepare import index_facts
from matrix_updates.proposal.model import (
    Advisory,
    CellResult,
    Check,
    Facts,
    FirstBad,
    Proposal,
    Repin,
    SampleChange,
    UnitChange,
    Withdrawn,
)
from matrix_updates.proposal.wording import MAX_BODY

pytest_plugins = ["updates_fixtures"]

HERE = Path(__file__).parent
COMMIT = "c" * 40
NOON = datetime.datetime(2026, 11, 20, 12, 30, tzinfo=datetime.timezone.utc)


def cell(version: str, python: str, status: str = "passed", **more: str) -> CellResult:
    tier = "latest" if version == "0.29.0" else "between"
    return CellResult(version=version, python=python, tier=tier, status=status, **more)  # type: ignore[arg-type]


def unit(**more: object) -> UnitChange:
    about = {"kind": "suite", "name": "lib/tests/httpx:matrix", "title": "httpx", "commit": COMMIT}
    return UnitChange(**{**about, **more})  # type: ignore[arg-type]


def proposal(*units: UnitChange, **more: object) -> Proposal:
    about = {
        "name": "httpx-1a2b3c4d",
        "base": "b" * 40,
        "head": COMMIT,
        "units": units or (unit(),),
    }
    return Proposal(**{**about, **more})  # type: ignore[arg-type]


RED = proposal(
    unit(
        samples=(
            SampleChange(
                version="0.29.0",
                effect="added",
                tier="latest",
                pythons=("3.9", "3.13"),
                why="latest",
                facts=Facts(
                    uploaded=NOON,
                    file="httpx-0.29.0-py3-none-any.whl",
                    changelog="https://example.org/httpx/changes",
                ),
            ),
            SampleChange(
                version="0.28.1", effect="removed", why="superseded in its series by 0.28.2"
            ),
        ),
        repins=(
            Repin(
                project="httpcore",
                before=("1.0.8",),
                after=("1.0.9",),
                locks=("0.25.2.lock",),
                facts=Facts(uploaded=NOON, file="httpcore-1.0.9-py3-none-any.whl"),
            ),
            Repin(project="idna", before=("3.9",), after=("3.10",), locks=("a", "b", "c")),
            Repin(project="sniffio", before=("1.3",), locks=("0.25.2.lock",)),
        ),
        cells=(
            cell("0.25.2", "3.9"),
            cell("0.25.2", "3.13", "known-failure", reason="its issue 12 (until 2027-01-31)"),
            cell("0.29.0", "3.9", "failed", failing="test_httpx::test_sends"),
            cell("0.29.0", "3.13", "not-run", reason="No result."),
        ),
        first_bad=(
            FirstBad(
                cell="lib/tests/httpx:matrix#0.29.0@python=3.9",
                release="0.29.0",
                uploaded="2026-11-20T12:30:00Z",
                cause="its pin httpcore 1.0.9",
                pins=("httpcore 1.0.8 -> 1.0.9",),
                failing="test_httpx::test_sends",
            ),
        ),
    ),
    advisories=(
        Advisory(
            effect="mends",
            project="idna",
            version="3.9",
            identifier="PYSEC-2026-1",
            aliases=("CVE-2026-11111",),
            summary="Takes long for some names.",
            fixed_in=("3.10",),
            dependents=("lib/tests/httpx:matrix",),
        ),
    ),
    withdrawn=(
        Withdrawn(
            project="certifi",
            version="2026.1",
            why="is yanked: wrong roots",
            dependents=("lib/tests/httpx:matrix",),
        ),
    ),
    notes=("the index does not tell of sniffio: 503",),
)
GREEN = proposal(
    unit(
        kind="lock",
        name="main",
        title="main.lock",
        repins=(Repin(project="idna", before=("3.9",), after=("3.10",), locks=("main.lock",)),),
        checks=(Check(command="./pants --changed-since=main test", passed=True),),
    ),
    name="main-lock",
)


@pytest.mark.parametrize(("name", "shown"), [("red", RED), ("green", GREEN)])
def test_the_text_is_as_it_was(name: str, shown: Proposal) -> None:
    """Read the difference, and if it is better, put it into the file."""
    expected = (HERE / "texts" / f"{name}.md").read_text()
    assert f"# {title(shown)}\n\n{body(shown)}" == expected


def test_a_proposal_survives_its_json() -> None:
    for each in (RED, GREEN):
        assert decode(Proposal, encode(each), source="x") == each


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (b'"schema_version": 1', b'"schema_version": 2', "has schema_version 2"),
        (b'"mends"', b'"cures"', "cannot be read"),
        (b'"name": "httpx-1a2b3c4d"', b'"name": "../etc"', "cannot be read"),
        (b'"head"', b'"tail"', "cannot be read"),
        (b'"head": "c', b'"head": "d', "the commit of the last unit is not `head`"),
        (b"{", b"[", "cannot be read"),
    ],
)
def test_json_that_is_not_as_agreed_is_refused(before: bytes, after: bytes, told: str) -> None:
    with pytest.raises(UnreadableFolder, match=re.escape(told)):
        decode(Proposal, encode(RED).replace(before, after, 1), source="x.json")


HOSTILE = "a`b|c\x1b[31m\n# h <script>@team #1 https://evil.example [x](y) ![i](z) \u202e&lt;"


def test_no_text_of_strangers_becomes_markup() -> None:
    """Whatever they say stands in a code span, which nothing in it can end."""
    name = HOSTILE.replace("\n", " ")
    shown = proposal(
        unit(
            title=name,
            samples=(
                SampleChange(
                    version=name,
                    effect="added",
                    pythons=(name,),
                    why=HOSTILE,
                    facts=Facts(file=HOSTILE, changelog="javascript:alert(1)"),
                ),
            ),
            repins=(Repin(project=name, before=(name,), after=(name,), locks=(name,)),),
            cells=(cell(name, name, "failed", failing=HOSTILE, reason=HOSTILE),),
            checks=(Check(command=HOSTILE, passed=False, told=HOSTILE),),
            first_bad=(FirstBad(cell=name, release=HOSTILE, cause=HOSTILE, pins=(name,)),),
            problems=(HOSTILE,),
        ),
        advisories=(
            Advisory(effect="brings", project=name, version=name, identifier=name, summary=HOSTILE),
        ),
        withdrawn=(Withdrawn(project=name, version=name, why=HOSTILE, dependents=(name,)),),
        notes=(HOSTILE,),
    )
    outside = re.sub(r"`[^`\n]*`", "", body(shown))
    for sign in ("`", "<", "@", "evil", "](", "\x1b", "\u202e", "# h"):
        assert sign not in outside, outside
    assert "\n" not in title(shown) and "\x1b" not in title(shown)
    rows = [line for line in body(shown).splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {4}


def test_a_long_text_is_cut_where_a_line_ends() -> None:
    many = tuple(
        Repin(project=f"project-{n}", before=("1",), after=("2" * 300,), locks=("main.lock",))
        for n in range(1_000)
    )
    shown = body(proposal(unit(repins=many)))
    assert len(shown) <= MAX_BODY + 100
    assert shown.endswith("This text is cut: the proposal's JSON holds all of it.\n")
    assert shown.count("<details>") == shown.count("</details>") == 1


def test_what_many_pins_do_is_folded() -> None:
    many = tuple(Repin(project=f"p{n}", before=("1",), after=("2",)) for n in range(50))
    assert "<details><summary>10 more</summary>" in body(proposal(unit(repins=many)))


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ((unit(),), "Re-pin httpx"),
        ((unit(samples=(SampleChange(version="1", effect="added"),)),), "Test httpx 1"),
        (
            (unit(samples=(SampleChange(version="1", effect="removed"),)),),
            "Change what is tested of httpx",
        ),
        (tuple(unit(title=n) for n in "abcde"), "Update a, b, c and 2 more"),
    ],
)
def test_titles(units: tuple[UnitChange, ...], expected: str) -> None:
    assert title(proposal(*units)) == expected


@pytest.mark.parametrize(
    ("shown", "green"),
    [
        (proposal(unit(cells=(cell("1", "3.9"),))), True),
        (proposal(unit(cells=(cell("1", "3.9", "known-failure"),))), True),
        (proposal(unit(cells=(cell("1", "3.9"), cell("1", "3.10", "failed")))), False),
        (proposal(unit(cells=(cell("1", "3.9", "not-run"),))), False),
        (proposal(unit(cells=(cell("1", "3.9", "unresolvable"),))), False),
        (proposal(unit(cells=(cell("1", "3.9"),), problems=("x",))), False),
        (proposal(unit()), False),
        (proposal(unit(checks=(Check(command="x", passed=False),))), False),
        (proposal(unit(checks=(Check(command="x", passed=True),))), True),
    ],
)
def test_green_is_what_ran_and_passed(shown: Proposal, green: bool) -> None:
    assert body(shown).startswith("**Green**" if green else "**Red**")


def test_a_tier_may_be_told_not_to_block() -> None:
    shown = proposal(unit(cells=(cell("0.29.0", "3.9"), cell("0.25", "3.9", "failed"))))
    assert body(shown, ["between"]).startswith("**Green**")
    assert "❌ `0.25 on Python 3.9`" in body(shown, ["between"])


def test_examples_in_docstrings() -> None:
    from matrix_updates import units

    for module in (text, index_facts, units):
        found = doctest.testmod(module)
        assert (found.failed, found.attempted > 0) == (0, True)
