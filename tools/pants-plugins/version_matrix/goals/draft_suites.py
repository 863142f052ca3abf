"""`draft-suites`: stanzas from what a project already tests itself with."""

from __future__ import annotations

import json
import posixpath
from typing import Iterable, Mapping, Sequence

from pants.engine.console import Console
from pants.engine.fs import Workspace
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.rules import Rule, collect_rules, goal_rule
from pants.engine.unions import UnionRule
from pants.option.option_types import BoolOption, StrListOption, StrOption
from pants.util.docutil import bin_name
from pants.util.strutil import help_text, pluralize, softwrap

from version_matrix import engine
from version_matrix.drafts import wording
from version_matrix.drafts.drafting import drafts_of
from version_matrix.drafts.model import Draft
from version_matrix.drafts.placing import Placed, placed
from version_matrix.drafts.readout import reading_of
from version_matrix.drafts.requests import ReadoutRequest

# Plugins that say how environments are made or which of them a job runs, and not what is in them.
_NO_MATTER = ("tox-gh", "tox-gh-actions", "tox-uv", "tox-uv-bare")


class DraftSuitesSubsystem(GoalSubsystem):
    name = "draft-suites"
    help = help_text("""
        Drafts `python_matrix_tests` stanzas from the environments of tox or riot.

        The file is read by the tool that it is made for, in a process of its own. Environments that
        run the same tests with the same package are one draft; what no stanza says is listed, with
        the reason. For instance `draft-suites --from=tox.ini`.

        It prints, and writes nothing unless asked to. docs/moving-in.md, in the plugin's
        repository, goes through it.
        """)

    source = StrOption(
        "--from",
        default=None,
        metavar="PATH",
        help=softwrap("""
            The file to read, from the root of the repository: tox.ini, tox.toml, pyproject.toml or
            setup.cfg with a configuration of tox, or a riotfile.py, which is a program and is run.
            """),
    )
    write = BoolOption(
        default=False,
        help=softwrap("""
            Add each draft to the BUILD file beside its tests, behind what that file holds; make the
            file if there is none.
            """),
    )
    without_plugins = StrListOption(
        default=[],
        help=softwrap("""
            Plugins of tox to read the file without: those that change neither which environments
            there are nor what is in them.
            """),
    )


class DraftSuites(Goal):
    subsystem_cls = DraftSuitesSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


async def _placed(drafts: Sequence[Draft], root: str) -> tuple[Placed, ...]:
    tests = sorted({path for draft in drafts for path in draft.paths})
    files = await engine.file_names([glob for path in tests for glob in _globs(path)])
    return placed(drafts, frozenset(files), await engine.target_names(), root)


def _globs(path: str) -> tuple[str, ...]:
    return ("**",) if path == "." else (path, f"{path}/**")


async def _build_files(folders: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """Folder -> path and text of its BUILD file, of folders that have one."""
    wanted = sorted(set(folders))
    found = await engine.read_files(
        [
            posixpath.normpath(f"{folder}/{name}")
            for folder in wanted
            for name in ("BUILD", "BUILD.*")
        ]
    )
    build: dict[str, tuple[str, str]] = {}
    for path in sorted(found):
        build.setdefault(posixpath.dirname(path) or ".", (path, found[path].decode()))
    return build


@goal_rule
async def draft_suites(
    console: Console,
    workspace: Workspace,
    options: DraftSuitesSubsystem,
) -> DraftSuites:
    if not options.source:
        console.print_stderr(
            f"Name the file to read, for instance `{bin_name()} {options.name} --from=tox.ini`."
        )
        return DraftSuites(exit_code=1)
    path = posixpath.normpath(options.source)
    readout = await engine.readout(ReadoutRequest(path, (*_NO_MATTER, *options.without_plugins)))
    if readout.told is None:
        console.print_stderr(f"{options.source}: {readout.error}.")
        return DraftSuites(exit_code=1)
    told = json.loads(readout.told)
    reading = reading_of(told)
    drafts = drafts_of(reading.environments)
    where = await _placed(drafts.drafts, posixpath.dirname(path) or ".")
    build = await _build_files([each.folder for each in where])
    if where:
        paths = {folder: file for folder, (file, _) in build.items()}
        console.print_stdout(wording.shown(where, paths))
    left_out = (*reading.left_out, *drafts.left_out)
    if left_out:
        console.print_stderr(f"Not carried over:\n{wording.left_out(left_out)}")
    covered = sum(len(draft.covers) for draft in drafts.drafts)
    of_all = len(told["environments"])
    console.print_stderr(
        f"{options.source}, read by {reading.reader}: {pluralize(of_all, 'environment')}, {covered} of "
        f"them in {pluralize(len(drafts.drafts), 'draft')}."
    )
    if not options.write or not where:
        return DraftSuites(exit_code=0 if where else 1)
    writable = [each for each in where if each.problem is None]
    for each in where:
        if each.problem:
            console.print_stderr(f"Not written, {each.draft.package}: {each.problem}.")
    files = _written(writable, build)
    if files:
        workspace.write_digest(await engine.digest_of(files))
        console.print_stderr(f"Wrote {', '.join(sorted(files))}.")
    return DraftSuites(exit_code=0 if files else 1)


def _written(drafts: Iterable[Placed], build: Mapping[str, tuple[str, str]]) -> dict[str, bytes]:
    """Path -> content of each BUILD file, with the drafts behind what it holds."""
    stanzas: dict[str, list[str]] = {}
    for each in drafts:
        stanzas.setdefault(each.folder, []).append(wording.stanza(each))
    files = {}
    for folder, texts in stanzas.items():
        path, existing = build.get(folder, (posixpath.normpath(f"{folder}/BUILD"), ""))
        files[path] = wording.build_file(existing, texts).encode()
    return files


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
