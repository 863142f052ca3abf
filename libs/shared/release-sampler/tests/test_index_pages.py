"""What the index client makes of pages, of one index and of several."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from release_sampler import NoReleases, Release, SamplerError, Snapshot
from release_sampler.basis.model import Status
from release_sampler.basis.times import parse_time
from sampler_client import EARLY, LATE, client, fetch
from sampler_index import JSON, FakeIndex, Reply, serve


class TestPages:
    def test_html_with_upload_times_yanks_and_python_limits(self, index: FakeIndex) -> None:
        index.page(
            "thing",
            {
                "thing-1.0.tar.gz": {"requires-python": ">=3.8", "upload-time": EARLY},
                "thing-1.0-py3-none-any.whl": {"requires-python": ">=3.8", "upload-time": LATE},
                "thing-2.0-py3-none-any.whl": {"yanked": "it's <bad>", "upload-time": LATE},
                "thing-3.0-cp38-cp38-win32.whl": {"yanked": "", "upload-time": LATE},
                "thing-docs.pdf": {},
                "other-9.0.tar.gz": {},
            },
        )
        late = parse_time(LATE)
        assert fetch(index) == {
            # Uploaded with its wheel: what came before could not be installed.
            "1.0": Release("1.0", late, ">=3.8", files=("sdist", "wheel")),
            "2.0": Release("2.0", late, yanked="it's <bad>", files=("wheel",)),
            "3.0": Release("3.0", late, yanked=True, files=("wheel-windows",)),
        }

    def test_json(self, index: FakeIndex) -> None:
        url = "../../files/x"
        index.json_page(
            "thing",
            [
                {"filename": "thing-1.0.tar.gz", "url": url, "hashes": {}, "upload-time": EARLY,
                 "requires-python": ">=3.8", "yanked": False, "size": 3},
                {"filename": "thing-2.0-py3-none-any.whl", "url": url, "hashes": {},
                 "upload-time": LATE, "yanked": "bad\nly"},
            ],
            versions=["1.0", "2.0"],
        )  # fmt: skip
        assert fetch(index) == {
            "1.0": Release("1.0", parse_time(EARLY), ">=3.8", files=("sdist",)),
            "2.0": Release("2.0", parse_time(LATE), yanked="bad ly", files=("wheel",)),
        }

    def test_it_asks_for_json_and_revalidates(self, index: FakeIndex) -> None:
        index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
        fetch(index)
        path, headers = index.requests[0]
        assert path == "/simple/thing/" and JSON in headers["Accept"]
        assert headers["Cache-Control"] == "max-age=0"

    def test_one_yanked_file_does_not_yank_the_release(self, index: FakeIndex) -> None:
        index.page(
            "thing",
            {
                "thing-1.0.tar.gz": {"yanked": "broken", "upload-time": EARLY},
                "thing-1.0-py3-none-any.whl": {"upload-time": LATE},
            },
        )
        assert fetch(index)["1.0"] == Release("1.0", parse_time(LATE), files=("wheel",))

    def test_two_spellings_of_a_version_are_one_release(self, index: FakeIndex) -> None:
        index.page(
            "thing",
            {
                "thing-1.0.tar.gz": {"upload-time": EARLY},
                "thing-1.0.0-py3-none-any.whl": {"upload-time": EARLY},
            },
        )
        assert [(r.version, r.files) for r in fetch(index).values()] == [
            ("1.0.0", ("sdist", "wheel"))
        ]

    def test_names_of_files_that_elsewhere_lose_letters(self, index: FakeIndex) -> None:
        """Elsewhere `rstrip(".tar.gz")` ate letters of the version."""
        index.page("thing", {"thing-1.0a.tar.gz": {"upload-time": EARLY}})
        assert list(fetch(index)) == ["1.0a0"]

    def test_upload_times_from_the_json_api_beside_the_index(self, index: FakeIndex) -> None:
        index.page("thing", {"thing-1.0.tar.gz": {}, "thing-2.0.tar.gz": {}})
        releases = {
            "1.0": [{"filename": "thing-1.0.tar.gz", "upload_time_iso_8601": EARLY}],
            "2.0": [{"filename": "other-2.0.tar.gz", "upload_time_iso_8601": EARLY}],
        }
        index.replies["/pypi/thing/json"] = Reply(json.dumps({"releases": releases}).encode())
        found = fetch(index)
        assert found["1.0"].uploaded == parse_time(EARLY) and found["2.0"].uploaded is None

    def test_no_upload_times_anywhere(self, index: FakeIndex) -> None:
        index.page("thing", {"thing-1.0.tar.gz": {}})
        assert fetch(index)["1.0"].uploaded is None

    def test_a_failing_json_api_is_no_excuse_for_releases_without_times(
        self, index: FakeIndex
    ) -> None:
        index.page("thing", {"thing-1.0.tar.gz": {}})
        index.replies["/pypi/thing/json"] = Reply(status=403)
        with pytest.raises(SamplerError, match="thing: .*/pypi/thing/json: the index answers 403"):
            fetch(index)

    def test_an_index_may_be_a_folder(self, tmp_path: Path) -> None:
        page = tmp_path / "thing" / "index.html"
        page.parent.mkdir()
        page.write_text('<a href="thing-1.0-py3-none-any.whl">thing-1.0-py3-none-any.whl</a>')
        snapshot = client(f"file://{tmp_path}/").fetch("thing", None)
        assert snapshot.releases == (Release("1.0", files=("wheel",)),)
        with pytest.raises(NoReleases, match="no such package"):
            client(f"file://{tmp_path}/").fetch("other", None)

    def test_a_folder_may_name_files_of_its_own(self, tmp_path: Path) -> None:
        links = [
            "../../files/thing-1.0-py3-none-any.whl",
            "../../../elsewhere/thing-1.1-py3-none-any.whl",
            "%2e%2e/%2e%2e/%2e%2e/thing-1.2-py3-none-any.whl",
            "file:///dev/zero#thing-1.3-py3-none-any.whl",
            "https://files.example/thing-1.4-py3-none-any.whl",
        ]
        page = tmp_path / "index" / "simple" / "thing" / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text("".join(f'<a href="{link}">{link[-26:]}</a>' for link in links))
        snapshot = client(f"file://{tmp_path}/index/simple/").fetch("thing", None)
        assert {release.version: release.problem for release in snapshot.releases} == {
            "1.0": None,
            "1.1": "invalid url",
            "1.2": "invalid url",
            "1.3": "invalid url",
            "1.4": None,
        }


class TestHostileData:
    @pytest.mark.parametrize(
        "url", ["file:///dev/zero", "file:thing.whl", "FILE://localhost/x", "ftp://x/y", "data:,x"]
    )
    def test_a_page_from_the_network_names_nothing_but_the_network(
        self, index: FakeIndex, url: str
    ) -> None:
        name = "thing-1.0-py3-none-any.whl"
        index.json_page("thing", [{"filename": name, "url": url, "hashes": {}}])
        assert fetch(index)["1.0"].problem == "invalid url"
        body = f'<a href="{url}">{name}</a>'.encode()
        index.replies["/simple/thing/"] = Reply(body, headers={"Content-Type": "text/html"})
        assert fetch(index)["1.0"].problem == "invalid url"

    @pytest.mark.parametrize("name", ["../other", "a/../../b", "Thing", "thing?x=1", "", "a" * 201])
    def test_a_name_is_one(self, index: FakeIndex, name: str) -> None:
        with pytest.raises(SamplerError, match="expected a normalized name, as in my-project"):
            client(index.simple).fetch(name, None)
        assert index.requests == []

    def test_a_page_has_so_many_files_at_most(
        self, index: FakeIndex, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("release_sampler.index.pages._MAX_FILES", 2)
        files = [f"thing-1.{minor}.tar.gz" for minor in range(3)]
        index.page("thing", {file: {"upload-time": EARLY} for file in files[:2]})
        assert len(fetch(index)) == 2
        index.page("thing", {file: {"upload-time": EARLY} for file in files})
        with pytest.raises(
            SamplerError, match="thing: .*no page of the Simple .*more than 2 files"
        ):
            fetch(index)

    def test_each_bad_file_is_set_aside_with_a_verdict(self, index: FakeIndex) -> None:
        good = {"url": "x", "hashes": {}, "upload-time": EARLY}
        name = "thing-{}-py3-none-any.whl".format
        index.json_page(
            "thing",
            [
                {"filename": name("1.0"), **good},
                {"filename": name("1.1"), **good, "upload-time": "yesterday"},
                {"filename": name("1.2"), **good, "requires-python": 3},
                {"filename": name("1.3"), **good, "requires-python": ">=three"},
                {"filename": name("1.4"), **good, "requires-python": ">" + "9" * 99_999},
                {"filename": name("1.5"), **good, "yanked": {"a": 1}},
                {"filename": name("1.6"), "hashes": {}},
                {"filename": name("9" * 5000), **good},
                {"filename": name("9" * 90), **good},
                {"filename": name("1..0"), **good},
                {"filename": "../../../thing-1.7.tar.gz", **good},
                {"filename": 7},
                "what",
            ],
        )
        found = fetch(index)
        assert found.pop("1.0").problem is None
        problems = {version[:10]: release.problem for version, release in found.items()}
        assert problems == {
            "1.1": "invalid upload-time",
            "1.2": "invalid requires-python",
            "1.3": "Requires-Python: not a PEP 440 specifier: '>=three'",
            "1.4": "Requires-Python: specifier of 100000 characters",
            "1.5": "invalid yanked",
            "1.6": "invalid url",
            "9999999999": "not a PEP 440 version",
            "1..0": "not a PEP 440 version",
        }
        assert all(len(version) <= 60 and "/" not in version for version in found)

    def test_bad_links_in_html(self, index: FakeIndex) -> None:
        index.replies["/simple/thing/"] = Reply(
            b'<a href="http://[oops/thing-1.0.tar.gz">thing-1.0.tar.gz</a>'
            b'<a href="thing-1.1.tar.gz" data-upload-time="9999-99-99">thing-1.1.tar.gz</a>'
            b"<a>thing-1.2.tar.gz</a>"
            b'<a href="t" data-upload-time="2024-01-02">thing-1.3.tar.gz',
            headers={"Content-Type": "text/html"},
        )
        assert {version: release.problem for version, release in fetch(index).items()} == {
            "1.0": "invalid link",
            "1.1": "invalid upload-time",
            "1.3": None,
        }

    def test_reasons_are_one_short_line(self, index: FakeIndex) -> None:
        reason = "\x1b[31mred\n\r" + "long " * 1000
        index.page("thing", {"thing-1.0.tar.gz": {"yanked": reason, "upload-time": EARLY}})
        yanked = fetch(index)["1.0"].yanked
        assert isinstance(yanked, str)
        assert yanked.startswith("[31mred long") and yanked.endswith("...") and len(yanked) <= 200

    def test_one_bad_file_does_not_spoil_the_release(self, index: FakeIndex) -> None:
        index.page(
            "thing",
            {
                "thing-1.0.tar.gz": {"upload-time": "never"},
                "thing-1.0-py3-none-any.whl": {"upload-time": EARLY},
            },
        )
        assert fetch(index)["1.0"] == Release("1.0", parse_time(EARLY), files=("wheel",))


class TestSeveralIndexes:
    def test_releases_from_all(self, index: FakeIndex) -> None:
        index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
        with serve() as extra:
            extra.page(
                "thing",
                {
                    "thing-1.0.tar.gz": {"upload-time": LATE},
                    "thing-1.0+ours.tar.gz": {"upload-time": LATE},
                },
            )
            snapshot = client(index.simple, extra.simple).fetch("thing", None)
        assert [(r.version, r.uploaded) for r in snapshot.releases] == [
            ("1.0", parse_time(EARLY)),
            ("1.0+ours", parse_time(LATE)),
        ]

    def test_one_may_lack_the_package_but_not_fail(self, index: FakeIndex) -> None:
        index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
        with serve() as extra:
            both = client(index.simple, extra.simple)
            assert len(both.fetch("thing", None).releases) == 1
            extra.replies["/simple/thing/"] = Reply(status=500, headers={"Retry-After": "0"})
            with pytest.raises(SamplerError, match="answers 500"):
                both.fetch("thing", None)

    @pytest.mark.parametrize(
        "reply", [Reply(status=403), Reply(status=418), Reply(b"{", headers={"Content-Type": JSON})]
    )
    def test_the_one_that_fails_is_named(self, index: FakeIndex, reply: Reply) -> None:
        index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
        with serve() as extra:
            extra.replies["/simple/thing/"] = reply
            with pytest.raises(SamplerError, match=f"{extra.simple}.* pip's extra-index-url"):
                client(index.simple, extra.simple).fetch("thing", None)

    def test_a_name_that_several_indexes_list_is_told(self, index: FakeIndex) -> None:
        """Dependency confusion: who uploads 99.0 of an internal name to the other index is chosen."""
        with serve() as extra:
            for package in ("ours", "theirs"):
                index.page(package, {f"{package}-1.0.tar.gz": {"upload-time": EARLY}})
            extra.page("ours", {"ours-99.0.tar.gz": {"upload-time": LATE}})
            extra.page("theirs", {})
            both = client(index.simple, extra.simple)
            snapshot = both.fetch("ours", None)
            both.fetch("theirs", None)
        assert [release.version for release in snapshot.releases] == ["1.0", "99.0"]
        (note,) = both.notes()
        assert note.startswith(f"ours is on several indexes ({index.simple}, {extra.simple}), and")

    def test_credentials_are_not_told(self, index: FakeIndex) -> None:
        index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
        secret = index.simple.replace("//", "//me:secret@")
        both = client(index.simple, secret)
        both.fetch("thing", None)
        assert "secret" not in str(both.notes()) and len(both.notes()) == 1


def test_known_classifiers_are_taken_over(index: FakeIndex) -> None:
    index.page("thing", {f"thing-{v}.tar.gz": {"upload-time": EARLY} for v in ("1.0", "2.0")})
    known = Snapshot("thing", (Release("1.0", pythons=("3.8",)),))
    fetched = client(index.simple).fetch("thing", known)
    assert [release.pythons for release in fetched.releases] == [("3.8",), None]


class TestStatus:
    """What the index says of a project as a whole, PEP 792."""

    FILE = {"thing-1.0-py3-none-any.whl": {"upload-time": EARLY}}

    @pytest.mark.parametrize(
        ("told", "status"),
        [
            ({}, Status()),
            ({"project-status": {"status": "active", "reason": "x"}}, Status()),
            ({"project-status": {"status": "archived"}}, Status("archived")),
            (
                {"project-status": {"status": "deprecated", "reason": " use\nother "}},
                Status("deprecated", "use other"),
            ),
            ({"project-status": "archived"}, Status()),
            ({"project-status": {"status": 3, "reason": 4}}, Status()),
            ({"project-status": {"status": "archived", "reason": 4}}, Status("archived")),
        ],
    )
    def test_in_json(self, index: FakeIndex, told: dict[str, object], status: Status) -> None:
        index.json_page(
            "thing", [{"filename": "thing-1.0.tar.gz", "url": "x", "hashes": {}}], **told
        )
        assert client(index.simple).fetch("thing", None).status == status

    def test_in_html(self, index: FakeIndex) -> None:
        index.page("thing", self.FILE)
        reply = index.replies["/simple/thing/"]
        assert isinstance(reply, Reply)
        head = b'<head><meta name="pypi:project-status" content="archived">'
        head += b'<meta name="pypi:project-status-reason" content="use &lt;other&gt;"></head>'
        reply.body = reply.body.replace(b"<body>", head + b"<body>")
        asking = client(index.simple)
        snapshot = asking.fetch("thing", None)
        assert snapshot.status == Status("archived", "use <other>")
        assert asking.classify(snapshot, ["1.0"]).status == snapshot.status

    def test_an_empty_page_of_a_quarantined_project_says_so(self, index: FakeIndex) -> None:
        told = {"project-status": {"status": "quarantined", "reason": "malware"}}
        index.json_page("thing", [], **told)
        with pytest.raises(NoReleases, match="thing: .*says that it is quarantined: malware; noth"):
            client(index.simple).fetch("thing", None)
