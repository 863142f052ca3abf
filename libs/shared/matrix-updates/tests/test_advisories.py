"""Advisories, by pip-audit from a stand-in of its service; and what a change of pins makes of them."""

from __future__ import annotations

import json
import sys
from typing import Callable, Dict, Iterator, List, Tuple

import pytest

from matrix_updates.prepare.advisories import NoAdvisories, open_advisories
from matrix_updates.proposal.advisories import Pin, Vulnerability, compared, fixable
from updates_loopback import Server, serve
from updates_world import World, address, lock, suite_files

pytest_plugins = ["updates_fixtures"]

Command = Callable[..., Tuple[int, str, str]]
OLD_PYTHON = sys.version_info < (3, 10)


@pytest.fixture
def osv() -> Iterator[Server]:
    """Knows that helper below 1.1 has a vulnerability."""

    def answer(request: bytes) -> Tuple[int, str, bytes]:
        asked = json.loads(request)
        bad = asked["package"]["name"] == "helper" and asked["version"] == "1.0"
        events = [{"introduced": "0"}, {"fixed": "1.1"}]
        affected = {
            "package": {"name": "helper", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": events}],
        }
        vulnerability = {
            "id": "PYSEC-2026-7",
            "aliases": ["CVE-2026-7777"],
            "summary": "It <b>leaks</b>\nsecrets `now`",
            "affected": [affected],
        }
        return (
            200,
            "application/json",
            json.dumps({"vulns": [vulnerability]} if bad else {}).encode(),
        )

    with serve() as server:
        server.answers["/v1/query"] = answer
        yield server


@pytest.fixture
def ask(world: World, run: Command, osv: Server) -> Command:
    def prepare(*arguments: object) -> Tuple[int, str, str]:
        service = f"--advisories={osv.url}/v1/query"
        return run("prepare", "--output", world.output, service, *arguments)

    return prepare


if OLD_PYTHON:

    def test_without_pip_audit_it_says_that_nobody_was_asked(world: World, ask: Command) -> None:
        world.releases("alpha", "1.1")
        assert ask()[0] == 0
        (text,) = world.output.glob("alpha-*.md")
        assert ", so no advisory was asked for: pip install" in text.read_text().replace("'", "")

else:

    def test_a_fix_need_not_cool_down_and_is_told(
        world: World, ask: Command, publish: Command
    ) -> None:
        world.says("alpha", files=suite_files("alpha", {"1.0": {"helper": "1.1"}}))
        assert ask("--only", "alpha")[0] == 0
        (asked,) = [
            call["argv"] for call in world.calls("pants") if "generate-matrix" in call["argv"]
        ]
        assert asked == [
            "--version-matrix-cooldown-exempt=+['helper']",
            "generate-matrix",
            "--upgrade",
            address("alpha"),
        ]
        publish()
        body = world.requests()["alpha"]["body"]
        assert (
            "- Mends `PYSEC-2026-7`, `CVE-2026-7777` of `helper 1.0`; fixed in `1.1`, reaches "
            f"`{address('alpha')}`: `It <b>leaks</b> secrets 'now'`\n"
        ) in body

    @pytest.mark.parametrize(
        ("settings", "exempt"),
        [
            ("", ["--hash-locks-cooldown-exempt=+['helper']"]),
            ("urgent = false\n", []),
            # Of a command of their own nobody knows whether it has such an option.
            ('lock-command = ["generate-lockfiles", "--resolve={resolve}.lock"]\n', []),
            (
                'lock-command = ["generate-lockfiles", "--resolve={resolve}.lock"]\n'
                'lock-exempt = ["--locks-now={project}"]\n',
                ["--locks-now=helper"],
            ),
        ],
    )
    def test_a_fix_for_a_lock_need_not_cool_down(
        world: World, ask: Command, settings: str, exempt: List[str]
    ) -> None:
        held = {"3rdparty/main.lock": lock(certifi="2026.1", helper="1.0")}
        configured = {"pyproject.toml": f"[tool.matrix-updates]\n{settings}"}
        world.commit("Hold what has an advisory", {**held, **configured})
        mended = {"3rdparty/main.lock": lock(certifi="2026.1", helper="1.1")}
        world.today["locks"]["main"] = {"files": mended}
        world.save()
        assert ask("--only", "main.lock")[0] == 0
        (asked,) = [
            call["argv"] for call in world.calls("pants") if "generate-lockfiles" in call["argv"]
        ]
        assert [each for each in asked if "helper" in each] == exempt
        assert "- Mends `PYSEC-2026-7`" in (world.output / "main-lock.md").read_text()

    def test_policy_may_let_a_fix_cool_down(world: World, ask: Command) -> None:
        world.commit("Configure", {"pyproject.toml": "[tool.matrix-updates]\nurgent = false\n"})
        ask("--only", "alpha")
        (asked,) = [
            call["argv"] for call in world.calls("pants") if "generate-matrix" in call["argv"]
        ]
        assert asked == ["generate-matrix", address("alpha")]

    def test_a_lock_that_brings_one_says_so(world: World, ask: Command) -> None:
        pins = lock(certifi="2026.1", helper="1.0", idna="3.1")
        world.today["locks"]["main"] = {"files": {"3rdparty/main.lock": pins}}
        world.today["requirements"] = {
            "3rdparty:reqs#Helper": ["lib/src/lib/a.py", "services/b/main.py"],
            "3rdparty:reqs#idna": [],
        }
        world.save()
        ask("--only", "main.lock")
        text = (world.output / "main-lock.md").read_text()
        assert "**Brings** `PYSEC-2026-7`" in text
        assert "reaches `main`, `lib/src/lib/a.py`, `services/b/main.py`: " in text

    @pytest.mark.parametrize(
        "answer", [(500, "text/plain", b"down"), (200, "application/json", b'{"vulns": [{}]}')]
    )
    def test_a_service_that_fails_is_not_taken_for_an_answer(
        world: World, ask: Command, osv: Server, answer: Tuple[int, str, bytes]
    ) -> None:
        osv.answers["/v1/query"] = answer
        world.releases("alpha", "1.1")
        assert ask()[0] == 0
        (text,) = world.output.glob("alpha-*.md")
        assert "advisories were not read completely" in text.read_text()
        # One that is down is not asked for every pin there is.
        assert len(osv.asked) <= 12

    def test_a_service_that_is_not_there_is_no_matter_of_a_pin(osv: Server) -> None:
        known = open_advisories("http://127.0.0.1:1/v1/query")
        assert known.of([("helper", "1.0")]) == {}
        (told,) = known.problems()
        assert told.endswith("nothing: the service cannot be reached (ConnectionError)")

    def test_each_pin_is_asked_for_once(osv: Server) -> None:
        known = open_advisories(f"{osv.url}/v1/query")
        pins: List[Pin] = [("helper", "1.0"), ("helper", "1.1"), ("no-version", "latest")]
        first, second = known.of(pins), known.of(pins)
        assert first == second and list(first) == [("helper", "1.0")]
        assert osv.asked == ["/v1/query"] * 2


def test_whoever_wants_none_is_told_nothing() -> None:
    assert (NoAdvisories().of([("a", "1")]), NoAdvisories().problems()) == ({}, ())


BAD = Vulnerability("PYSEC-1", fixed_in=("2",))
WORSE = Vulnerability("PYSEC-2")


@pytest.mark.parametrize(
    ("before", "after", "effects"),
    [
        ([("a", "1")], [("a", "2")], [("mends", "1")]),
        ([("a", "2")], [("a", "1")], [("brings", "1")]),
        ([("a", "1")], [("a", "1")], [("keeps", "1")]),
        # Another release with the same advisory: nothing is mended by it.
        ([("a", "0")], [("a", "1")], [("keeps", "1")]),
        # A lock that still has the old release for an old Python keeps it.
        ([("a", "1")], [("a", "1"), ("a", "2")], [("keeps", "1")]),
        ([("a", "1")], [], [("mends", "1")]),
        ([("a", "1"), ("b", "1")], [("b", "1")], [("mends", "1"), ("keeps", "1")]),
        ([], [("b", "1"), ("a", "2")], [("brings", "1")]),
    ],
)
def test_what_becomes_of_an_advisory(
    before: List[Pin], after: List[Pin], effects: List[Tuple[str, str]]
) -> None:
    known: Dict[Pin, Tuple[Vulnerability, ...]] = {
        ("a", "0"): (BAD,),
        ("a", "1"): (BAD,),
        ("b", "1"): (WORSE,),
    }
    found = compared(before, after, known, {"a": ("x",)})
    assert [(each.effect, each.version) for each in found] == effects
    assert fixable([*before, *after], known) == (
        ("a",) if {("a", "0"), ("a", "1")} & {*before, *after} else ()
    )
