"""Equal failures are one, and what differs never is."""

from __future__ import annotations

from typing import Dict, List, Mapping, Tuple

from hypothesis import given, settings
from hypothesis import strategies as st

from matrix_results.causes import (
    NO_RESULT,
    NOT_STARTED,
    FailedTest,
    Finding,
    SeenCell,
    SeenSuite,
    brief,
    findings,
    table,
    worth_whole,
)

SUITE = "tests/httpx:matrix"
VERSIONS = ("0.16.1", "0.25.2", "0.28.1")
PYTHONS = ("3.9", "3.13")
KEYS = [(version, python) for version in VERSIONS for python in PYTHONS]


def failure(
    test: str = "test_httpx::test_get",
    kind: str = "TypeError",
    message: str = "send() got an unexpected keyword",
    line: int = 42,
    noise: int = 0,
) -> FailedTest:
    """As pytest writes it; `noise` is what differs in every run."""
    return FailedTest(
        test,
        f"client = <Client object at 0x{noise + 4096:x}>\n\n"
        f"    def test_get():\n>       get('http://127.0.0.1:{noise + 20000}')\n\n"
        f"tests/httpx/test_httpx.py:7: \n_ _ _ _ _ _ _ _\n>   send()\n\n"
        f"src/baton/httpx.py:{line}: \n_ _ _ _ _ _\n"
        f"E   {kind}: {message} at port {noise + 20000}\n\n"
        f".venv/lib/python3.{noise % 5 + 9}/site-packages/httpx/_client.py:{noise + 1}: {kind}\n",
    )


def found(cells: Mapping[Tuple[str, str], Tuple[FailedTest, ...]]) -> Tuple[Finding, ...]:
    seen = tuple(SeenCell(v, p, cells.get((v, p), ())) for v, p in KEYS)
    return findings([SeenSuite(SUITE, "httpx", seen)])


def test_equal_failures_are_one_whatever_differs_from_run_to_run() -> None:
    (finding,) = found({key: (failure(noise=n),) for n, key in enumerate(KEYS)})
    (group,) = finding.groups
    assert group.tests == ("test_httpx::test_get",)
    assert group.symptom.place == "src/baton/httpx.py:42"
    assert (finding.hits, finding.spares, finding.since) == ("all of 6", "none", "")
    assert finding.look_at == f"{SUITE}#0.28.1@python=3.13"
    # As the cell that is looked at has it.
    assert group.error == "TypeError: send() got an unexpected keyword at port 20005"


def test_tests_that_fail_alike_in_the_same_cells_are_counted_together() -> None:
    tests = tuple(failure(f"test_httpx::test_{n}") for n in range(12))
    (finding,) = found({key: tests for key in KEYS[2:]})
    assert [len(group.tests) for group in finding.groups] == [12]
    assert finding.hits == "httpx >= 0.25.2, any Python"
    assert finding.spares == "httpx 0.16.1, any Python"
    assert finding.since == "0.25.2"


def test_two_causes_in_one_cell_are_two() -> None:
    one, other = failure(), failure("test_httpx::test_post", "KeyError", "'a'", 50)
    everywhere, newest = found({key: (one, other) if key == KEYS[-1] else (one,) for key in KEYS})
    assert (everywhere.hits, newest.hits) == ("all of 6", "httpx 0.28.1 on Python 3.13")
    assert newest.spares == "httpx <= 0.25.2, any Python; Python 3.9 alone"
    # One cell shows both.
    assert everywhere.look_at == newest.look_at
    assert worth_whole((everywhere, newest)) == (everywhere,)


def test_a_second_cause_elsewhere_is_shown_whole_as_well() -> None:
    one, other = failure(), failure("test_httpx::test_post", "KeyError", "'a'", 50)
    everywhere, oldest = found({key: (one, other) if key == KEYS[0] else (one,) for key in KEYS})
    assert worth_whole((everywhere, oldest)) == (everywhere, oldest)


KINDS = st.sampled_from(["TypeError", "KeyError", "httpx.ConnectError"])
FAILURES = st.builds(
    failure,
    test=st.sampled_from(["t::a", "t::b", "t::c"]),
    kind=KINDS,
    message=st.sampled_from(["no send", "no read"]),
    line=st.integers(40, 43),
    noise=st.integers(0, 9999),
)


def what(one: FailedTest) -> Tuple[str, str, str, str]:
    """Test, error and place as `failure` wrote them, read without any of the code that is tested."""
    line = one.text[one.text.index("\nE   ") + 5 :].split("\n")[0]
    kind, _, rest = line.partition(": ")
    place = one.text[: one.text.index("\nE   ")].rpartition("src/baton/")[2].split(": ")[0]
    return one.test, kind, rest.partition(" at port ")[0], place


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(KEYS), st.lists(FAILURES, min_size=1, max_size=4, unique_by=what)
    )
)
def test_each_failure_is_in_one_group_and_a_group_holds_equal_ones_alone(
    cells: Dict[Tuple[str, str], List[FailedTest]],
) -> None:
    given_: Dict[Tuple[str, str, str, str], set[Tuple[str, str]]] = {}
    for key, failures in cells.items():
        for one in failures:
            given_.setdefault(what(one), set()).add(key)
    told: Dict[Tuple[str, str, str, str], set[Tuple[str, str]]] = {}
    for finding in found({key: tuple(failures) for key, failures in cells.items()}):
        for group in finding.groups:
            place = group.symptom.place.rpartition("/")[2]
            message = group.symptom.message.partition(": ")[2].partition(" at port ")[0]
            for test in group.tests:
                name = test, group.symptom.kind, message, place
                # Never told twice, so never of other cells than its own.
                assert name not in told
                told[name] = set(finding.cells)
    assert told == given_


@settings(deadline=None)
@given(FAILURES, FAILURES)
def test_what_differs_is_never_one(one: FailedTest, other: FailedTest) -> None:
    whole = found({KEYS[0]: (one,), KEYS[1]: (other,)})
    groups = sum(len(finding.groups) for finding in whole)
    assert groups == (1 if what(one) == what(other) else 2)


def test_a_cell_that_died_is_like_no_other() -> None:
    died = FailedTest(NO_RESULT, "Segmentation fault")
    one, other = found({KEYS[0]: (died,), KEYS[1]: (died,)})
    assert one.cells != other.cells


def test_cells_that_died_of_the_same_line_of_ours_are_one() -> None:
    text = (
        "ImportError while loading conftest 'tests/conftest.py'.\ntests/conftest.py:1: in <module>\n"
        "    import baton\nsrc/baton/__init__.py:3: in <module>\n    x\n"
        "E   NameError: name 'x' is not defined\n"
    )
    (finding,) = found({key: (FailedTest(NO_RESULT, text),) for key in KEYS})
    assert finding.groups[0].symptom.place == "src/baton/__init__.py:3"
    assert "–" in table([finding])


def test_what_did_not_start_for_one_reason_is_one() -> None:
    why = "httpx cannot be installed: no file with this hash"
    (finding,) = found({key: (FailedTest(NOT_STARTED, why),) for key in KEYS})
    assert (finding.hits, finding.groups[0].error) == ("all of 6", why)


def test_a_cell_that_cannot_tell_is_neither_hit_nor_spared() -> None:
    died = (FailedTest(NO_RESULT, "Killed"),)
    unread = (FailedTest("test_httpx", "E   ImportError: no httpx"),)
    cells = {KEYS[5]: (failure(),), KEYS[4]: died, KEYS[3]: unread}
    (finding,) = [
        each for each in found(cells) if each.groups[0].tests == ("test_httpx::test_get",)
    ]
    # Of 0.28.1 on 3.9 nothing is known, nor of 0.25.2 on 3.13.
    assert finding.hits == "httpx 0.28.1 on Python 3.13"
    assert finding.spares == "httpx <= 0.25.2, any Python"


def test_known_failures_alone_are_no_finding_but_are_described() -> None:
    def suite(*expected: Tuple[str, str]) -> SeenSuite:
        cells = tuple(SeenCell(v, p, (failure(),), expected=(v, p) in expected) for v, p in KEYS)
        return SeenSuite(SUITE, "httpx", cells)

    assert findings([suite(*KEYS)]) == ()
    (finding,) = findings([suite(*KEYS[1:])])
    assert finding.hits == "all of 6"
    assert finding.look_at == f"{SUITE}#0.16.1@python=3.9"


def test_what_was_promised_is_looked_at_before_trials() -> None:
    cells = tuple(SeenCell(v, p, (failure(),), trial=p == "3.13") for v, p in KEYS)
    (finding,) = findings([SeenSuite(SUITE, "httpx", cells)])
    assert finding.look_at == f"{SUITE}#0.28.1@python=3.9" and not finding.trials


def test_trials_alone_are_marked() -> None:
    cells = tuple(
        SeenCell(v, p, (failure(),) if p == "3.13" else (), trial=p == "3.13") for v, p in KEYS
    )
    (finding,) = findings([SeenSuite(SUITE, "httpx", cells)])
    assert finding.trials and finding.hits == "Python 3.13 alone"
    assert "3 of 6 cells, trials alone" in table([finding])


def test_one_cause_in_what_suites_share_is_shown_whole_once() -> None:
    def suite(name: str, line: int = 42) -> SeenSuite:
        failed = (failure(f"test_{name}::test_get", line=line),)
        return SeenSuite(f"tests/{name}:matrix", name, (SeenCell("1.0", "3.13", failed),))

    suites = [suite("httpx"), suite("aiohttp"), suite("flask", line=50)]
    whole = findings(suites)
    assert [each.suite for each in whole] == [
        "tests/aiohttp:matrix",
        "tests/flask:matrix",
        "tests/httpx:matrix",
    ]
    assert [each.suite for each in worth_whole(whole)] == [
        "tests/aiohttp:matrix",
        "tests/flask:matrix",
    ]


def test_what_failed_in_a_cell_in_a_line() -> None:
    error = "TypeError: send() got an unexpected keyword at port 20000 (src/baton/httpx.py:42)"
    one, other = failure("t::a"), failure("t::b")
    assert brief([one, other]) == f"2 tests: {error}"
    assert brief([one, failure("t::c", "KeyError")]) == f"2 tests: {error}, and 1 other error"
    assert brief([FailedTest(NOT_STARTED, "no such file")]) == "no such file"
    assert brief([FailedTest(NO_RESULT, "")]) == "ended without a result"
    assert brief([]) == ""


def test_where_nothing_fails_nothing_is_told() -> None:
    assert found({}) == ()
    assert table(()) == ""


def test_very_many_different_failures_take_no_time() -> None:
    """As of a report that somebody made up."""
    cells = tuple(
        SeenCell(
            f"{version}.0",
            f"3.{python}",
            tuple(
                failure(f"t::{test}", line=test)
                for test in range(60)
                if (version * 7 + python * 3 + test) % 5 < 2 + test % 3
            ),
        )
        for version in range(25)
        for python in range(8)
    )
    whole = findings([SeenSuite(SUITE, "httpx", cells)])
    assert sum(len(each.groups) for each in whole) == 60
