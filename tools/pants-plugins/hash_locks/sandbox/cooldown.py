"""Keeps pip from what was uploaded a moment ago, because most malicious or broken releases are withdrawn
within days, and from what was uploaded after a date, where one is given."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Collection

from pip._internal.index.package_finder import LinkEvaluator, LinkType
from pip._internal.models.link import Link
from pip._vendor.packaging.utils import canonicalize_name

_evaluate = LinkEvaluator.evaluate_link


@dataclass
class CoolDown:
    """What may not be chosen yet.

    pip has `--uploaded-prior-to`, which takes no exceptions: not for a pin that a lock holds already, nor
    for an index of one's own that does not say when a file was uploaded.

    Attributes:
        before: when a file must have been uploaded at the latest.
        days: how long that is ago; 0 if nothing cools down.
        exempt: normalized names of projects that it leaves alone.
        held: projects and versions that the lock holds already, which need not cool down.
        prior_to: the date, in UTC, that `[python].resolves_to_uploaded_prior_to` gives the resolve.
    """

    before: datetime.datetime
    days: int
    exempt: Collection[str]
    held: Collection[tuple[str, str]]
    prior_to: datetime.datetime | None = None
    # Project -> what to say where nothing else of it would do.
    refused: dict[str, str] = field(default_factory=dict)

    def attach(self) -> None:
        """From now on pip sees no such file."""

        def evaluate(evaluator: LinkEvaluator, link: Link) -> tuple[LinkType, str]:
            verdict, detail = _evaluate(evaluator, link)
            if verdict is not LinkType.candidate:
                return verdict, detail
            name = canonicalize_name(evaluator.project_name)
            if link.is_file or name in self.exempt:
                return verdict, detail
            return self._judged(name, detail, link)

        setattr(LinkEvaluator, "evaluate_link", evaluate)  # noqa: B010 - its type is another

    def _judged(self, name: str, version: str, link: Link) -> tuple[LinkType, str]:
        uploaded = link.upload_time
        cools = self.days > 0 and (name, version) not in self.held
        if uploaded is None and (cools or self.prior_to is not None):
            self.refused.setdefault(
                name,
                f"the index does not say when a file of {name} was uploaded, so that nothing of it ever "
                "cools down; `[hash-locks].cooldown_exempt` may name it",
            )
            return LinkType.upload_too_late, "no upload time"
        if self.prior_to is not None and uploaded is not None and uploaded >= self.prior_to:
            self.refused[name] = (
                f"{name} {version} was not uploaded before {self.prior_to:%Y-%m-%d %H:%M} UTC, as "
                "`[python].resolves_to_uploaded_prior_to` wants it"
            )
            return LinkType.upload_too_late, "uploaded too late"
        if cools and uploaded is not None and uploaded > self.before:
            until = uploaded + datetime.timedelta(days=self.days)
            self.refused[name] = (
                f"{name} {version} cools down until {until:%Y-%m-%d %H:%M} UTC; "
                "`[hash-locks].cooldown_exempt` may name it"
            )
            return LinkType.upload_too_late, "cools down"
        return LinkType.candidate, version
