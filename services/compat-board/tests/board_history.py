"""A history of runs as a repository has it: mostly green, with what people come to look for."""

from __future__ import annotations

import datetime
import hashlib
from itertools import product
from typing import Dict, Iterator, List, Sequence, Tuple

import msgspec

from matrix_results import Cell, Failure, Run, Status, Suite
from matrix_updates.canary.song import Song, SuiteToday
from matrix_updates.proposal.model import CellResult, FirstBad, Repin
from matrix_updates.publish.merged import MergedRequest, MergedRequests

# However long a history is, it ends here: a board takes no report from the future, and a clock may
# be slow.
LAST = datetime.datetime(2024, 6, 9, 4, 12, tzinfo=datetime.timezone.utc)
SAMPLED = datetime.datetime(2024, 1, 15, tzinfo=datetime.timezone.utc)
LIBRARIES = ("trace-baton",)
PYTHONS = ("3.9", "3.10", "3.12", "3.13")
BROKEN_SINCE = 3
"""How many runs ago celery's newest release broke: a release of kombu came with a new lock."""

PACKAGES: Dict[str, Tuple[str, ...]] = {
    "aiohttp>=3.8": ("3.8.6", "3.9.5", "3.10.11", "3.12.15", "3.13.2"),
    "celery>=5.2": ("5.2.7", "5.3.6", "5.4.0", "5.5.3", "5.6.0"),
    "django>=4.2": ("4.2.26", "5.0.14", "5.1.14", "5.2.8", "6.0"),
    "dramatiq>=1.14": ("1.14.2", "1.15.0", "1.16.0", "1.18.0", "2.0.0"),
    "falcon>=3.0": ("3.0.1", "3.1.3", "4.0.2", "4.2.0"),
    "fastapi>=0.95": ("0.95.2", "0.103.2", "0.110.3", "0.118.0", "0.122.0"),
    "flask>=2.2": ("2.2.5", "2.3.3", "3.0.3", "3.1.2"),
    "grpcio>=1.50": ("1.50.0", "1.56.2", "1.62.3", "1.70.0", "1.76.0"),
    "httpx>=0.16": ("0.16.0", "0.19.0", "0.22.0", "0.25.2", "0.28.1"),
    "pyramid>=1.10": ("1.10.8", "2.0", "2.0.2"),
    "requests>=2.25": ("2.25.1", "2.27.1", "2.29.0", "2.31.0", "2.32.5"),
    "sqlalchemy>=1.4": ("1.4.54", "2.0.23", "2.0.44", "2.1.0b1"),
    "starlette>=0.27": ("0.27.0", "0.32.0", "0.38.6", "0.46.2", "0.50.0"),
    "structlog>=21.1": ("21.1.0", "22.3.0", "23.3.0", "25.5.0"),
    "tornado>=6.1": ("6.1", "6.2", "6.3.3", "6.4.2", "6.5.2"),
    "urllib3>=1.26": ("1.26.20", "2.0.7", "2.3.0", "2.5.0"),
}

TRACEBACK = """\
    def test_headers_travel_with_a_task(worker):
        with trace_baton.start(request_id="r-1"):
            add.delay(1, 2)
>       assert worker.headers["traceparent"] == expected
E       KeyError: 'traceparent'

libs/shared/trace-baton/tests/integrations/celery/test_celery.py:87: KeyError"""


def realistic_history(runs: int, *, libraries: Sequence[str] = LIBRARIES) -> List[Run]:
    """That many runs, oldest first, a day apart; the same every time.

    Each library has a suite for each package: 146 cells.
    """
    return list(each_run(runs, libraries=libraries))


def each_run(runs: int, *, libraries: Sequence[str] = LIBRARIES) -> Iterator[Run]:
    """The same, one after the other, for whoever needs many of them."""
    return (_run(number, libraries, left=runs - 1 - number) for number in range(runs))


def realistic_canary() -> Song:
    """What a canary saw the day before kombu's release reached a lock, and of a branch of celery."""
    made_at = LAST - datetime.timedelta(days=BROKEN_SINCE, hours=6)
    moved = Repin(project="kombu", before=("5.5.4",), after=("5.6.0",))
    failing = "test_celery::test_headers_travel_with_a_task"
    red = _today("celery", "5.6.0", failing=failing, moved=(moved,))
    found = FirstBad(cell=red.address, release="5.6.0", cause="its pin kombu 5.6.0")
    return Song(
        made_at=made_at,
        base=hashlib.sha1(b"canary").hexdigest(),
        suites=(
            msgspec.structs.replace(red, first_bad=(found,)),
            _today("httpx", "0.28.1"),
            _today("flask", "3.1.2"),
        ),
        upstreams=(
            _today(
                "httpx",
                "0.28.1",
                upstream="https://github.com/encode/httpx/archive/refs/heads/master.tar.gz",
            ),
        ),
    )


def realistic_merged(runs: int) -> MergedRequests:
    """The request that brought kombu's release, in a history of that many runs."""
    return MergedRequests(
        requests=(
            MergedRequest(
                url="https://github.com/OWNER/REPOSITORY/pull/128",
                title="Test celery 5.6.0",
                commit=_commit(runs - BROKEN_SINCE),
                merged_at=LAST - datetime.timedelta(days=BROKEN_SINCE, hours=1),
            ),
        )
    )


def _today(
    package: str,
    release: str,
    *,
    failing: str = "",
    moved: Tuple[Repin, ...] = (),
    upstream: str = "",
) -> SuiteToday:
    cells = tuple(
        CellResult(
            version=release,
            python=python,
            tier="latest",
            status="failed" if failing else "passed",
            failing=failing,
        )
        for python in PYTHONS[-2:]
    )
    address = f"libs/shared/trace-baton/tests/integrations/{package}:matrix"
    return SuiteToday(
        address=address, title=package, release=release, upstream=upstream, cells=cells, moved=moved
    )


def _commit(number: int) -> str:
    return hashlib.sha1(str(number).encode()).hexdigest()


def _run(number: int, libraries: Sequence[str], *, left: int) -> Run:
    made_at = LAST - datetime.timedelta(days=left)
    suites: List[Suite] = []
    locks: Dict[str, Tuple[str, ...]] = {}
    for library, (package, versions) in product(libraries, PACKAGES.items()):
        cells = []
        for cell, pins in _cells(package, versions, number, left, made_at):
            cells.append(cell)
            if cell.lock:
                locks[cell.lock] = pins
        name = package.partition(">")[0]
        suites.append(
            Suite(
                address=f"libs/shared/{library}/tests/integrations/{name}:matrix",
                package=package,
                as_of=SAMPLED,
                snapshot=f"sha256:{hashlib.sha256(package.encode()).hexdigest()}",
                cells=tuple(cells),
                verdicts=dict(_verdicts(versions)),
                uncovered={"3.8": "no sample admits it"} if name == "django" else {},
            )
        )
    return Run(made_at=made_at, commit=_commit(number), suites=tuple(suites), locks=locks)


def _cells(
    package: str, versions: Tuple[str, ...], number: int, left: int, made_at: datetime.datetime
) -> Iterator[Tuple[Cell, Tuple[str, ...]]]:
    name = package.partition(">")[0]
    for position, version in enumerate(versions):
        newest = position == len(versions) - 1
        pins = _pins(name, version, fresh=newest and left < BROKEN_SINCE)
        lock = f"sha256:{hashlib.sha256(repr(pins).encode()).hexdigest()}"
        for python in PYTHONS[min(position, 2) :] if newest else (PYTHONS[position % 2], "3.12"):
            status, reason, failures = _result(name, version, python, left)
            ran = status not in (Status.NOT_RUN, Status.UNRESOLVABLE)
            yield Cell(
                version=version,
                tier="lowest" if position == 0 else "latest" if newest else "between",
                python=python,
                status=status,
                reason=reason,
                tests=14 + len(name) if ran else 0,
                failed=len(failures),
                seconds=(
                    0.4 + (len(name) * 7 + position * 3 + number % 3) % 23 / 10 if ran else None
                ),
                ran_at=made_at - datetime.timedelta(minutes=3) if ran else None,
                lock="" if status is Status.UNRESOLVABLE else lock,
                failures=failures,
            ), pins


def _result(
    name: str, version: str, python: str, left: int
) -> Tuple[Status, str, Tuple[Failure, ...]]:
    if name == "celery" and version == "5.6.0" and left < BROKEN_SINCE:
        failure = Failure(test="test_celery::test_headers_travel_with_a_task", text=TRACEBACK)
        return Status.FAILED, "", (failure,)
    if name == "sqlalchemy" and version == "2.1.0b1" and python == "3.13":
        reason = "greenlet has no wheel for it yet (until 2026-12-31)"
        failure = Failure(test="test_sqlalchemy::test_async_engine", text="ModuleNotFoundError")
        return Status.KNOWN_FAILURE, reason, (failure,)
    if name == "grpcio" and version == "1.50.0" and python == "3.12":
        return Status.UNRESOLVABLE, "grpcio 1.50.0 has no wheel for Python 3.12", ()
    if name == "tornado" and version == "6.1" and left == 0:
        return Status.NOT_RUN, "No result: it was not asked for, or ended before it could tell.", ()
    return Status.PASSED, "", ()


def _pins(name: str, version: str, *, fresh: bool) -> Tuple[str, ...]:
    pins = [f"{name}=={version}", "pytest==8.4.2", f"packaging==25.{1 if fresh else 0}"]
    if name == "celery":
        pins += [f"kombu==5.{'6.0' if fresh else '5.4'}", "vine==5.1.0", "amqp==5.3.1"]
        pins += ["tzdata==2025.2"] if fresh else ["python-dateutil==2.9.0"]
    return tuple(sorted(pins))


def _verdicts(versions: Tuple[str, ...]) -> Iterator[Tuple[str, str]]:
    for position, version in enumerate(versions):
        yield version, "lowest" if position == 0 else "between"
        if position + 1 < len(versions):
            yield f"{version}.post1", f"superseded in its series by {version}"
            yield f"{version}.post2", "not needed (gap of 2 series)"
