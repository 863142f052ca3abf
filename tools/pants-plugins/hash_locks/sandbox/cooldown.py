"""Keeps pip from what was uploaded a moment ago: most malicious or broken releases are withdrawn within
days."""

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
        days: how long that is ago, for messages.
        exempt: normalized names of projects that it leaves alone.
        held: projects and versions that the lock holds already.
    """

    before: datetime.datetime
    days: int
    exempt: Collection[str]
    held: Collection[tuple[str, str]]
    # Project -> what to say where nothing else of it would do.
    refused: dict[str, str] = field(default_factory=dict)

    def attach(self) -> None:
        """From now on pip sees no such file."""

        def evaluate(evaluator: LinkEvaluator, link: Link) -> tuple[LinkType, str]:
            verdict, detail = _evaluate(evaluator, link)
            if verdict is not LinkType.candidate:
                return verdict, detail
            name = canonicalize_name(evaluator.project_name)
            if link.is_file or name in self.exempt or (name, detail) in self.held:
                return verdict, detail
            return self._judged(name, detail, link)

        setattr(LinkEvaluator, "evaluate_link", evaluate)  # noqa: B010 - its type is another

    def _judged(self, name: str, version: str, link: Link) -> tuple[LinkType, str]:
        if link.upload_time is None:
            self.refused.setdefault(
                name,
                f"the index does not say when a file of {name} was uploaded, so that nothing of it ever "
                "cools down; `[hash-locks].cooldown_exempt` may name it",
            )
            return LinkType.upload_too_late, "no upload time"
        if link.upload_time <= self.before:
            return LinkType.candidate, version
        until = link.upload_time + datetime.timedelta(days=self.days)
        self.refused[name] = (
            f"{name} {version} cools down until {until:%Y-%m-%d %H:%M} UTC; "
            "`[hash-locks].cooldown_exempt` may name it"
        )
        return LinkType.upload_too_late, "cools down"
