"""How each forge's command line is called, and what is made of its answers."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, List, Optional

import pytest

from matrix_updates.errors import ForgeFailed, RateLimited
from matrix_updates.publish.decisions import Merged, Request
from matrix_updates.publish.forge import Forge, open_forge

pytest_plugins = ["updates_fixtures"]

# Notes how it was called, and says what it is told to.
_PROGRAM = """\
#!{python} -IS
import json, sys
from pathlib import Path

room = Path({room!r})
with (room / "calls.jsonl").open("a") as file:
    file.write(json.dumps([*sys.argv[1:], sys.stdin.read()]) + "\\n")
said = json.loads((room / "says.json").read_text())
sys.stderr.write(said["errors"])
print(said["output"])
sys.exit(said["status"])
"""

Opened = Callable[..., Forge]


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    def opened(name: str, output: str = "", *, errors: str = "", status: int = 0) -> Forge:
        program = tmp_path / name
        program.write_text(_PROGRAM.format(python=sys.executable, room=str(tmp_path)))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        said = {"output": output, "errors": errors, "status": status}
        (tmp_path / "says.json").write_text(json.dumps(said))
        return open_forge(name, tmp_path)

    return opened


@pytest.fixture
def calls(tmp_path: Path) -> Callable[[], List[Any]]:
    return lambda: [
        json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()
    ]


MERGE_REQUEST = {
    "iid": 7,
    "source_branch": "matrix-updates/a",
    "state": "opened",
    "draft": True,
    "description": "one\r\ntwo",
    "web_url": "https://forge.example/7",
    "source_project_id": 1,
    "target_project_id": 1,
}
REQUEST = Request(7, "matrix-updates/a", "open", True, "one\ntwo", "https://forge.example/7")


def test_gitlab_lists_ours_and_no_forks(forge: Opened) -> None:
    others = [
        {**MERGE_REQUEST, "source_project_id": 2},
        {**MERGE_REQUEST, "source_branch": "feature"},
        {**MERGE_REQUEST, "iid": 8, "state": "merged", "draft": False},
    ]
    found = forge("glab", json.dumps([MERGE_REQUEST, *others])).requests("matrix-updates/")
    assert found[0] == REQUEST
    assert [(each.number, each.state) for each in found] == [(7, "open"), (8, "merged")]


def test_gitlab_is_asked_page_by_page(forge: Opened, calls: Callable[[], List[Any]]) -> None:
    """As long as pages are full, and never for ever."""
    full = [{**MERGE_REQUEST, "iid": number} for number in range(100)]
    assert len(forge("glab", json.dumps(full)).requests("matrix-updates/")) == 1_000
    assert [call[call.index("--page") + 1] for call in calls()] == [str(n) for n in range(1, 11)]


def test_gitlab_is_called_so(forge: Opened, calls: Callable[[], List[Any]]) -> None:
    gitlab = forge("glab", "Creating\nhttps://forge.example/9")
    assert gitlab.open("b", "main", "t", "text", draft=True) == "https://forge.example/9"
    gitlab.edit(REQUEST, "t", "text")
    gitlab.set_draft(REQUEST, False)
    gitlab.set_draft(REQUEST, True)
    gitlab.close(REQUEST, "done")
    assert [call[:-1] for call in calls()] == [
        [
            *("mr", "create", "--source-branch", "b", "--target-branch", "main"),
            *("--title", "t", "--description", "text", "--yes", "--draft"),
        ],
        ["mr", "update", "7", "--title", "t", "--description", "text"],
        ["mr", "update", "7", "--ready"],
        ["mr", "update", "7", "--draft"],
        ["mr", "note", "7", "--message", "done"],
        ["mr", "close", "7"],
    ]


def test_github_is_called_so(forge: Opened, calls: Callable[[], List[Any]]) -> None:
    github = forge("gh", "https://forge.example/9")
    assert github.open("b", "main", "t", "text", draft=False) == "https://forge.example/9"
    github.edit(REQUEST, None, "text")
    github.set_draft(REQUEST, True)
    github.close(REQUEST, "done")
    assert calls() == [
        [
            "pr",
            "create",
            "--head",
            "b",
            "--base",
            "main",
            "--title",
            "t",
            "--body-file",
            "-",
            "text",
        ],
        ["pr", "edit", "7", "--body-file", "-", "text"],
        ["pr", "ready", "7", "--undo", ""],
        ["pr", "close", "7", "--comment", "done", ""],
    ]


@pytest.mark.parametrize("name", ["gh", "glab"])
@pytest.mark.parametrize("output", ["no JSON", '{"message": "Not Found"}', "[1]"])
def test_an_answer_that_is_no_list_is_named(forge: Opened, name: str, output: str) -> None:
    with pytest.raises(ForgeFailed, match="printed no list of requests"):
        forge(name, output).requests("matrix-updates/")


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ("HTTP 403: API rate limit exceeded for user", RateLimited),
        ("GraphQL: was submitted too quickly; secondary rate limit", RateLimited),
        ("429 Too Many Requests", RateLimited),
        ("HTTP 404: Not Found\x1b[31m", ForgeFailed),
    ],
)
def test_what_a_forge_says_of_a_failure_is_told(
    forge: Opened, errors: str, kind: type[ForgeFailed]
) -> None:
    with pytest.raises(ForgeFailed) as raised:
        forge("gh", errors=errors, status=1).close(REQUEST, "x")
    assert type(raised.value) is kind
    assert "`gh pr close` ended with 1: " in str(raised.value) and "\x1b" not in str(raised.value)


COMMIT = "c" * 40
AT = datetime(2026, 12, 1, 12, tzinfo=timezone.utc)
PULL_REQUEST = {
    "number": 7,
    "headRefName": "matrix-updates/a",
    "state": "MERGED",
    "isDraft": False,
    "title": "Test a 2",
    "url": "https://forge.example/pull/7",
    "mergedAt": "2026-12-01T12:00:00Z",
    "mergeCommit": {"oid": COMMIT},
}
MERGE = {
    **MERGE_REQUEST,
    "state": "merged",
    "title": "Test a 2",
    "merged_at": "2026-12-01T13:00:00.000+01:00",
    "sha": COMMIT,
}


@pytest.mark.parametrize(
    ("name", "request_", "merged"),
    [
        ("gh", PULL_REQUEST, Merged(COMMIT, AT)),
        ("gh", {**PULL_REQUEST, "mergeCommit": None}, None),
        ("gh", {**PULL_REQUEST, "mergeCommit": {"oid": "main"}}, None),
        ("gh", {**PULL_REQUEST, "mergedAt": "today"}, None),
        ("gh", {**PULL_REQUEST, "mergedAt": "2026-12-01T12:00:00"}, None),
        ("glab", MERGE, Merged(COMMIT, AT)),
        ("glab", {**MERGE, "merge_commit_sha": "d" * 40}, Merged("d" * 40, AT)),
        ("glab", {**MERGE, "squash_commit_sha": "e" * 40}, Merged("e" * 40, AT)),
        ("glab", {**MERGE, "merged_at": None}, None),
    ],
)
def test_as_what_a_request_was_merged(
    forge: Opened, name: str, request_: object, merged: Optional[Merged]
) -> None:
    (found,) = forge(name, json.dumps([request_])).requests("matrix-updates/")
    assert (found.state, found.title, found.merged) == ("merged", "Test a 2", merged)


@pytest.mark.parametrize("name", ["gh", "glab"])
def test_a_request_that_cannot_be_read_is_named(forge: Opened, name: str) -> None:
    request = {"headRefName": "matrix-updates/a", "source_branch": "matrix-updates/a"}
    with pytest.raises(ForgeFailed, match="listed a request that cannot be read: KeyError"):
        forge(name, json.dumps([request])).requests("matrix-updates/")
