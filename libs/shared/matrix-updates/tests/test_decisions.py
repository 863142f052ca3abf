"""What becomes of a branch and its request, as a table."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_updates.publish import marker
from matrix_updates.publish.decisions import Branch, Offer, Request, Step, decide

pytest_plugins = ["updates_fixtures"]

NAME = "matrix-updates/a"


def offer(
    name: str = NAME, *, head: str = "2", identity: str = "new", ready: bool = True, **more: bool
) -> Offer:
    body = marker.signed("t", "text", identity=identity, ready=ready)
    return Offer(name, name, head, identity, ready, more.get("urgent", False), "t", body)


def request(
    state: str = "open",
    *,
    identity: str = "new",
    ready: bool = True,
    draft: Optional[bool] = None,
    branch: str = NAME,
    number: int = 1,
    ours: bool = False,
) -> Request:
    body = marker.signed("t", "text", identity=identity, ready=ready)
    body = marker.closed_by_us(body) if ours else body
    return Request(number, branch, state, (not ready) if draft is None else draft, body, "url")


def branch(head: str = "2", *, ours: bool = True, merged: bool = False) -> Branch:
    return Branch(NAME, head, ours, merged)


def decided(
    offered: Optional[Offer],
    known: Optional[Branch],
    requests: Sequence[Request],
    *,
    current: bool = False,
) -> Step:
    (step,) = decide(
        [offered] if offered else [],
        [NAME] if current else [],
        {NAME: known} if known else {},
        requests,
        at_once=5,
    )
    return step


@pytest.mark.parametrize(
    ("offered", "known", "requests", "kind", "push", "edit", "draft"),
    [
        # Nothing there yet, or a branch whose request could not be opened last time.
        (offer(), None, [], "open", True, False, None),
        (offer(), branch(), [], "open", False, False, None),
        (offer(), branch("1"), [], "open", True, False, None),
        # Current, rebased, reworded, turned red, turned green.
        (offer(), branch(), [request()], "leave", False, False, None),
        (offer(), branch("1"), [request()], "refresh", True, False, None),
        (offer(), branch(), [request(identity="old")], "refresh", False, True, None),
        (offer(ready=False), branch(), [request()], "refresh", False, True, True),
        (offer(), branch(), [request(ready=False)], "refresh", False, True, False),
        # A person made a draft of it: only news of its colour undoes that.
        (offer(), branch(), [request(draft=True)], "leave", False, False, None),
        (offer(), branch("1"), [request(draft=True)], "refresh", True, False, None),
        # Somebody deleted the branch of an open request.
        (offer(), None, [request()], "refresh", True, False, None),
        # A person's commit.
        (offer(), branch("1", ours=False), [request()], "leave", False, False, None),
        (
            None,
            branch("1", ours=False, merged=True),
            [request("merged")],
            "leave",
            False,
            False,
            None,
        ),
        # Closed by a person, by us, or with other pins.
        (offer(), branch(), [request("closed")], "leave", False, False, None),
        (offer(), None, [request("closed")], "leave", False, False, None),
        (offer(), None, [request("closed", ours=True)], "open", True, False, None),
        (offer(), branch("1"), [request("closed", identity="old")], "open", True, False, None),
        # Merged, and news after that.
        (None, branch(merged=True), [request("merged")], "delete", False, False, None),
        (offer(), branch("1", merged=True), [request("merged")], "open", True, False, None),
        (None, branch(merged=True), [request()], "close", False, False, None),
        (None, branch(), [request()], "leave", False, False, None),
        (None, None, [request("merged")], "leave", False, False, None),
    ],
)
def test_steps(
    offered: Optional[Offer],
    known: Optional[Branch],
    requests: Sequence[Request],
    kind: str,
    push: bool,
    edit: bool,
    draft: Optional[bool],
) -> None:
    step = decided(offered, known, requests)
    assert (step.kind, step.push, step.edit, step.draft) == (kind, push, edit, draft)


def test_what_is_current_closes_its_request() -> None:
    assert decided(None, branch(), [request()], current=True).kind == "close"


def test_fixes_of_advisories_are_opened_first_and_green_before_red() -> None:
    offers = [
        offer("matrix-updates/b", ready=False),
        offer("matrix-updates/c"),
        offer("matrix-updates/d", ready=False, urgent=True),
    ]
    steps = decide(offers, [], {}, [], at_once=2)
    opened = [step.branch[-1] for step in steps if step.kind == "open"]
    assert opened == ["d", "c"]
    assert "waits" in steps[-1].why


def test_what_is_closed_makes_room() -> None:
    old = Branch("matrix-updates/z", "1", True, True)
    steps = decide([offer()], [], {old.name: old}, [request(branch=old.name, number=4)], at_once=1)
    assert [step.kind for step in steps] == ["close", "open"]


@given(
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(["open", "closed", "merged"])),
        max_size=8,
    ),
    st.integers(1, 4),
)
def test_there_are_never_more_open_than_allowed(
    names: Sequence[str], requests: Sequence[Tuple[str, str]], at_once: int
) -> None:
    found = [
        request(state, branch=f"matrix-updates/{name}", number=number)
        for number, (name, state) in enumerate(requests)
    ]
    steps = decide(
        [offer(f"matrix-updates/{name}") for name in names], [], {}, found, at_once=at_once
    )
    opened = sum(each.state == "open" for each in found)
    closed = sum(step.kind == "close" for step in steps)
    added = sum(step.kind == "open" for step in steps)
    assert opened - closed + added <= max(at_once, opened)
    assert len({step.branch for step in steps}) == len(steps)


def test_a_marker_is_read_back_and_the_last_one_counts() -> None:
    body = marker.signed("t", "text", identity="i", ready=True)
    found = marker.read(body)
    assert found is not None and (found.identity, found.ready, found.closed) == ("i", True, False)
    quoted = f"> {marker.written(marker.Marker('x', 'y', False))}\n\n{body}"
    assert marker.read(quoted) == found
    closed = marker.read(marker.closed_by_us(body))
    assert closed is not None and closed.closed
    for strange in ("", "<!-- matrix-updates: {} -->", "<!-- matrix-updates: {x -->"):
        assert marker.read(strange) is None
