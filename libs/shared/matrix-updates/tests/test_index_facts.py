"""What the index says of releases, from an index on loopback."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Callable, Iterator, List, Tuple

import pytest

from matrix_updates import cli
from matrix_updates.prepare.index_facts import Index, NoIndex, _precedence, open_index
from matrix_updates.proposal.model import Facts
from updates_loopback import Server, serve
from updates_world import World, suite_files

pytest_plugins = ["updates_fixtures"]

Command = Callable[..., Tuple[int, str, str]]
WHEEL = "helper-{0}-py3-none-any.whl"
TIME = datetime.datetime(2026, 11, 20, 10, 30, tzinfo=datetime.timezone.utc)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """An index that has helper: 1.0 is yanked, 1.1 is not, 0.9 is gone."""
    with serve() as server:
        page = "".join(
            f'<a href="/files/{name}#sha256=00" data-upload-time="2026-11-20T10:30:00Z"{more}>{name}'
            "</a>"
            for name, more in (
                (WHEEL.format("1.0"), ' data-yanked="leaks &lt;secrets&gt;"'),
                ("helper-1.1.tar.gz", ""),
                (WHEEL.format("1.1"), ""),
            )
        )
        document = f"<!DOCTYPE html><html><body>{page}</body></html>".encode()
        server.answers["/simple/helper/"] = (200, "text/html", document)
        urls = {"Homepage": "https://example.org", "Release notes": "https://example.org/notes"}
        server.json("/pypi/helper/json", {"info": {"project_urls": urls}})
        monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple/")
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        yield server


@pytest.fixture
def index(server: Server) -> Index:
    return open_index()


def test_when_by_which_file_and_where_the_changes_are(index: Index) -> None:
    facts = index.facts("helper", "1.1")
    assert (facts.uploaded, facts.file) == (TIME, WHEEL.format("1.1"))
    assert facts.changelog == "https://example.org/notes"
    assert index.facts("helper", "7").uploaded is None


@pytest.mark.parametrize(
    ("files", "first"),
    [
        (["a-1-py3-none-any.whl", "a-1-cp312-cp312-manylinux_2_17_x86_64.whl"], "any.whl"),
        (
            [
                "a-1-cp311-abi3-macosx_10_9_universal2.whl",
                "a-1-cp311-abi3-manylinux_2_5_x86_64.manylinux1_x86_64.whl",
                "a-1.tar.gz",
            ],
            "manylinux1_x86_64.whl",
        ),
        (["a-1.tar.gz", "a-1-cp311-abi3-win32.whl"], "win32.whl"),
        (["a-1.tar.gz"], ".tar.gz"),
    ],
)
def test_a_release_is_told_by_the_file_that_most_install(files: List[str], first: str) -> None:
    assert min(files, key=_precedence).endswith(first)


def test_what_is_yanked_or_gone(index: Index) -> None:
    assert index.withdrawn("helper", "1.0") == "is yanked: leaks <secrets>"
    assert index.withdrawn("helper", "1.1") == ""
    assert index.withdrawn("helper", "0.9") == "is gone from the index"


def test_a_project_without_releases_is_gone(index: Index, server: Server) -> None:
    """So an index answers for one that is quarantined."""
    server.answers["/simple/helper/"] = (200, "text/html", b"<!DOCTYPE html><html></html>")
    assert "the index lists no release of the project any more" in index.withdrawn("helper", "1.0")


def test_a_project_that_is_quarantined(index: Index, server: Server) -> None:
    """As PEP 792 has it; files or none."""
    status = {"status": "quarantined", "reason": "malware `rm`"}
    page = {"meta": {"api-version": "1.4"}, "name": "helper", "files": [], "project-status": status}
    kind = "application/vnd.pypi.simple.v1+json"
    server.answers["/simple/helper/"] = (200, kind, json.dumps(page).encode())
    assert index.withdrawn("helper", "1.1") == "is quarantined: malware `rm`"


def test_a_fault_of_ours_loses_no_other_work(
    world: World, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(NoIndex):
        def facts(self, project: str, version: str) -> Facts:
            raise TypeError("no such thing")

    monkeypatch.setattr(cli, "open_index", lambda: Broken(""))
    world.releases("alpha", "1.1")
    code, out, err = run("prepare", "--output", world.output, "--advisories=off")
    assert code == 3 and "unexpected TypeError: no such thing; please report this" in err
    assert "4 current" in out


def test_changelogs_come_from_metadata_where_there_is_no_json(index: Index, server: Server) -> None:
    del server.answers["/pypi/helper/json"]
    metadata = "Metadata-Version: 2.1\nProject-URL: Changelog, https://example.org/log\n\n"
    server.answers[f"/files/{WHEEL.format('1.1')}.metadata"] = (
        200,
        "text/plain",
        metadata.encode(),
    )
    assert index.facts("helper", "1.1").changelog == "https://example.org/log"


def test_a_link_that_is_none_is_left_out(index: Index, server: Server) -> None:
    urls = {"Changelog": "javascript:alert(1)", "Changes": "https://e.example/(x)<y>"}
    server.json("/pypi/helper/json", {"info": {"project_urls": urls}})
    assert index.facts("helper", "1.1").changelog == ""


def test_an_index_that_fails_is_told_once_and_no_obstacle(index: Index, server: Server) -> None:
    server.answers["/simple/helper/"] = (200, "application/pdf", b"%PDF")
    assert index.facts("helper", "1.1") == NoIndex("").facts("helper", "1.1")
    assert index.withdrawn("helper", "1.1") == ""
    (problem,) = index.problems()
    assert problem.startswith("the index does not tell of helper: ")


def test_a_proposal_tells_it(
    world: World, run: Command, publish: Command, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "open_index", open_index)
    pins = {"1.0": {"helper": "1.1"}, "1.1": {"helper": "1.0"}}
    world.says("alpha", files=suite_files("alpha", pins))
    code, _, err = run("prepare", "--output", world.output, "--advisories=off", "--only", "alpha")
    assert code == 0, err
    publish()
    body = world.requests()["alpha"]["body"]
    told = "uploaded 2026-11-20 10:30 UTC, as `helper-1.1-py3-none-any.whl`, [changelog]("
    assert f"- `helper` `1.0` → `1.1` in `1.0.lock` ({told}<https://example.org/notes>))" in body
    assert "- `helper 1.0` `is yanked: leaks <secrets>`, reaches `lib/tests/alpha:matrix`" in body
    assert "- `the index does not tell of alpha" not in body
