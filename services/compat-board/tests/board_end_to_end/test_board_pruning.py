"""What is deleted of an old history, and what is kept, on a database of each kind."""

import datetime
import signal
from pathlib import Path
from typing import Iterable, List, Sequence, Set

import pytest
from sqlalchemy import func, select

from board_testing.inside import Board
from board_testing.process import board_process
from compat_board.read import reading, views
from compat_board.received.receipt import Covers
from compat_board.stored.database import Database
from compat_board.stored.migrating import migrate
from compat_board.stored.pruning import KEPT_RUNS, prune
from compat_board.stored.storing import store
from compat_board.stored.tables import CellRow, DocumentRow, RunRow, SuiteRunRow, TallyRow
from example_runs import cell, failure, suite
from matrix_results import Cell, Run, Status, Suite, encode

# A Monday.
START = datetime.datetime(2020, 1, 6, 12, tzinfo=datetime.timezone.utc)
KEEP = 4
P, F, K, N = Status.PASSED, Status.FAILED, Status.KNOWN_FAILURE, Status.NOT_RUN


def day(number: int) -> datetime.datetime:
    return START + datetime.timedelta(days=number)


def made(number: int, *suites: Suite) -> Run:
    return Run(made_at=day(number), suites=suites)


def result(status: Status, text: str = "") -> Cell:
    """A cell whose failure, if it has one, says a text."""
    failures = (failure(text),) if status in (F, K) else ()
    return cell(status=status, tests=len(failures), failed=len(failures), failures=failures)


@pytest.fixture
def database(database_url: str) -> Iterable[Database]:
    found = Database(database_url)
    migrate(found)
    yield found
    found.close()


def give(database: Database, runs: Iterable[Run], *, covers: Covers = Covers.ALL) -> None:
    for run in runs:
        store(database, run, now=run.made_at, covers=covers)


def days(database: Database) -> List[int]:
    """Of which days there are runs, in order."""
    with database.reading() as session:
        found = reading.latest_runs(session, limit=10_000)
    return sorted((summary.run.made_at - START).days for summary in found)


def recent(after: int) -> List[Run]:
    """As many runs as are kept of any suite, from a day on."""
    return [made(after + number, suite(result(P))) for number in range(KEEP)]


def pruned(database: Database, before: int) -> int:
    return sum(prune(database, before=day(before), keep=KEEP))


def test_of_old_runs_one_a_week_is_kept_and_all_of_the_latest(database: Database) -> None:
    give(database, recent(0))
    give(database, [made(-21 + number, suite(result(P))) for number in range(21)])
    assert pruned(database, before=-30) == 0
    assert pruned(database, before=10_000) == 18
    assert days(database) == [-15, -8, -1, *range(KEEP)]
    assert pruned(database, before=10_000) == 0


def test_nothing_is_deleted_that_is_young_enough(database: Database) -> None:
    give(database, recent(0))
    give(database, [made(-7 + number, suite(result(P))) for number in range(7)])
    assert pruned(database, before=-4) == 2
    assert days(database) == [-5, -4, -3, -2, -1, *range(KEEP)]


def test_of_a_week_a_run_of_all_of_the_matrix_is_kept(database: Database) -> None:
    give(database, recent(0))
    give(database, [made(-7, suite(result(P)))])
    give(database, [made(-6, suite(result(P)))], covers=Covers.PART)
    assert pruned(database, before=0) == 1
    assert days(database)[0] == -7 and len(days(database)) == KEEP + 1


def with_two(number: int, other: Sequence[Cell]) -> Run:
    return made(number, suite(*other, address="other:matrix", package="other"), suite(result(P)))


@pytest.mark.parametrize(
    ("statuses", "kept"),
    [
        ([P, P, F, F, F], {1, 2}),
        ([P, F, P, F, K], {2, 3}),
        ([F, F, F, P, P], {4}),
        ([F, F, F, F, F], {0}),
        ([P, F, N, F, N], {0, 1}),
        ([P, N, F, F, F], {0, 2}),
        ([N, N, N, N, N], set()),
    ],
)
def test_the_last_green_run_of_a_cell_and_the_first_bad_one_since_are_kept(
    database: Database, statuses: Sequence[Status], kept: Set[int]
) -> None:
    """The cell was removed from its suite, which goes on: no recent run tells of it."""
    give(database, [with_two(number, [result(s)]) for number, s in enumerate(statuses)])
    # The last of that week.
    give(database, [with_two(6, [])])
    give(database, [with_two(7 + number, []) for number in range(KEEP)])
    pruned(database, before=10_000)
    assert set(days(database)) == kept | {6} | {7 + number for number in range(KEEP)}
    if F in statuses and P in statuses[: statuses.index(F)]:
        with database.reading() as session:
            view = views.cell(session, "other", "0.28.1", "3.13")
        assert view is not None and view.green is not None


def test_a_report_of_long_ago_that_comes_meanwhile_changes_what_is_needed(
    database: Database,
) -> None:
    """Then nothing is deleted by what was found before, and the next time all of it counts."""
    give(database, [with_two(number, [result(F)]) for number in range(6)])
    give(database, [with_two(7 + number, []) for number in range(KEEP)])
    give(database, [made(-21 + number, suite(result(P))) for number in range(14)])
    steps = prune(database, before=day(10_000), keep=KEEP)
    assert next(steps) == 5
    # The other cell worked then: what came behind is the first bad one since, and was not needed.
    give(database, [with_two(3, [result(P)])], covers=Covers.PART)
    assert list(steps) == []
    assert pruned(database, 10_000) > 0 and pruned(database, 10_000) == 0
    # What works with it, and what does not any more.
    assert {3, 4} <= set(days(database))


def test_a_suite_that_left_keeps_its_latest_runs(database: Database) -> None:
    give(database, [with_two(number, [result(P)]) for number in range(3)])
    give(database, recent(7))
    assert pruned(database, before=10_000) == 0


def test_documents_go_with_the_last_run_that_refers_to_them(database: Database) -> None:
    texts = ["both", "old alone", "both"]
    give(database, [made(-5 + n, suite(result(F, text))) for n, text in enumerate(texts)])
    give(database, [made(-1, suite(result(F, "both")))])
    give(database, [made(number, suite(result(F, "both"))) for number in range(KEEP)])
    assert documents(database) == 3
    assert pruned(database, before=10_000) == 2
    # The last of the week, and the first bad one.
    assert days(database) == [-5, -1, *range(KEEP)]
    assert documents(database) == 2
    with database.reading() as session:
        orphans = select(func.count()).select_from(CellRow)
        orphans = orphans.where(CellRow.suite_run_id.not_in(select(SuiteRunRow.id)))
        assert session.scalar(orphans) == 0
        tallied = set(session.scalars(select(TallyRow.run_id)))
        assert tallied == set(session.scalars(select(RunRow.id)))
        view = views.cell(session, "httpx", "0.28.1", "3.13")
    assert view is not None and view.result.cell.failures[0].text == "both"


def documents(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(DocumentRow)) or 0


def test_a_state_never_comes_again(database: Database) -> None:
    """The run that was stored last may be an old one, whose id another gets once it is pruned."""
    states = []

    def note() -> None:
        with database.reading() as session:
            states.append(reading.state(session))

    note()
    for run in (*recent(0), made(-1, suite(result(P))), made(-2, suite(result(P)))):
        give(database, [run])
        note()
    assert pruned(database, before=10_000) == 1
    note()
    give(database, [made(KEEP, suite(result(P)))])
    note()
    assert len(set(states)) == len(states)


def test_a_board_that_is_served_prunes(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)
    give(database, [made(-2, suite(result(P))), made(-1, suite(result(P)))])
    give(database, (made(number, suite(result(P))) for number in range(KEPT_RUNS)))
    with board_process(database_url, COMPAT_BOARD_RETENTION_DAYS="30") as board:
        # It ends what it has begun, and it begins at once.
        board.process.send_signal(signal.SIGTERM)
        assert board.process.wait(timeout=600) == 0
    assert days(database) == [-1, *range(KEPT_RUNS)]


def test_the_file_gets_smaller(tmp_path: Path) -> None:
    path = tmp_path / "board.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    releases = [f"1.{number}" for number in range(100)]
    failing = [
        cell(release, status=F, tests=1, failed=1, failures=(failure(release * 5_000),))
        for release in releases
    ]
    give(database, [made(-2, suite(*failing)), made(-1, suite(*map(cell, releases)))])
    give(database, recent(0))
    database.close()
    before = path.stat().st_size
    assert pruned(database, before=10_000) == 1
    database.close()
    assert path.stat().st_size < before - 1_000_000


def test_a_whole_run_is_read_with_few_queries(tmp_path: Path) -> None:
    board = Board(tmp_path)
    suites = [suite(result(F, str(n)), address=f"{n}:matrix") for n in range(30)]
    found = Run(made_at=START, suites=tuple(suites))
    name = board.send(found).json()["identity"]
    with board.queries() as asked:
        assert board.get(f"/api/v1/runs/{name}").content == encode(found)
    assert len(asked) <= 6
