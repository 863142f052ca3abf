"""The forge, through its own command line, which holds the credentials."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Dict, Final, Iterable, List, Optional, Protocol, Tuple

from matrix_updates.errors import ForgeFailed, RateLimited
from matrix_updates.publish.decisions import Merged, Request
from matrix_updates.text import last_lines

_TIMEOUT = 120
_LIMITED: Final = ("rate limit", "abuse detection", "too many requests", "http 429")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MOST = 1_000
_PAGE = 100


class Forge(Protocol):
    """What a forge does for a proposal. All raise `ForgeFailed`, and `RateLimited`."""

    def requests(self, prefix: str) -> Tuple[Request, ...]:
        """All requests, in whatever state, from branches of this repository with a prefix."""

    def open(self, branch: str, base: str, title: str, body: str, *, draft: bool) -> str:
        """Opens a request; returns where it can be seen."""

    def edit(self, request: Request, title: Optional[str], body: str) -> None:
        """Gives a request another text, and with a title another title."""

    def set_draft(self, request: Request, draft: bool) -> None:
        """Makes a request a draft, or ready."""

    def close(self, request: Request, comment: str) -> None:
        """Closes a request, with a comment that says why."""


@dataclass(frozen=True)
class _Program:
    """A command line in the repository."""

    name: str
    folder: Path

    def run(self, *arguments: str, content: str = "") -> str:
        try:
            # No pipe: were this process killed, the program would take what came so far for all.
            with tempfile.TemporaryFile() as file:
                file.write(content.encode())
                file.seek(0)
                done = subprocess.run(
                    (self.name, *arguments),
                    cwd=self.folder,
                    stdin=file,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    timeout=_TIMEOUT,
                )
        except OSError as error:
            raise ForgeFailed(f"`{self.name}` did not run: {error.strerror or error}") from None
        except subprocess.TimeoutExpired:
            raise ForgeFailed(f"`{self.name}` did not end within {_TIMEOUT} seconds") from None
        if done.returncode != 0:
            said = last_lines(done.stderr.decode(errors="replace"), 500)
            told = f"`{self.name} {' '.join(arguments[:2])}` ended with {done.returncode}: {said}"
            if any(word in said.lower() for word in _LIMITED):
                raise RateLimited(told)
            raise ForgeFailed(told)
        return done.stdout.decode(errors="replace")

    def listed(self, *arguments: str) -> List[Any]:
        try:
            found = json.loads(self.run(*arguments) or "[]")
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise ForgeFailed(
                f"`{self.name} {' '.join(arguments[:2])}` printed no list of requests"
            )
        return found


@dataclass(frozen=True)
class GitHub:
    """GitHub, by `gh`."""

    program: _Program

    def requests(self, prefix: str) -> Tuple[Request, ...]:
        fields = (
            "number,headRefName,state,isDraft,isCrossRepository,body,url,title,mergedAt,mergeCommit"
        )
        listed = self.program.listed(
            *("pr", "list", "--state", "all", "--limit", str(_MOST), "--json", fields)
        )
        return _requests(
            lambda each: Request(
                number=int(each["number"]),
                branch=str(each["headRefName"]),
                state=str(each["state"]).lower(),
                draft=each.get("isDraft") is True,
                body=str(each.get("body") or "").replace("\r\n", "\n"),
                url=str(each.get("url") or ""),
                title=str(each.get("title") or ""),
                merged=_merged(each.get("mergeCommit"), each.get("mergedAt")),
            ),
            (
                each
                for each in listed
                # Anybody may name a branch of a fork as ours are named.
                if str(each.get("headRefName", "")).startswith(prefix)
                and each.get("isCrossRepository") is not True
            ),
        )

    def open(self, branch: str, base: str, title: str, body: str, *, draft: bool) -> str:
        printed = self.program.run(
            *("pr", "create", "--head", branch, "--base", base, "--title", title),
            *("--body-file", "-", *(["--draft"] if draft else [])),
            content=body,
        )
        return printed.strip().rpartition("\n")[2]

    def edit(self, request: Request, title: Optional[str], body: str) -> None:
        told = ["--title", title] if title is not None else []
        self.program.run("pr", "edit", str(request.number), *told, "--body-file", "-", content=body)

    def set_draft(self, request: Request, draft: bool) -> None:
        self.program.run("pr", "ready", str(request.number), *(["--undo"] if draft else []))

    def close(self, request: Request, comment: str) -> None:
        self.program.run("pr", "close", str(request.number), "--comment", comment)


@dataclass(frozen=True)
class GitLab:
    """GitLab, by `glab`."""

    program: _Program

    def requests(self, prefix: str) -> Tuple[Request, ...]:
        found: List[Any] = []
        for page in range(1, _MOST // _PAGE + 1):
            listed = self.program.listed(
                *("mr", "list", "--all", "--output", "json"),
                *("--per-page", str(_PAGE), "--page", str(page)),
            )
            found += listed
            if len(listed) < _PAGE:
                break
        return _requests(
            lambda each: Request(
                number=int(each["iid"]),
                branch=str(each["source_branch"]),
                state={"opened": "open"}.get(str(each["state"]), str(each["state"])),
                draft=each.get("draft") is True,
                body=str(each.get("description") or "").replace("\r\n", "\n"),
                url=str(each.get("web_url") or ""),
                title=str(each.get("title") or ""),
                merged=_merged(
                    # Of one that was fast-forwarded there is no other commit than its own.
                    each.get("merge_commit_sha")
                    or each.get("squash_commit_sha")
                    or each.get("sha"),
                    each.get("merged_at"),
                ),
            ),
            (
                each
                for each in found
                if str(each.get("source_branch", "")).startswith(prefix)
                and each.get("source_project_id") == each.get("target_project_id")
            ),
        )

    def open(self, branch: str, base: str, title: str, body: str, *, draft: bool) -> str:
        printed = self.program.run(
            *("mr", "create", "--source-branch", branch, "--target-branch", base),
            *("--title", title, "--description", body, "--yes"),
            *(["--draft"] if draft else []),
        )
        return printed.strip().rpartition("\n")[2]

    def edit(self, request: Request, title: Optional[str], body: str) -> None:
        told = ["--title", title] if title is not None else []
        self.program.run("mr", "update", str(request.number), *told, "--description", body)

    def set_draft(self, request: Request, draft: bool) -> None:
        self.program.run("mr", "update", str(request.number), "--draft" if draft else "--ready")

    def close(self, request: Request, comment: str) -> None:
        self.program.run("mr", "note", str(request.number), "--message", comment)
        self.program.run("mr", "close", str(request.number))


def _requests(
    read: Callable[[Dict[str, Any]], Request], listed: Iterable[Dict[str, Any]]
) -> Tuple[Request, ...]:
    try:
        return tuple(map(read, listed))
    except (KeyError, TypeError, ValueError) as error:
        told = f"{type(error).__name__} {error}"
        raise ForgeFailed(f"the forge listed a request that cannot be read: {told}") from None


def _merged(commit: Any, at: Any) -> Optional[Merged]:
    """What a forge says of a merge; None where it says nothing that can be read."""
    found = commit.get("oid") if isinstance(commit, dict) else commit
    if not isinstance(found, str) or not _COMMIT.fullmatch(found) or not isinstance(at, str):
        return None
    try:
        time = datetime.fromisoformat(at.replace("Z", "+00:00"))
    except ValueError:
        return None
    return Merged(found, time) if time.tzinfo is not None else None


def open_forge(name: str, folder: Path) -> Forge:
    """The forge of a repository; raises `ForgeFailed` if its command line is not installed."""
    if shutil.which(name) is None:
        raise ForgeFailed(
            f"`{name}` is not installed: install it, or name the forge's command line by --forge "
            "or `forge` under [tool.matrix-updates]. Nothing was pushed"
        )
    program = _Program(name, folder)
    return GitLab(program) if name == "glab" else GitHub(program)
