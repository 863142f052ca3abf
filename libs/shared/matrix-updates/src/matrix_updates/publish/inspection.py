"""Whether the commits of a proposal are what they may be, by the base branch alone.

Nothing of the folder decides what is allowed: suites, locks, pages and groups are those of the base
branch of the remote. Nothing is checked out, no filter and no hook runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Final, Mapping, Optional, Tuple

from matrix_updates.errors import GitFailed, Refused, UnreadableFolder
from matrix_updates.git import ABSENT, EMAIL, REGULAR, Change, Git
from matrix_updates.proposal.model import Proposal
from matrix_updates.publish import contents
from matrix_updates.publish.incoming import Incoming
from matrix_updates.text import one_line
from matrix_updates.units import Unit

INCOMING: Final = "refs/matrix-updates/incoming"


@dataclass(frozen=True)
class Allowed:
    """What the base branch, whose newest commit is `tip`, allows: its groups and its pages."""

    tip: str
    groups: Mapping[str, Tuple[Unit, ...]]
    pages: Tuple[str, ...]


def unpack(git: Git, incoming: Incoming) -> None:
    """Takes the commits of a bundle into the repository, under names that nothing else uses.

    Raises `UnreadableFolder` for a bundle that is torn, or made for another repository.
    """
    if not incoming.proposals:
        return
    base = incoming.prepared.base
    if git.commit_of(base) is None:
        raise UnreadableFolder(
            f"the proposals are made for {base[:12]}, which is not in this repository: fetch all "
            "of the base branch's history"
        )
    try:
        git.run(
            *("-c", "fetch.fsckObjects=true", "fetch", "--quiet", "--no-tags", "--no-auto-gc"),
            str(incoming.bundle),
            f"+refs/matrix-updates/*:{INCOMING}/*",
        )
    except GitFailed as error:
        raise UnreadableFolder(
            f"{incoming.bundle} cannot be read: {one_line(str(error), 300)}"
        ) from None


def clear(git: Git) -> None:
    """Forgets the names that `unpack` gave."""
    for name in git.run("for-each-ref", "--format=%(refname)", INCOMING).split():
        git.attempt("update-ref", "-d", name)


def inspect(git: Git, proposal: Proposal, allowed: Allowed) -> Dict[str, str]:
    """Checks every commit of a proposal; returns path -> text of the files of its units.

    Raises `Refused` that names the path and says what was expected.
    """
    members = allowed.groups.get(proposal.name)
    if members is None:
        raise Refused(f"the base branch has no group {proposal.name!r}")
    if git.commit_of(f"{INCOMING}/{proposal.name}") != proposal.head:
        raise Refused(f"the bundle has another commit than {proposal.head[:12]} for it")
    if git.attempt("merge-base", "--is-ancestor", proposal.base, allowed.tip).returncode != 0:
        raise Refused(f"its base {proposal.base[:12]} is not on the base branch")
    known = {(unit.kind, unit.name): unit for unit in members}
    at = proposal.base
    commits = _commits(git, proposal)
    for told, commit in zip(proposal.units, commits):
        unit = known.get((told.kind, told.name))
        if unit is None:
            raise Refused(f"{one_line(told.name)} is no {told.kind} of its group")
        for change in git.changes(at, commit):
            _check(git, change, unit, allowed.pages)
        at = commit
    # All of them, and not what changed alone: whether samples and pins are those of another day is no
    # question of the base.
    return {
        path: git.run("cat-file", "blob", f"{proposal.head}:{path}")
        for told in proposal.units
        for path in git.files_below(proposal.head, known[(told.kind, told.name)].path)
    }


def _commits(git: Git, proposal: Proposal) -> Tuple[str, ...]:
    """The commits from base to head, if they are a chain as the proposal tells it."""
    span = f"{proposal.base}..{proposal.head}"
    listed = git.run(
        "log", "--reverse", "--topo-order", "--format=%H %P%x00%ae%x00%ce%x00%B%x01", span
    )
    commits = []
    at = proposal.base
    for entry in listed.split("\x01")[:-1]:
        lineage, author, committer, message = entry.lstrip("\n").split("\0", 3)
        commit, *parents = lineage.split()
        if parents != [at]:
            raise Refused(f"{commit[:12]} has other parents than the commit before it")
        if (author, committer) != (EMAIL, EMAIL):
            raise Refused(f"{commit[:12]} is by somebody else than {EMAIL}")
        subject = message.rstrip("\n")
        if not subject.isprintable() or len(subject) > 1_000 or "[" in subject:
            # A forge acts on some words in brackets.
            raise Refused(f"{commit[:12]} has a message that is no line of plain text")
        commits.append(commit)
        at = commit
    if tuple(commits) != tuple(unit.commit for unit in proposal.units):
        raise Refused("its commits are not those that it tells of")
    return tuple(commits)


def _check(git: Git, change: Change, unit: Unit, pages: Tuple[str, ...]) -> None:
    path = one_line(change.path, 200)
    page = change.path in pages
    if not page and not unit.may_hold(change.path):
        raise Refused(
            f"it touches {path}, which is no generated file of {unit.name}"
            if unit.is_suite
            else f"it touches {path}, and may touch {unit.path} alone"
        )
    if change.mode == ABSENT:
        if not unit.is_suite or page or not change.path.endswith((".lock", ".jsonl")):
            raise Refused(f"it deletes {path}")
        return
    if change.mode != REGULAR or change.mode_before not in (REGULAR, ABSENT):
        raise Refused(f"it makes {path} something else than a regular file")
    if int(git.run("cat-file", "-s", change.blob)) > contents.MAX_BYTES:
        raise Refused(f"it makes {path} larger than {contents.MAX_BYTES} bytes")
    before = _text(git, change.blob_before if change.mode_before != ABSENT else None)
    after = _text(git, change.blob) or ""
    why = (
        contents.page_problem(before, after)
        if page
        else contents.problem(change.path, before, after)
    )
    if why is not None:
        raise Refused(f"{path} {why}")


def _text(git: Git, blob: Optional[str]) -> Optional[str]:
    return None if blob is None else git.run("cat-file", "blob", blob)
