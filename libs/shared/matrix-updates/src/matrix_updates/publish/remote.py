"""The branches of the remote that belong to this program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Final, Optional

from matrix_updates.errors import BranchMoved, GitFailed
from matrix_updates.git import EMAIL, Git
from matrix_updates.publish.decisions import Branch
from matrix_updates.text import one_line

_HERE: Final = "refs/matrix-updates/remote"
_NOWHERE: Final = ""


@dataclass(frozen=True)
class Remote:
    """A remote of the repository, and the newest commit of its base branch."""

    git: Git
    name: str
    base_branch: str
    tip: str

    def branches(self, prefix: str) -> Dict[str, Branch]:
        """The branches with a prefix; raises `GitFailed`."""
        self.git.run(
            *("fetch", "--quiet", "--no-tags", "--prune", self.name),
            f"+refs/heads/{prefix}*:{_HERE}/{prefix}*",
        )
        listed = self.git.run("for-each-ref", "--format=%(objectname) %(refname)", _HERE)
        found = {}
        for line in listed.splitlines():
            head, _, reference = line.partition(" ")
            name = reference[len(_HERE) + 1 :]
            found[name] = Branch(name, head, self._is_ours(head), self._is_merged(head))
        return found

    def push(self, branch: str, head: str, expected: Optional[str]) -> None:
        """Makes a branch of the remote a commit, if it still is what is expected (None: absent).

        Raises `BranchMoved`, and `GitFailed` if the remote cannot be reached.
        """
        self._push(branch, f"{head}:refs/heads/{branch}", expected)

    def delete(self, branch: str, expected: str) -> None:
        """Deletes a branch of the remote, if it still is what is expected; raises as `push` does."""
        self._push(branch, f":refs/heads/{branch}", expected)

    def _push(self, branch: str, refspec: str, expected: Optional[str]) -> None:
        lease = f"--force-with-lease=refs/heads/{branch}:{expected or _NOWHERE}"
        pushed = self.git.attempt("push", "--porcelain", "--no-verify", lease, self.name, refspec)
        if pushed.returncode == 0:
            return
        said = pushed.stdout.decode(errors="replace") + pushed.stderr.decode(errors="replace")
        if "stale info" in said or "rejected" in said:
            raise BranchMoved(
                f"somebody pushed to {branch} meanwhile, or the remote refuses the push; it is left "
                f"as it is: {one_line(said, 300)}"
            )
        raise GitFailed(f"{branch} was not pushed to {self.name}: {one_line(said, 300)}")

    def _is_ours(self, head: str) -> bool:
        committers = self.git.run("log", "--format=%ce", f"{self.tip}..{head}").split("\n")
        return all(committer == EMAIL for committer in committers if committer)

    def _is_merged(self, head: str) -> bool:
        """Whether the base has every file as this branch made it, by whichever way it came there."""
        start = self.git.attempt("merge-base", self.tip, head).stdout.decode().strip()
        if not start:
            return False
        paths = {change.path for change in self.git.changes(start, head)}
        return not paths & {change.path for change in self.git.changes(head, self.tip)}


def read_remote(git: Git, name: str, base_branch: str) -> Remote:
    """The remote as it is now; raises `GitFailed`."""
    here = f"{_HERE}-base"
    git.run("fetch", "--quiet", "--no-tags", name, f"+refs/heads/{base_branch}:{here}")
    return Remote(git, name, base_branch, git.run("rev-parse", here).strip())


def forget(git: Git) -> None:
    """Removes what was kept of the remote."""
    for name in git.run("for-each-ref", "--format=%(refname)", "refs/matrix-updates").split():
        git.attempt("update-ref", "-d", name)
