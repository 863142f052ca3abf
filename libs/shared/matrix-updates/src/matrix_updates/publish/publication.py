"""The whole of `publish`: the folder inspected, what to do decided, and done."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Callable, List, Mapping, Optional, Tuple

from matrix_updates import units
from matrix_updates.errors import BranchMoved, ForgeFailed, GitFailed, RateLimited, Refused
from matrix_updates.git import Git
from matrix_updates.proposal import wording
from matrix_updates.proposal.model import Proposal
from matrix_updates.proposal.samples import identity
from matrix_updates.proposal.verdict import is_ready
from matrix_updates.publish import inspection, marker
from matrix_updates.publish.decisions import Offer, Step, decide
from matrix_updates.publish.forge import Forge
from matrix_updates.publish.incoming import Incoming
from matrix_updates.publish.inspection import Allowed
from matrix_updates.publish.merged import MergedRequests, merged_of
from matrix_updates.publish.remote import Remote, forget, read_remote
from matrix_updates.repository import Base, all_units, read_base

NO_CI = (
    "note: requests that a workflow opens with its default token start no CI on GitHub. Give `publish` "
    "the token of an app, or close and reopen the request; `starts-ci = true` under "
    "[tool.matrix-updates] silences this"
)


@dataclass(frozen=True)
class Published:
    """What was done, a line each, what was refused or failed, and what people have merged."""

    done: Tuple[str, ...]
    failed: Tuple[str, ...]
    merged: MergedRequests


def publish(
    git: Git,
    incoming: Incoming,
    remote_name: str,
    forge_for: Callable[[Base], Forge],
    *,
    dry_run: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> Published:
    """Publishes a folder's proposals.

    Raises `UpdatesError` before anything is pushed if the folder, the remote or the forge cannot be
    used; what goes wrong with a proposal afterwards is told, and holds up no other.
    """
    try:
        remote = read_remote(git, remote_name, incoming.prepared.base_branch)
        base = read_base(git, remote.tip)
        forge = forge_for(base)
        return _Publication(git, incoming, remote, base, forge).run(
            dry_run=dry_run, environment=environment
        )
    finally:
        forget(git)


@dataclass(frozen=True)
class _Publication:
    git: Git
    incoming: Incoming
    remote: Remote
    base: Base
    forge: Forge

    def run(self, *, dry_run: bool, environment: Mapping[str, str]) -> Published:
        configuration = self.base.configuration
        groups = units.grouped(all_units(self.git, self.base), configuration)
        allowed = Allowed(self.remote.tip, groups, configuration.support_tables)
        inspection.unpack(self.git, self.incoming)
        offers: List[Offer] = []
        failed: List[str] = []
        for proposal in self.incoming.proposals:
            try:
                offers.append(self._offer(proposal, allowed))
            except (Refused, GitFailed) as error:
                failed.append(f"{proposal.name}: refused: {error}")
        prefix = configuration.branch_prefix
        requests = self.forge.requests(prefix)
        refused = {each.partition(":")[0] for each in failed}
        steps = decide(
            offers,
            [prefix + name for name in self.incoming.prepared.current if name not in refused],
            self.remote.branches(prefix),
            requests,
            at_once=configuration.open_at_once,
        )
        done: List[str] = []
        stopped: Optional[str] = None
        for step in steps:
            name = step.branch[len(prefix) :]
            if step.kind == "leave":
                done += [f"{name}: {step.why}"] if step.why else []
            elif dry_run:
                done.append(f"{name}: would be {step.why}")
            elif stopped is not None:
                failed.append(f"{name}: not published, because {stopped}")
            else:
                try:
                    done.append(f"{name}: {self._do(step)}")
                except RateLimited as error:
                    stopped = "the forge takes no more requests for now"
                    failed.append(f"{name}: {error}. The next run takes up where this one stopped")
                except (ForgeFailed, BranchMoved, GitFailed) as error:
                    failed.append(f"{name}: {error}")
        pushed = any(step.push for step in steps) and not dry_run
        if pushed and not configuration.starts_ci and "GITHUB_ACTIONS" in environment:
            done.append(NO_CI)
        return Published(tuple(done), tuple(failed), merged_of(requests))

    def _offer(self, proposal: Proposal, allowed: Allowed) -> Offer:
        files = inspection.inspect(self.git, proposal, allowed)
        tiers = self.base.configuration.not_blocking
        ready = is_ready(proposal, tiers)
        title, told = wording.title(proposal), identity(files)
        body = marker.signed(title, wording.body(proposal, tiers), identity=told, ready=ready)
        return Offer(
            name=proposal.name,
            branch=self.base.configuration.branch_prefix + proposal.name,
            head=proposal.head,
            identity=told,
            ready=ready,
            urgent=proposal.mends(),
            title=title,
            body=body,
        )

    def _do(self, step: Step) -> str:
        known, offer, request = step.known, step.offer, step.request
        if step.kind == "close":
            assert request is not None
            self.forge.edit(request, None, marker.closed_by_us(request.body))
            self.forge.close(request, "The base branch has all of this, or something newer.")
            if known is not None:
                self.remote.delete(step.branch, known.head)
            return f"{step.why}: {request.url}"
        if step.kind == "delete":
            assert known is not None
            self.remote.delete(step.branch, known.head)
            return step.why
        assert offer is not None
        if step.push:
            self.remote.push(step.branch, offer.head, known.head if known else None)
        if request is None:
            url = self.forge.open(
                step.branch,
                self.remote.base_branch,
                offer.title,
                offer.body,
                draft=not offer.ready,
            )
            return f"opened{'' if offer.ready else ' as a draft'}: {url}"
        if step.draft is not None:
            self.forge.set_draft(request, step.draft)
        if step.edit:
            # Last, because the marker in it says that all the rest is done.
            self.forge.edit(request, offer.title, offer.body)
        return f"refreshed: {request.url}"
