"""The whole way: packages get releases, `prepare` and `publish` make requests of them, people act."""

from __future__ import annotations

import json
from typing import Callable, Tuple

import pytest

from updates_world import World, address, goals, lock, suite_files

pytest_plugins = ["updates_fixtures"]

Command = Callable[..., Tuple[int, str, str]]

BROKEN = {
    "release": "2.0",
    "uploaded": "2026-11-20T10:30:00Z",
    "cause": "its pin helper 3.0",
    "pins": ["helper 2.0 -> 3.0"],
    "failing_test": "test_beta::test_works",
}


@pytest.fixture
def news(world: World) -> World:
    """Three packages get releases, of which one breaks a suite."""
    world.releases("alpha", "1.1", helper="1.1")
    world.releases("beta", "2.0", helper="3.0")
    world.says("beta", red={"2.0": "test_beta::test_works"}, bisect=BROKEN)
    world.releases("gamma", "1.2", helper="1.0")
    return world


def test_two_ready_requests_and_a_draft_that_names_the_first_bad_release(
    news: World, prepare: Command, publish: Command
) -> None:
    code, out, err = prepare()
    assert (code, out.count(": prepared")) == (0, 3), err
    code, out, err = publish()
    assert (code, err) == (0, "")
    assert out.count("opened") == 3
    requests = news.requests()
    assert {stem: each["isDraft"] for stem, each in requests.items()} == {
        "alpha": False,
        "beta": True,
        "gamma": False,
    }
    assert requests["alpha"]["title"] == "Test alpha 1.1"
    body = requests["beta"]["body"]
    assert "first bad: `2.0`" in body and "`helper 2.0 -> 3.0`" in body
    assert "`test_beta::test_works` fails" in body
    assert "It holds up no other request." in body
    remote = news.room / "remote.git"
    told = news.git("show", "--format=%s", "--name-only", news.branch("alpha"), folder=remote)
    assert told.splitlines() == [
        "Update what is tested of alpha: adds 1.1",
        "",
        "lib/tests/alpha/matrix/1.0.lock",
        "lib/tests/alpha/matrix/1.1.lock",
        "lib/tests/alpha/matrix/samples.json",
    ]


def test_a_second_run_changes_nothing(news: World, prepare: Command, publish: Command) -> None:
    prepare()
    publish()
    before = {branch: news.head(branch) for branch in news.branches()}
    news.calls()
    prepare()
    code, out, _ = publish()
    assert (code, out.count("is current")) == (0, 3)
    assert [call[1] for call in news.calls()] == ["list"]
    assert {branch: news.head(branch) for branch in news.branches()} == before


def test_nothing_new_makes_no_proposal(world: World, prepare: Command, publish: Command) -> None:
    code, out, _ = prepare()
    assert (code, out) == (0, f"{world.output}: 0 proposals, 5 current\n")
    assert [path.name for path in world.output.iterdir()] == ["prepared.json"]
    assert publish()[:2] == (0, "")
    assert not world.branches()


def test_a_persons_commit_survives(news: World, prepare: Command, publish: Command) -> None:
    prepare()
    publish()
    branch = news.branch("alpha")
    clone = news.clone(branch)
    news.write({"lib/tests/alpha/BUILD": "# mended\n"}, clone)
    news.git("commit", "--quiet", "--all", "-m", "Mend it", folder=clone)
    news.git("push", "--quiet", "origin", branch, folder=clone)
    head = news.head(branch)
    news.commit("Main moves on", {"README.md": "more\n"})
    prepare()
    code, out, _ = publish()
    assert code == 0 and "left alone: it holds a commit of a person" in out
    assert news.head(branch) == head
    assert news.requests()["alpha"]["state"] == "OPEN"


def test_an_amended_commit_is_a_persons(news: World, prepare: Command, publish: Command) -> None:
    prepare()
    publish()
    branch = news.branch("alpha")
    clone = news.clone(branch)
    news.git("commit", "--quiet", "--amend", "--no-edit", folder=clone)
    news.git("push", "--quiet", "--force", "origin", branch, folder=clone)
    head = news.head(branch)
    news.releases("alpha", "1.3", helper="1.1")
    prepare()
    publish()
    assert news.head(branch) == head


def test_main_moves_on_and_requests_are_rebased(
    news: World, prepare: Command, publish: Command
) -> None:
    prepare()
    publish()
    tip = news.commit("Main moves on", {"README.md": "more\n"})
    prepare()
    code, out, _ = publish()
    assert (code, out.count("refreshed")) == (0, 3)
    remote = news.room / "remote.git"
    for branch in news.branches():
        assert news.git("rev-parse", f"{branch}^", folder=remote) == tip
    assert len(news.forge["requests"]) == 3


def test_all_the_rest_is_merged_and_the_broken_one_holds_up_nobody(
    news: World, prepare: Command, publish: Command
) -> None:
    prepare()
    publish()
    commits = {}
    for stem in ("alpha", "gamma"):
        branch = news.branch(stem)
        news.git("fetch", "--quiet", "origin", branch)
        # Squashed, as many forges do: the commit on main is another.
        news.git("merge", "--quiet", "--squash", "FETCH_HEAD")
        commits[stem] = news.commit(f"Merge {stem}", {})
        merged = {"mergedAt": "2026-12-01T12:00:00Z", "mergeCommit": {"oid": commits[stem]}}
        news.change_request(stem, state="MERGED", **merged)
    prepare()
    file = news.room / "merged.json"
    code, out, _ = publish("--merged", file)
    assert (code, out.count("deleted: it is merged")) == (0, 2)
    told = json.loads(file.read_text())
    assert told["kind"] == "merged-requests"
    assert {(each["title"], each["commit"], each["url"]) for each in told["requests"]} == {
        (news.requests()[stem]["title"], commit, news.requests()[stem]["url"])
        for stem, commit in commits.items()
    }
    assert news.branches() == [news.branch("beta")]
    assert news.requests()["beta"]["isDraft"] is True
    news.says("beta", red={}, bisect=None)
    prepare()
    publish()
    beta = news.requests()["beta"]
    assert beta["isDraft"] is False and "**Green**" in beta["body"]


def test_what_a_person_closed_stays_closed_until_there_is_something_else(
    news: World, prepare: Command, publish: Command
) -> None:
    prepare()
    publish()
    news.change_request("alpha", state="CLOSED")
    news.commit("Main moves on", {"README.md": "more\n"})
    prepare()
    code, out, _ = publish()
    assert code == 0 and "stays closed, as a person decided" in out
    assert len(news.forge["requests"]) == 3
    news.releases("alpha", "1.2", helper="1.1")
    prepare()
    publish()
    assert [each["state"] for each in news.forge["requests"]].count("OPEN") == 3
    assert news.requests()["alpha"]["title"] == "Test alpha 1.2"


def test_a_newer_proposal_replaces_the_older(
    news: World, prepare: Command, publish: Command
) -> None:
    prepare()
    publish()
    news.releases("alpha", "1.4", helper="1.1")
    prepare()
    publish()
    assert len(news.forge["requests"]) == 3
    assert news.requests()["alpha"]["title"] == "Test alpha 1.4"


def test_what_the_base_has_by_other_ways_is_closed_by_us(
    news: World, prepare: Command, publish: Command
) -> None:
    prepare()
    publish()
    branch = news.branch("alpha")
    news.commit("By hand", suite_files("alpha", {"1.0": {}, "1.9": {}}))
    news.says("alpha", files={})
    prepare()
    code, out, _ = publish()
    assert code == 0 and "closed: the base branch has all of it" in out
    assert branch not in news.branches()
    assert news.requests()["alpha"]["state"] == "CLOSED"
    # It was no person who closed it: should the same be proposed again, it is.
    news.git("revert", "--no-edit", "HEAD")
    news.commit("Revert", {"x": "y"})
    news.releases("alpha", "1.1", helper="1.1")
    prepare()
    publish()
    assert news.requests()["alpha"]["state"] == "OPEN"


def test_a_person_may_make_a_draft_of_what_is_green(
    news: World, prepare: Command, publish: Command
) -> None:
    prepare()
    publish()
    news.change_request("alpha", isDraft=True)
    news.commit("Main moves on", {"README.md": "more\n"})
    prepare()
    publish()
    assert news.requests()["alpha"]["isDraft"] is True


def test_at_most_so_many_are_open_at_once(news: World, prepare: Command, publish: Command) -> None:
    news.commit("Configure", {"pyproject.toml": "[tool.matrix-updates]\nopen-at-once = 1\n"})
    prepare()
    code, out, _ = publish()
    assert (code, out.count("waits: 1 requests are open")) == (0, 2)
    assert list(news.requests()) == ["alpha"]
    news.change_request("alpha", state="CLOSED")
    publish()
    # Green before red.
    assert [stem for stem, each in news.requests().items() if each["state"] == "OPEN"] == ["gamma"]


def test_groups_by_name_or_pattern_are_one_request(
    news: World, prepare: Command, publish: Command
) -> None:
    settings = '[tool.matrix-updates.groups]\nfirst = ["alpha", "lib/tests/gam*", "mypy.lock"]\n'
    news.commit("Configure", {"pyproject.toml": settings})
    news.today["locks"]["mypy"] = {"files": {"3rdparty/mypy.lock": lock(mypy="1.2")}}
    news.save()
    prepare()
    publish()
    request = news.forge["requests"][0]
    assert request["headRefName"] == "matrix-updates/first"
    assert request["title"] == "Update alpha, gamma, mypy.lock"
    remote = news.room / "remote.git"
    span = "main..matrix-updates/first"
    assert len(news.git("log", "--format=%s", span, folder=remote).splitlines()) == 3


def test_locks_are_one_request_for_main_and_one_for_tools(
    world: World, prepare: Command, publish: Command
) -> None:
    world.today["locks"] = {
        "main": {"files": {"3rdparty/main.lock": lock(certifi="2026.2", idna="3.1")}},
        "black": {"files": {"3rdparty/black.lock": lock(black="25.1", click="8.1")}},
        "mypy": {"files": {"3rdparty/mypy.lock": lock(mypy="1.2")}},
    }
    world.save()
    assert prepare()[0] == 0
    asked = goals(world.calls("pants"))
    assert (
        ("generate-lockfiles",) in asked and ("test",) in asked and ("lint", "check", "::") in asked
    )
    publish()
    titles = {each["headRefName"]: each["title"] for each in world.forge["requests"]}
    assert titles == {
        "matrix-updates/main-lock": "Re-pin main.lock",
        "matrix-updates/tool-locks": "Update black.lock, mypy.lock",
    }
    body = world.forge["requests"][0]["body"]
    assert "- `certifi` `2026.1` → `2026.2` in `main.lock`" in body
    assert "✅ `./pants --changed-since=main test`" in body
    assert "- `click` added, `8.1`" in world.forge["requests"][1]["body"]


def test_a_lock_whose_tests_fail_is_a_draft(
    world: World, prepare: Command, publish: Command
) -> None:
    world.today["locks"] = {"main": {"files": {"3rdparty/main.lock": lock(certifi="2026.2")}}}
    world.today["lock_tests"] = 1
    world.save()
    prepare()
    publish()
    (request,) = world.forge["requests"]
    assert request["isDraft"] and "a check of `main.lock` fails" in request["body"]


def test_the_support_table_follows_and_nothing_else_of_its_page(
    news: World, prepare: Command, publish: Command
) -> None:
    from matrix_results import support

    header = "| package | works: release (Pythons) | does not |\n| --- | --- | --- |\n"
    rows = "| `alpha>=1` | 1.0 (3.9, 3.12) |  |\n| `gamma>=1` | 1.0 (3.9, 3.12) |  |\n"
    page = f"# lib\n\n{support.BEGIN}\n\n{header}{rows}\n{support.END}\n\nMore.\n"
    settings = '[tool.matrix-updates]\nsupport-tables = ["lib/README.md"]\n'
    news.commit("Configure", {"pyproject.toml": settings, "lib/README.md": page})
    assert prepare("--only", "alpha")[0] == 0
    code, _, err = publish()
    assert (code, err) == (0, "")
    remote = news.room / "remote.git"
    shown = news.git("show", f"{news.branch('alpha')}:lib/README.md", folder=remote)
    assert shown + "\n" == page.replace(
        "| `alpha>=1` | 1.0 (3.9, 3.12) |", "| `alpha>=1` | 1.0 (3.9, 3.12), 1.1 (3.9, 3.12) |"
    )


def test_the_default_token_of_a_workflow_is_warned_of(
    news: World, prepare: Command, publish: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "start no CI" in publish()[1]
    assert "start no CI" not in publish()[1]


def test_prepare_hands_no_credentials_to_third_parties(news: World, prepare: Command) -> None:
    prepare()
    calls = news.calls("pants")
    assert calls and all(call["tokens"] == {} for call in calls)


def test_a_dry_run_does_nothing(news: World, prepare: Command, publish: Command) -> None:
    prepare()
    code, out, _ = publish("--dry-run")
    assert (code, out.count("would be opened")) == (0, 3)
    assert not news.branches() and not news.forge["requests"]


def test_a_branch_of_a_fork_with_our_name_is_not_ours(
    news: World, prepare: Command, publish: Command
) -> None:
    prepare()
    publish()
    branch = news.branch("alpha")
    forge = news.forge
    forged = {**forge["requests"][0], "number": 9, "isCrossRepository": True, "headRefName": branch}
    news.set_forge({**forge, "requests": [*forge["requests"], forged]})
    news.calls()
    code, out, _ = publish()
    assert (code, out.count("is current")) == (0, 3)


def test_the_folder_has_json_and_markdown_of_each(news: World, prepare: Command) -> None:
    prepare()
    names = sorted(path.name for path in news.output.iterdir())
    assert sum(name.endswith(".json") for name in names) == 4
    assert sum(name.endswith(".md") for name in names) == 3
    assert {"updates.bundle", "prepared.json"} <= set(names)
    (file,) = news.output.glob("beta-*.json")
    document = json.loads(file.read_text())
    assert document["units"][0]["name"] == address("beta")
    (text,) = news.output.glob("beta-*.md")
    assert text.read_text().startswith("# Test beta 2.0\n\n**Red**: ")


def test_what_is_merged_and_cannot_be_written_is_told_and_the_rest_is_done(
    news: World, prepare: Command, publish: Command
) -> None:
    prepare()
    code, out, err = publish("--merged", news.room / "today.json" / "merged.json")
    assert (code, out.count("opened")) == (3, 3)
    assert "merged.json was not written: " in err
