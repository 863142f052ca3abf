"""News of Pythons, from what snapshots record: release-sampler knows the dates, and asks no index."""

from __future__ import annotations

import json
import logging
from typing import Any, Iterable, Mapping

from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.generate.requests import PythonNews, PythonNewsRequest
from version_matrix.generate.sampler import run_sampler
from version_matrix.stanza.policy import PolicyError, VersionMatrix
from version_matrix.stanza.samples_file import SNAPSHOT_FILE
from version_matrix.stanza.suite import Suite
from version_matrix.tools.subsystems import IndexClient
from version_matrix.tools.tool_installation import ToolInstallationError

logger = logging.getLogger(__name__)


@rule(desc="Look for news of Pythons", level=LogLevel.DEBUG)
async def look_for_python_news(
    request: PythonNewsRequest, index_client: IndexClient, matrix: VersionMatrix
) -> PythonNews:
    paths = {f"{suite.folder}/{SNAPSHOT_FILE}": suite for suite in request.suites if suite.project}
    snapshots = await engine.read_files(paths)
    if not snapshots:
        return PythonNews(())
    try:
        result = await run_sampler(
            index_client,
            ("news", "--request=request.json"),
            {
                **snapshots,
                "request.json": _document(request, matrix, {p: paths[p] for p in snapshots}),
            },
            polls_index=False,
            description="Look for news of Pythons",
        )
    except (PolicyError, ToolInstallationError):
        # Told of each suite already.
        return PythonNews(())
    if result.exit_code != 0:
        # What was generated is as good without.
        logger.warning(f"No news of Pythons: {result.stderr.decode(errors='replace').strip()}")
        return PythonNews(())
    return PythonNews(tuple(sentences(json.loads(result.stdout), of_all=request.of_all)))


def _document(
    request: PythonNewsRequest, matrix: VersionMatrix, suites: Mapping[str, Suite]
) -> bytes:
    document = {
        # Of the day, so that a second look on one day is none.
        "as_of": f"{request.as_of[:10]}T00:00:00Z",
        "policy": matrix.policy(),
        "suites": [
            {"suite": suite.sampling_request(), "releases": path} for path, suite in suites.items()
        ],
    }
    return json.dumps(document).encode()


def sentences(told: Mapping[str, Iterable[Mapping[str, Any]]], *, of_all: bool) -> Iterable[str]:
    """What release-sampler told, a line each; counts and targets only where all suites were asked."""
    if of_all:
        for new in told["new"]:
            python, _, count = new["text"].partition(": ")
            yield f"Python {python} is claimed by {count}, and is no target."
        for ended in told["ended"]:
            yield f"Python {ended['text']}; it is still a target."
    for limit in told["limits"]:
        yield f"{limit['text']}."


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
