"""One run over one package: poll, offline, check; and what is kept of the last run."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from release_sampler import Release, SamplerError, Snapshot, Suite
from release_sampler.basis.model import Breadth, FileGroup, Refusal, Status, Tier
from release_sampler.documents.output import Files
from release_sampler.documents.request import Mode, Request, read_request
from release_sampler.plan import Plan, plan
from sampler_makers import AS_OF, LONG_AGO, days_ago, policy, release, snapshot

REQUEST = Request(Suite("thing>=1", {"*": ">=3.8"}), policy(), Mode.POLL, AS_OF)
OFFLINE, CHECK = replace(REQUEST, mode=Mode.OFFLINE), replace(REQUEST, mode=Mode.CHECK)


class StubIndex:
    """Holds releases; notes what it was asked to classify."""

    def __init__(self, *releases: str | Release) -> None:
        self.snapshot = snapshot(releases)
        self.classified: list[str] = []

    def fetch(self, package: str, known: Snapshot | None) -> Snapshot:
        assert package == self.snapshot.package
        pythons = {r.version: r.pythons for r in known.releases} if known else {}
        releases = (replace(r, pythons=pythons.get(r.version)) for r in self.snapshot.releases)
        return replace(self.snapshot, releases=tuple(releases))

    def classify(self, snapshot: Snapshot, versions: object, requires: bool = False) -> Snapshot:
        assert isinstance(versions, list)
        self.classified = [
            r.version for r in snapshot.releases if r.version in versions and r.pythons is None
        ]
        releases = (
            replace(r, pythons=("3.8", "3.9")) if r.version in self.classified else r
            for r in snapshot.releases
        )
        return replace(snapshot, releases=tuple(releases))


def no_index() -> StubIndex:
    raise AssertionError("the index must not be asked")


NOTHING = Files()


def poll(*releases: str | Release, previous: Files = NOTHING, request: Request = REQUEST) -> Plan:
    return plan(request, previous, lambda: StubIndex(*releases))


def samples(files: Files) -> list[str]:
    assert files.sampling is not None
    return [sample["version"] for sample in json.loads(files.sampling)["samples"]]


FIRST = poll("1.0", "1.1", "2.0").files


def test_a_first_poll_writes_what_the_contract_says() -> None:
    assert FIRST.sampling is not None and FIRST.releases is not None
    assert json.loads(FIRST.sampling) == {
        "as_of": "2026-11-21T06:00:00Z",
        "policy": {
            "target_pythons": ["3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0"],
            "samples": 5,
            "cooldown_days": 3,
            "prerelease_days": 180,
            "max_majors": 3,
        },
        "suite": {"package": "thing>=1", "python": {"*": ">=3.8"}, "samples": None, "sdists": []},
        "samples": [
            {
                "version": version,
                "tier": tier,
                "pythons": pythons,
                "uploaded": "2024-12-21T06:00:00Z",
            }
            for version, tier, pythons in (
                ("1.0", "lowest", ["3.8", "3.9"]),
                ("1.1", "major", ["3.8", "3.9"]),
                ("2.0", "latest", ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"]),
            )
        ],
        "uncovered": {},
        "verdicts": {"1.0": "lowest", "1.1": "major", "2.0": "latest"},
    }
    assert FIRST.sampling.endswith("}\n") and '\n  "as_of"' in FIRST.sampling
    assert FIRST.releases.count("\n") == 3


def test_only_samples_are_classified_and_only_once() -> None:
    index = StubIndex("1.0", "1.1", "1.1.5", "2.0")
    first = plan(REQUEST, Files(), lambda: index).files
    assert index.classified == ["1.0", "1.1.5", "2.0"]
    plan(REQUEST, first, lambda: index)
    assert index.classified == []


def test_polling_again_later_writes_the_same_bytes() -> None:
    later = replace(REQUEST, as_of=days_ago(-30))
    assert poll("1.0", "1.1", "2.0", previous=FIRST, request=later).files == FIRST


def test_a_snapshot_that_grew_without_changing_a_sample_is_not_written() -> None:
    grown = ("1.0", "1.0.1", "1.1", "2.0", "2.1.dev1", release("2.1", uploaded=days_ago(1)))
    assert poll(*grown, previous=FIRST).files == FIRST


def test_upgrade_writes_it() -> None:
    grown = poll(
        "1.0", "1.0.1", "1.1", "2.0", previous=FIRST, request=replace(REQUEST, upgrade=True)
    )
    assert samples(grown.files) == samples(FIRST)
    assert grown.files.releases is not None and '"1.0.1"' in grown.files.releases


def test_a_new_sample_is_written_with_snapshot_and_time() -> None:
    later = replace(REQUEST, as_of=days_ago(-30))
    files = poll("1.0", "1.0.1", "1.1", "2.0", "2.1", previous=FIRST, request=later).files
    assert samples(files) == ["1.0", "1.1", "2.0", "2.1"]
    assert files.sampling is not None and "2026-12-21T06:00:00Z" in files.sampling
    assert files.releases is not None and '"1.0.1"' in files.releases


def test_a_yank_is_noticed() -> None:
    files = poll("1.0", "1.1", release("2.0", yanked="oops"), previous=FIRST).files
    assert samples(files) == ["1.0", "1.1"]


def test_a_suite_that_changed_without_changing_a_sample_is_recorded_at_the_old_time() -> None:
    later = replace(REQUEST, suite=Suite("thing>=1.0"), as_of=days_ago(-30))
    files = poll("1.0", "1.1", "2.0", previous=FIRST, request=later).files
    assert files.releases == FIRST.releases and files.sampling != FIRST.sampling
    assert files.sampling is not None and '"as_of": "2026-11-21T06:00:00Z"' in files.sampling
    assert '"thing>=1.0"' in files.sampling


def test_notes_are_told_and_recorded_and_no_change() -> None:
    unbuilt = release("1.0", files=("sdist",))
    first = poll(unbuilt, "1.1", "2.0")
    note = (
        "the floor 1.0 is not tested: no installable file (files: sdist), "
        "listing thing in sdists would allow it; the lowest tested is 1.1"
    )
    assert first.notes == (f"thing: {note}",)
    assert first.files.sampling is not None
    assert json.loads(first.files.sampling)["notes"] == [note]
    later = replace(REQUEST, as_of=days_ago(-30))
    assert poll(unbuilt, "1.1", "2.0", previous=first.files, request=later) == first
    assert plan(CHECK, first.files, no_index) == first


class TestCheck:
    def test_what_was_written_comes_out_again(self) -> None:
        assert plan(CHECK, FIRST, no_index).files == FIRST

    def test_it_needs_no_clock(self) -> None:
        assert plan(replace(CHECK, as_of=days_ago(-900)), FIRST, no_index).files == FIRST

    def test_a_changed_suite_shows(self) -> None:
        request = replace(CHECK, suite=Suite("thing>=2"))
        assert samples(plan(request, FIRST, no_index).files) == ["2.0"]

    def test_an_edited_snapshot_shows(self) -> None:
        assert FIRST.releases is not None
        edited = replace(FIRST, releases=FIRST.releases.replace('"1.1"', '"1.1.1"'))
        assert samples(plan(CHECK, edited, no_index).files) == ["1.0", "1.1.1", "2.0"]

    @pytest.mark.parametrize("missing", ["releases", "sampling"])
    def test_a_missing_file_is_an_error(self, missing: str) -> None:
        with pytest.raises(SamplerError, match="thing: nothing to check; generate the matrix"):
            changed: dict[str, Any] = {missing: None}
            plan(CHECK, replace(FIRST, **changed), no_index)

    @pytest.mark.parametrize("damaged", ["releases", "sampling"])
    def test_a_damaged_file_is_an_error(self, damaged: str) -> None:
        with pytest.raises(SamplerError, match="thing: the recorded .* cannot be read: .*again"):
            changed: dict[str, Any] = {damaged: "<<<<<<< HEAD\n"}
            plan(CHECK, replace(FIRST, **changed), no_index)


class TestOffline:
    def test_it_samples_from_the_recorded_snapshot(self) -> None:
        request = replace(OFFLINE, suite=Suite("thing>=1.1"))
        assert samples(plan(request, FIRST, no_index).files) == ["1.1", "2.0"]
        assert plan(OFFLINE, FIRST, no_index).files == FIRST

    def test_a_later_time_releases_what_was_cooling(self) -> None:
        first = poll("1.0", release("2.0", uploaded=days_ago(1))).files
        assert samples(first) == ["1.0"]
        later = replace(OFFLINE, as_of=days_ago(-5))
        assert samples(plan(later, first, no_index).files) == ["1.0", "2.0"]

    def test_without_a_snapshot_it_says_what_to_do(self) -> None:
        with pytest.raises(SamplerError, match="thing: no snapshot.*without --offline"):
            plan(OFFLINE, Files(), no_index)


class TestDamage:
    @pytest.mark.parametrize(
        "text", ["", "<<<<<<< HEAD\n", "[]", "{}", '{"as_of": 3}', "\x00", "[" * 9999]
    )
    def test_a_damaged_record_is_made_afresh(self, text: str) -> None:
        result = poll("1.0", "1.1", "2.0", previous=replace(FIRST, sampling=text))
        assert result.files == FIRST
        assert len(result.notes) == 1 and "sampling.json cannot be read" in result.notes[0]

    def test_a_damaged_snapshot_is_made_afresh(self) -> None:
        result = poll("1.0", "1.1", "2.0", previous=replace(FIRST, releases="=======\n"))
        assert result.files == FIRST
        assert "releases.jsonl cannot be read: line 1" in result.notes[0]

    def test_a_record_that_no_longer_gives_anything_is_replaced(self) -> None:
        assert FIRST.releases is not None
        previous = replace(FIRST, releases=FIRST.releases.replace(">=3.8", "<3"))
        assert poll("1.0", "1.1", "2.0", previous=previous).files == FIRST


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"mode": "guess"}, "request: mode: expected one of poll, offline, check"),
        ({"as_of": "now"}, "request: as_of: 'now' is not a time"),
        ({"as_of": 5}, "request: as_of: expected a time"),
        ({"upgrade": "yes"}, "request: upgrade: expected true or false"),
        ({"format": 3}, "request: format: expected one of 1, 2"),
        ({"suite": {"package": "thing", "axes": "x"}}, "request: suite: axes: expected a list"),
        ({"suite": {"package": "thing", "axes": ["thing"]}}, "axes: thing is there twice"),
        (
            {"suite": {"package": "thing", "axes": ["x"]}, "format": 1},
            "expected 2, because the suit",
        ),
        (
            {"suite": {"package": "thing", "combine": "x"}},
            "combine: expected one of corners, pairs",
        ),
        ({"policy": {"target_pythons": ["3.8"], "combine": 1}}, "policy: combine: expected one of"),
        ({"format": True}, "request: format: expected one of 1, 2"),
        ({"policy": {"target_pythons": ["3.8"], "platforms": "x"}}, "platforms: expected a list"),
        ({"policy": {"target_pythons": ["3.8"], "platforms": ["x"]}}, "unknown platform 'x'"),
        ({"refusals": {}}, "request: refusals: expected a list"),
        ({"refusals": [3]}, "request: refusals: expected a JSON object"),
        ({"refusals": [{}]}, "request: refusals: releases: expected a JSON object"),
        (
            {"refusals": [{"releases": {}, "reason": "x"}]},
            "refusals: expected releases and a reason",
        ),
        (
            {"refusals": [{"releases": {"thing": "1.0"}}]},
            "refusals: expected releases and a reason",
        ),
        (
            {"refusals": [{"releases": {"thing": "one"}}]},
            "refusals: releases: thing: not a PEP 440",
        ),
        ({"refusals": [{"releases": {"thing": 1}}]}, "refusals: releases: thing: "),
        (
            {"refusals": [{"releases": {"thing": "1"}, "reason": "x", "python": 3}]},
            "refusals: python: expected a Python",
        ),
        ({"suite": {"package": "thing", "max_majors": 0}}, "max_majors=0: expected a whole number"),
        (
            {"policy": {"target_pythons": ["3.8"], "pythons": "both"}},
            "expected one of ends, ends-and",
        ),
        ({"policy": {"target_pythons": ["3.8"], "pythons": {"*": 1}}}, "pythons: expected one of"),
        ({"policy": {"target_pythons": ["3.8"], "pythons": {"x": "all"}}}, "unknown tier 'x'"),
        ({"colour": 1}, "request: unknown field 'colour'; known are as_of"),
        ({"suite": []}, "request: suite: expected a JSON object"),
        ({"suite": {}}, "request: suite: package: expected a requirement"),
        ({"suite": {"package": "thing", "samples": 0}}, "samples=0: expected a whole number"),
        ({"suite": {"package": "thing", "python": {"*": 3}}}, "suite: python: expected specifiers"),
        ({"suite": {"package": "thing", "python": [3]}}, "suite: python: expected a JSON object"),
        ({"suite": {"package": "thing", "sdists": "x"}}, "suite: sdists: expected a list"),
        ({"policy": {}}, "request: policy: target_pythons: expected a list"),
        ({"policy": {"target_pythons": []}}, "no target Pythons"),
        ({"policy": {"target_pythons": ["2.7"]}}, "unknown Python '2.7'"),
        ({"policy": {"target_pythons": ["3.8"], "samples": "5"}}, "samples='5'"),
        ({"policy": {"target_pythons": ["3.8"], "sample": 5}}, "policy: unknown field 'sample'"),
    ],
)
def test_bad_requests(change: dict[str, object], complaint: str) -> None:
    good: dict[str, object] = {
        "suite": {"package": "thing"},
        "policy": {"target_pythons": ["3.8"]},
        "mode": "poll",
        "as_of": "2026-11-21T06:00:00Z",
    }
    read_request(json.dumps(good))
    with pytest.raises(SamplerError) as raised:
        read_request(json.dumps({**good, **change}))
    assert complaint in str(raised.value)


def test_a_suite_may_name_one_specifier_on_python() -> None:
    request = read_request(
        '{"suite": {"package": "thing", "python": ">=3.9"}, "policy": {"target_pythons": ["3.9.1"]},'
        ' "mode": "check", "as_of": "2026-11-21T06:00:00Z", "upgrade": true}'
    )
    assert request.suite.python == {"*": ">=3.9"} and request.upgrade


def document(files: Files) -> dict[str, Any]:
    assert files.sampling is not None
    read: dict[str, Any] = json.loads(files.sampling)
    return read


class TestFormat2:
    """What the second format tells more; the first stays as it was."""

    LINUX_ONLY = Release(
        "2.0",
        LONG_AGO,
        files=("wheel-cp312",),
        groups=(FileGroup(("wheel-cp312",), ("manylinux_2_17_x86_64",)),),
    )
    NEW = replace(REQUEST, format=2)

    def test_platforms_and_where_there_is_no_file(self) -> None:
        files = poll("1.0", self.LINUX_ONLY, request=self.NEW).files
        written = document(files)
        assert list(written)[0] == "format" and written["format"] == 2
        assert written["policy"]["platforms"] == ["linux-x86_64-glibc2.28", "macos-arm64-14.0"]
        assert [sample.get("not_on") for sample in written["samples"]] == [
            None,
            {"macos-arm64-14.0": ["3.12"]},
        ]
        assert plan(replace(self.NEW, mode=Mode.CHECK), files, no_index).files == files
        assert poll("1.0", self.LINUX_ONLY, previous=files, request=self.NEW).files == files

    def test_pythons_trials_and_verdicts(self) -> None:
        written = document(poll("1.0", "2.0", request=self.NEW).files)
        assert written["policy"]["pythons"] == {"*": "ends", "latest": "ends-and-second"}
        lowest, latest = written["samples"]
        assert "trials" not in lowest and "unresolvable" not in lowest
        assert latest["trials"] == ["3.10", "3.11", "3.12", "3.13"]
        assert latest["python_verdicts"]["3.13"] == "trial (the newest that it admits)"
        assert lowest["python_verdicts"]["3.13"] == "not named by its classifiers (3.8, 3.9)"
        assert "refusals" not in written

    def test_refusals_are_recorded_and_hold_until_others_are_given(self) -> None:
        refusal = Refusal((("thing", "1.0"),), "3.8", "foo has no wheel")
        first = poll("1.0", "2.0", request=self.NEW).files
        again = replace(self.NEW, mode=Mode.OFFLINE, refusals=(refusal,), as_of=days_ago(-30))
        files = plan(again, first, no_index).files
        written = document(files)
        assert written["as_of"] == document(first)["as_of"] and files.releases == first.releases
        assert written["samples"][0]["unresolvable"] == {"3.8": "foo has no wheel"}
        assert written["refusals"] == [
            {"releases": {"thing": "1.0"}, "python": "3.8", "reason": "foo has no wheel"}
        ]
        check = replace(self.NEW, mode=Mode.CHECK)
        assert plan(check, files, no_index).files == files
        assert poll("1.0", "2.0", previous=files, request=self.NEW).files == files
        forgotten = replace(self.NEW, refusals=())
        assert poll("1.0", "2.0", previous=files, request=forgotten).files == first

    def test_what_a_request_says_is_what_is_done(self) -> None:
        request = read_request(
            json.dumps(
                {
                    "suite": {"package": "thing", "max_majors": 2},
                    "policy": {
                        "target_pythons": ["3.8", "3.14.2t", "pypy3.11.13"],
                        "platforms": ["linux-aarch64-glibc2.31"],
                        "pythons": "all",
                    },
                    "mode": "poll",
                    "as_of": "2026-11-21T06:00:00Z",
                    "format": 2,
                    "refusals": [{"releases": {"Thing": "1.0"}, "python": "3.8.18", "reason": "x"}],
                }
            )
        )
        assert request.suite.max_majors == 2 and request.format == 2
        assert request.policy.platforms == ("linux-aarch64-glibc2.31",)
        assert request.policy.minors == ("3.8", "pypy3.11", "3.14t")
        assert request.policy.breadth(Tier.LATEST) is Breadth.ALL
        assert request.refusals == (Refusal((("thing", "1.0"),), "3.8", "x"),)
        written = document(poll("1.0", request=request).files)
        assert written["suite"]["max_majors"] == 2 and written["policy"]["pythons"] == {"*": "all"}

    def test_the_first_format_does_not_tell_them(self) -> None:
        files = poll("1.0", self.LINUX_ONLY).files
        assert "format" not in document(files) and "platforms" not in document(files)["policy"]
        assert "not_on" not in (files.sampling or "")
        assert poll("1.0", self.LINUX_ONLY, previous=files).files == files

    def test_a_record_of_the_first_is_brought_up_to_date_at_its_time(self) -> None:
        old = poll("1.0", self.LINUX_ONLY).files
        later = replace(self.NEW, as_of=days_ago(-30))
        files = poll("1.0", self.LINUX_ONLY, previous=old, request=later).files
        assert files.releases == old.releases
        assert document(files)["as_of"] == "2026-11-21T06:00:00Z" and document(files)["format"] == 2

    def test_a_record_of_a_format_to_come_is_made_afresh(self) -> None:
        future = replace(FIRST, sampling='{"format": 9}')
        result = poll("1.0", "1.1", "2.0", previous=future)
        assert result.files == FIRST and "format 9: expected one up to 2" in result.notes[0]


class TestFactsOfTheIndex:
    """What the index says of the project and of what was sampled is told."""

    ARCHIVED = Status("archived", "use other")
    NOTE = "the index says that thing is archived: use other; no more releases are to be expected"

    def index(self, *releases: str | Release, status: Status = ARCHIVED) -> StubIndex:
        index = StubIndex(*releases)
        index.snapshot = replace(index.snapshot, status=status)
        return index

    def test_a_status_is_recorded_and_told(self) -> None:
        result = plan(REQUEST, Files(), lambda: self.index("1.0", "1.1"))
        assert result.notes == (f"thing: {self.NOTE}",)
        assert document(result.files)["notes"] == [self.NOTE]
        assert plan(CHECK, result.files, no_index) == result

    def test_a_status_that_changed_is_told_and_no_change(self) -> None:
        result = plan(REQUEST, FIRST, lambda: self.index("1.0", "1.1", "2.0"))
        assert (result.files, result.notes) == (FIRST, (f"thing: {self.NOTE}",))

    def test_nothing_of_a_quarantined_project_is_sampled(self) -> None:
        index = self.index("1.0", status=Status("quarantined", "malware"))
        with pytest.raises(SamplerError, match="1 quarantined"):
            plan(REQUEST, FIRST, lambda: index)

    def test_a_sample_that_was_yanked_is_named_with_the_reason(self) -> None:
        result = poll("1.0", "1.1", release("2.0", yanked="oops"), previous=FIRST)
        assert result.notes == ("thing: 2.0 was a sample and is yanked: oops",)
        assert "notes" not in document(result.files)
