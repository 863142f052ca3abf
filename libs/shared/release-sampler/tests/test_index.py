"""The index client against an index on loopback."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from release_sampler import NoReleases, Release, SamplerError, Snapshot
from release_sampler.index.client import SimpleIndex
from release_sampler.index.http import Http, NotOffered
from release_sampler.index.pip_config import IndexConfig
from release_sampler.times import parse_time
from sampler_index import JSON, FakeIndex, Reply, serve

EARLY, LATE = "2024-01-02T03:04:05.123456Z", "2024-02-03T04:05:06Z"


def client(
    *indexes: str, cache: Path | None = None, timeout: float = 5, deadline: float = 20
) -> SimpleIndex:
    config = IndexConfig(indexes, timeout=timeout)
    return SimpleIndex(config, Http(config, cache, deadline, backoff=0))


def fetch(index: FakeIndex, package: str = "thing") -> dict[str, Release]:
    snapshot = client(index.simple).fetch(package, None)
    return {release.version: release for release in snapshot.releases}


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


class TestFailures:
    @pytest.mark.parametrize(
        ("reply", "complaint"),
        [
            (Reply(status=404), "thing: no such package on http://127.*/simple/; check the name"),
            (Reply(status=401), "thing: .*answers 401; the index wants credentials"),
            (Reply(status=403), "thing: .*answers 403; the index refuses"),
            (
                Reply(b"\x00\xff garbage"),
                r"thing: the index lists no releases .*\(a login page\?\); check pip's index-url",
            ),
            (Reply(b"{", headers={"Content-Type": JSON}), "thing: .*no page of the Simple API"),
            (
                Reply(b"[" * 99_999, headers={"Content-Type": JSON}),
                "thing: .*no page of the Simple",
            ),
            (Reply(b"[1]", headers={"Content-Type": JSON}), "expected a list of files, PEP 691"),
            (
                Reply(b'{"meta":{"api-version":"2.0"},"files":[]}', headers={"Content-Type": JSON}),
                "Simple API version '2.0', expected 1.x",
            ),
            (Reply(b"%PDF", headers={"Content-Type": "application/pdf"}), "got 'application/pdf'"),
            (
                Reply(b"x", headers={"Content-Type": "text/html; charset=nope"}),
                "no page of the Sim",
            ),
            (
                Reply(b'<a href="thing-1.0.tar.gz">thing-1.0.tar.gz</a>', length=9999),
                "thing: .*the answer breaks off",
            ),
            (
                Reply(
                    b'<html><a href="thing-1.0.tar.gz">thing-1.0.tar.gz</a>\n<a href="thing-1.1',
                    headers={"Content-Type": "text/html"},
                    delimited=False,
                ),
                "thing: .*the answer breaks off",
            ),
            (Reply(b"not gzip", headers={"Content-Encoding": "gzip"}), "thing: .*cannot|fails"),
        ],
    )
    def test_an_answer_that_is_of_no_use(
        self, index: FakeIndex, reply: Reply, complaint: str
    ) -> None:
        index.replies["/simple/thing/"] = reply
        with pytest.raises(SamplerError, match=complaint) as error:
            fetch(index)
        # Only of an answer that was understood is it known that there is no release.
        told = "no such package" in complaint or "lists no releases" in complaint
        assert isinstance(error.value, NoReleases) is told

    @pytest.mark.parametrize("end", ["</html>", "</BODY>", "</body></html >\n<!--SERIAL 7-->"])
    def test_a_page_that_ends_with_the_connection(self, index: FakeIndex, end: str) -> None:
        body = f'<html><a href="x">thing-1.0.tar.gz</a>{end}'.encode()
        headers = {"Content-Type": "text/html"}
        index.replies["/simple/thing/"] = Reply(body, headers=headers, delimited=False)
        assert list(fetch(index)) == ["1.0"]
        index.json_page("thing", [{"filename": "thing-2.0.tar.gz", "url": "x", "hashes": {}}])
        page = index.replies["/simple/thing/"]
        assert isinstance(page, Reply)
        page.delimited = False
        assert list(fetch(index)) == ["2.0"]

    @pytest.mark.parametrize("status", [429, 500, 502, 503])
    def test_a_passing_failure_is_retried(self, index: FakeIndex, status: int) -> None:
        index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
        page = index.replies["/simple/thing/"]
        assert isinstance(page, Reply)
        failure = Reply(status=status, headers={"Retry-After": "0"})
        index.replies["/simple/thing/"] = [failure, page]
        assert list(fetch(index)) == ["1.0"]
        assert index.asked("/simple/thing/") == 2

    @pytest.mark.parametrize("status", [429, 500])
    def test_a_lasting_failure_is_reported(self, index: FakeIndex, status: int) -> None:
        index.replies["/simple/thing/"] = Reply(status=status, headers={"Retry-After": "0"})
        with pytest.raises(SamplerError, match=f"thing: .*the index answers {status}; .*try again"):
            fetch(index)
        assert index.asked("/simple/thing/") == 5

    @pytest.mark.parametrize(
        "header, seconds",
        [("30", 30.0), ("Fri, 02 Jan 2026 00:00:00 GMT", 0.0), ("soon", None), (None, None)],
    )
    def test_what_the_index_asks_for_is_told(
        self, index: FakeIndex, header: str | None, seconds: float | None
    ) -> None:
        headers = {"Retry-After": header} if header else {}
        index.replies["/simple/thing/"] = Reply(status=403, headers=headers)
        with pytest.raises(SamplerError) as error:
            fetch(index)
        assert error.value.retry_after == seconds

    @pytest.mark.parametrize(
        ("header", "when"), [("3600", "in 3,600 seconds"), ("0", "later"), ("soon", "later")]
    )
    def test_when_to_try_again_is_told(self, index: FakeIndex, header: str, when: str) -> None:
        index.replies["/simple/thing/"] = Reply(status=507, headers={"Retry-After": header})
        with pytest.raises(SamplerError, match=f"the index answers 507; try again {when}$"):
            fetch(index)

    @pytest.mark.parametrize("header", ["99999999", "soon", "Sun, 01 Jan 9999 00:00:00 GMT"])
    def test_retry_after_is_bounded(self, index: FakeIndex, header: str) -> None:
        from release_sampler.index.http import _MAX_RETRY_AFTER, _Retry

        class _Response:
            headers = {"Retry-After": header}

        after = _Retry().get_retry_after(_Response())  # type: ignore[arg-type]
        assert after is None or after <= _MAX_RETRY_AFTER

    def test_a_slow_answer_times_out(self, index: FakeIndex) -> None:
        release = Event()
        index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
        page = index.replies["/simple/thing/"]
        assert isinstance(page, Reply)
        page.stall = lambda: release.wait(10)
        try:
            with pytest.raises(SamplerError, match="thing: .*no answer in time; try again later"):
                client(index.simple, timeout=0.2).fetch("thing", None)
            with pytest.raises(SamplerError, match="no complete answer within 0.3 seconds"):
                client(index.simple, timeout=9, deadline=0.3).fetch("thing", None)
        finally:
            release.set()

    def test_an_unreachable_index(self) -> None:
        with serve() as gone:
            url = gone.simple
        with pytest.raises(SamplerError, match="thing: .*the index cannot be reached"):
            client(url).fetch("thing", None)

    def test_credentials_are_used_and_not_shown(self, index: FakeIndex) -> None:
        index.replies["/simple/thing/"] = Reply(status=403)
        url = index.simple.replace("//", "//user:hunter2@")
        with pytest.raises(SamplerError) as raised:
            client(url).fetch("thing", None)
        assert "hunter2" not in str(raised.value) and "user" not in str(raised.value)
        assert index.requests[0][1]["Authorization"].startswith("Basic ")

    def test_too_large_an_answer(self, index: FakeIndex) -> None:
        index.replies["/big"] = Reply(b"x" * 2_000_000)
        with pytest.raises(SamplerError, match="more than 1,000,000 bytes"):
            Http(IndexConfig((index.simple,))).get(f"{index.url}/big", limit=1_000_000)

    def test_a_page_that_takes_too_long_to_read(self, index: FakeIndex) -> None:
        release = Event()
        index.page("thing", {})
        http = Http(IndexConfig((index.simple,)), deadline=0.3)
        try:
            with pytest.raises(SamplerError, match="no complete answer within 0.3 seconds"):
                http.read(f"{index.simple}thing/", lambda answer: release.wait(60))
        finally:
            release.set()

    @pytest.mark.parametrize("device", ["/dev/zero", "fifo", "folder"])
    def test_only_files_are_read(self, tmp_path: Path, device: str) -> None:
        os.mkfifo(tmp_path / "fifo")
        (tmp_path / "folder").mkdir()
        with pytest.raises(NotOffered):
            Http(IndexConfig((f"file://{tmp_path}/",))).get(f"file://{tmp_path / device}")

    def test_too_large_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "big").write_bytes(b"x" * 1001)
        http = Http(IndexConfig((f"file://{tmp_path}/",)))
        with pytest.raises(SamplerError, match="more than 1,000 bytes"):
            http.get(f"file://{tmp_path}/big", limit=1_000)
        assert len(http.get(f"file://{tmp_path}/big", limit=1_001).content) == 1_001

    def test_a_bundle_of_certificates_that_is_not_there(self) -> None:
        config = IndexConfig(("https://127.0.0.1:9/simple/",), cert="/nowhere/bundle.pem")
        with pytest.raises(SamplerError, match="thing: /nowhere/bundle.pem: .*check pip's cert"):
            SimpleIndex(config, Http(config)).fetch("thing", None)


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


class TestCache:
    def test_a_page_that_did_not_change_is_not_sent_again(
        self, index: FakeIndex, tmp_path: Path
    ) -> None:
        index.etags = True
        index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
        first = client(index.simple, cache=tmp_path).fetch("thing", None)
        second = client(index.simple, cache=tmp_path).fetch("thing", None)
        assert first == second
        assert "If-None-Match" in index.requests[1][1]
        index.page("thing", {"thing-2.0.tar.gz": {"upload-time": EARLY}})
        third = client(index.simple, cache=tmp_path).fetch("thing", None)
        assert [release.version for release in third.releases] == ["2.0"]

    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(lambda entry: entry[:-1], id="truncated"),
            pytest.param(lambda entry: entry[:20], id="truncated early"),
            pytest.param(lambda entry: b"", id="empty"),
            pytest.param(lambda entry: None, id="missing"),
            pytest.param(lambda entry: b"garbage" * 99, id="garbage"),
            pytest.param(lambda entry: entry.replace(b"thing", b"other"), id="garbage in the body"),
            pytest.param(lambda entry: entry[32:], id="of an older release of this library"),
        ],
    )
    def test_a_damaged_entry_is_none(
        self, index: FakeIndex, tmp_path: Path, damage: Callable[[bytes], bytes | None]
    ) -> None:
        index.etags = True
        index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
        client(index.simple, cache=tmp_path).fetch("thing", None)
        (entry,) = (f for f in tmp_path.rglob("*") if f.is_file() and f.suffix != ".lock")
        damaged = damage(entry.read_bytes())
        entry.unlink() if damaged is None else entry.write_bytes(damaged)
        for _ in range(2):
            found = client(index.simple, cache=tmp_path).fetch("thing", None)
            assert [release.version for release in found.releases] == ["1.0"]
        conditional = ["If-None-Match" in headers for _, headers in index.requests]
        assert conditional == [False, False, True], "asked for anew once, and remembered again"

    @pytest.mark.parametrize(
        "bad",
        [
            Reply(b'<a href="x">thing-1.0.tar.gz</a>', delimited=False),
            Reply(b"{", headers={"Content-Type": JSON}),
        ],
    )
    def test_what_is_no_page_is_not_remembered(
        self, index: FakeIndex, tmp_path: Path, bad: Reply
    ) -> None:
        index.etags = True
        index.replies["/simple/thing/"] = bad
        for _ in range(2):
            with pytest.raises(SamplerError):
                client(index.simple, cache=tmp_path).fetch("thing", None)
        assert not any("If-None-Match" in headers for _, headers in index.requests)

    def test_a_compressed_page_is_remembered(self, index: FakeIndex, tmp_path: Path) -> None:
        index.etags = True
        link = '<a href="x" data-upload-time="2024-01-02">thing-1.0.tar.gz</a>'
        body = gzip.compress(link.encode())
        headers = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
        index.replies["/simple/thing/"] = Reply(body, headers=headers)
        for _ in range(3):
            found = client(index.simple, cache=tmp_path).fetch("thing", None)
            assert [release.version for release in found.releases] == ["1.0"]
        assert "If-None-Match" in index.requests[1][1] and "If-None-Match" in index.requests[2][1]

    def test_a_cache_that_cannot_be_written_does_no_harm(
        self, index: FakeIndex, tmp_path: Path
    ) -> None:
        blocked = tmp_path / "cache"
        blocked.write_text("not a folder")
        index.etags = True
        index.page("thing", {"thing-1.0.tar.gz": {"upload-time": EARLY}})
        assert client(index.simple, cache=blocked).fetch("thing", None).releases


def test_known_classifiers_are_taken_over(index: FakeIndex) -> None:
    index.page("thing", {f"thing-{v}.tar.gz": {"upload-time": EARLY} for v in ("1.0", "2.0")})
    known = Snapshot("thing", (Release("1.0", pythons=("3.8",)),))
    fetched = client(index.simple).fetch("thing", known)
    assert [release.pythons for release in fetched.releases] == [("3.8",), None]
