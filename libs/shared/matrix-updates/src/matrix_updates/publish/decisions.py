"""What becomes of each group's branch and request. Pure: what there is in, what to do out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Iterable, List, Mapping, Optional, Sequence, Tuple

from matrix_updates.publish.marker import Marker, read


@dataclass(frozen=True)
class Merged:
    """As which commit of the base branch, and when, a request was merged."""

    commit: str
    at: datetime


@dataclass(frozen=True)
class Request:
    """A pull or merge request; `state` is open, closed or merged.

    `merged` is None where it is not, or where the forge does not tell.
    """

    number: int
    branch: str
    state: str
    draft: bool
    body: str
    url: str
    title: str = ""
    merged: Optional[Merged] = None

    @property
    def marker(self) -> Optional[Marker]:
        return read(self.body)


@dataclass(frozen=True)
class Branch:
    """A branch of the remote: whether all its commits are ours, and all it holds is in the base."""

    name: str
    head: str
    ours: bool
    merged: bool


@dataclass(frozen=True)
class Offer:
    """A proposal that passed inspection, with the text of its request."""

    name: str
    branch: str
    head: str
    identity: str
    ready: bool
    urgent: bool
    title: str
    body: str


@dataclass(frozen=True)
class Step:
    """What to do about a branch; `why` is for people.

    `kind` is open, refresh, close, delete or leave; `push` and `edit` say what a refresh takes, and
    `draft` what the request becomes, None for what it is.
    """

    branch: str
    kind: str
    why: str
    offer: Optional[Offer] = None
    request: Optional[Request] = None
    known: Optional[Branch] = None
    push: bool = False
    edit: bool = False
    draft: Optional[bool] = None


def decide(
    offers: Iterable[Offer],
    current: Iterable[str],
    branches: Mapping[str, Branch],
    requests: Iterable[Request],
    *,
    at_once: int,
) -> Tuple[Step, ...]:
    """The steps, in order: what is closed makes room for what is opened.

    `current` are branches of groups of which everything is as it should be.
    """
    offered = {offer.branch: offer for offer in offers}
    by_branch: dict[str, List[Request]] = {}
    for request in sorted(requests, key=lambda request: request.number):
        by_branch.setdefault(request.branch, []).append(request)
    everything = sorted({*offered, *branches, *by_branch})
    done = frozenset(current)
    steps = [
        _step(name, offered.get(name), name in done, branches.get(name), by_branch.get(name, []))
        for name in everything
    ]
    opened = sum(request.state == "open" for each in by_branch.values() for request in each)
    room = at_once - opened + sum(step.kind == "close" for step in steps)
    new = sorted((step for step in steps if step.kind == "open"), key=_precedence)
    waiting = {step.branch for step in new[max(room, 0) :]}
    told = f"waits: {at_once} requests are open, and no more may be (open-at-once)"
    decided = [
        Step(step.branch, "leave", told, step.offer) if step.branch in waiting else step
        for step in steps
    ]
    order = ("close", "delete", "refresh", "open", "leave")
    return tuple(sorted(decided, key=lambda step: (order.index(step.kind), *_precedence(step))))


def _precedence(step: Step) -> Tuple[bool, bool, str]:
    offer = step.offer
    return not (offer and offer.urgent), not (offer and offer.ready), step.branch


def _step(
    branch: str,
    offer: Optional[Offer],
    is_current: bool,
    known: Optional[Branch],
    requests: Sequence[Request],
) -> Step:
    opened = next((each for each in reversed(requests) if each.state == "open"), None)
    if known is not None and not known.ours:
        return Step(branch, "leave", "left alone: it holds a commit of a person", offer, opened)
    if offer is None:
        return _without_offer(branch, is_current, known, requests, opened)
    if opened is not None:
        return _refreshed(branch, offer, known, opened)
    refused = next((each for each in reversed(requests) if _says_no(each, offer)), None)
    if refused is not None:
        why = f"stays closed, as a person decided for these samples and pins: {refused.url}"
        return Step(branch, "leave", why, offer)
    push = known is None or known.head != offer.head
    return Step(branch, "open", "opened", offer, None, known, push=push)


def _says_no(request: Request, offer: Offer) -> bool:
    marker = request.marker
    return (
        request.state == "closed"
        and marker is not None
        and not marker.closed
        and marker.identity == offer.identity
    )


def _refreshed(branch: str, offer: Offer, known: Optional[Branch], opened: Request) -> Step:
    marker, signed = opened.marker, read(offer.body)
    push = known is None or known.head != offer.head
    edit = marker != signed
    # Whoever made a draft of a green request, or the reverse, meant it: only news changes that.
    changed = marker is None or marker.ready != offer.ready
    draft = (not offer.ready) if changed and opened.draft == offer.ready else None
    if not push and not edit and draft is None:
        return Step(branch, "leave", f"is current: {opened.url}", offer, opened)
    return Step(
        branch, "refresh", "refreshed", offer, opened, known, push=push, edit=edit, draft=draft
    )


def _without_offer(
    branch: str,
    is_current: bool,
    known: Optional[Branch],
    requests: Sequence[Request],
    opened: Optional[Request],
) -> Step:
    if opened is not None and (is_current or (known is not None and known.merged)):
        why = "closed: the base branch has all of it, or something newer"
        return Step(branch, "close", why, None, opened, known)
    if known is None:
        return Step(branch, "leave", "")
    merged = bool(requests) and requests[-1].state == "merged"
    if opened is None and (merged or known.merged):
        return Step(branch, "delete", "deleted: it is merged", None, None, known)
    return Step(branch, "leave", "")
