"""A month of a watcher of many packages, whose index fails in every way that it can answer in.

The index and the client that asks it are real, on loopback; the clock is not. What happens to each
package is decided by chance from a seed, and noted: what was recorded and told is held against it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import pytest
from prometheus_client import CollectorRegistry

from release_watcher import assembly, poller, watcher
from release_watcher.events import Event, Kind
from release_watcher.recorded.database import open_database
from release_watcher.settings import WatcherSettings
from release_watcher.told.channel import DeliveryFailed
from release_watcher.watcher import Watcher
from watcher_clock import FakeTime, SkippingLoop

HOUR = 3600.0
DAY = 24 * HOUR
#: After the last change, until all of it is known and delivered.
SETTLING = 3 * DAY
_JSON = "application/vnd.pypi.simple.v1+json"
#: Status (0 for none at all), headers, body.
Answer = tuple[int, dict[str, str], bytes]
#: What an index answers that should answer with a page.
Answering = Callable[[bytes], Answer]


def _status(code: int, **headers: str) -> Answering:
    return lambda page: (code, {"Content-Length": "0", **headers}, b"")


def _body(text: bytes, kind: str = _JSON) -> Answering:
    return lambda page: (200, {"Content-Length": str(len(text)), "Content-Type": kind}, text)


#: How an index fails that has a package: what it answers instead of its page.
FAILURES: Mapping[str, Answering] = {
    "403": _status(403),
    "404": _status(404),
    "429": _status(429, **{"Retry-After": "7200"}),
    "500": _status(500),
    "503": _status(503, **{"Retry-After": "soon"}),
    "garbage": _body(b"\x00\xff{]"),
    "another kind": _body(b"<p>Please log in", "text/html"),
    "no list": _body(b'{"meta": {"api-version": "1.1"}, "name": "x", "files": 7}'),
    "half a body": lambda page: (
        200,
        {"Content-Length": str(len(page) + 1), "Content-Type": _JSON},
        page[: len(page) // 2],
    ),
    "breaks off": lambda page: (0, {}, b""),
    "a loop": _status(302, Location="."),
    "packed wrongly": lambda page: (
        200,
        {"Content-Length": str(len(page)), "Content-Type": _JSON, "Content-Encoding": "gzip"},
        page,
    ),
}
#: Of these a watcher may come to believe that a package is gone: never twice between two pages.
_ABSENT = ("404", "another kind")


@dataclass
class _Package:
    """What the index has of a package, and what a watcher has to tell of it."""

    name: str
    chance: random.Random
    #: Version -> whether it is yanked.
    there: dict[str, bool]
    withdrawn: list[str] = field(default_factory=list)
    absent: bool = False
    minor: int = 0
    #: Sightings that the watcher needs before the next change, and when that may come.
    needed: int = 1
    next_change: float = 0.0
    #: Of the answers since the last whole page.
    absences: int = 0
    torn: bool = False
    asked_at: float = -1.0
    answer: Answer = (0, {}, b"")
    expected: list[tuple[str, Kind]] = field(default_factory=list)

    def change(self) -> None:
        """Something happens, which is an event."""
        yanked = [version for version, is_yanked in self.there.items() if is_yanked]
        fine = [version for version, is_yanked in self.there.items() if not is_yanked]
        possible = [Kind.RELEASED, Kind.RELEASED]
        possible += [Kind.YANKED] * bool(fine) + [Kind.UNYANKED] * bool(yanked)
        possible += [Kind.WITHDRAWN] * (len(self.there) > 2) + [Kind.RESTORED] * bool(
            self.withdrawn
        )
        kind = Kind.BACK if self.absent else self.chance.choice([*possible, Kind.GONE])
        self.needed = {Kind.WITHDRAWN: 2, Kind.GONE: 6}.get(kind, 1)
        version = ""
        if kind is Kind.RELEASED:
            self.minor += 1
            version = f"1.{self.minor}"
            self.there[version] = False
        elif kind is Kind.YANKED:
            version = self.chance.choice(fine)
            self.there[version] = True
        elif kind is Kind.UNYANKED:
            version = self.chance.choice(yanked)
            self.there[version] = False
        elif kind is Kind.WITHDRAWN:
            version = self.chance.choice(list(self.there))
            del self.there[version]
            self.withdrawn.append(version)
        elif kind is Kind.RESTORED:
            version = self.withdrawn.pop(self.chance.randrange(len(self.withdrawn)))
            self.there[version] = False
        else:
            self.absent = kind is Kind.GONE
        self.expected.append((version, kind))

    def page(self, without: str = "") -> bytes:
        """Its page of the Simple API."""
        files = [
            {
                "filename": f"{self.name}-{version}-py3-none-any.whl",
                "url": f"../{self.name}-{version}-py3-none-any.whl",
                "hashes": {},
                "upload-time": "2026-01-02T03:04:05Z",
                "yanked": yanked,
            }
            for version, yanked in self.there.items()
            if version != without
        ]
        document = {"meta": {"api-version": "1.1"}, "name": self.name, "files": files}
        return json.dumps(document).encode()


class FailingIndex:
    """An index on loopback. One that is asked again at the same moment says the same."""

    def __init__(self, names: list[str], seed: int, time: FakeTime, *, failing: float) -> None:
        """`failing`: the part of the answers that are none of a whole page."""
        self._time = time
        self._failing = failing
        self._lock = Lock()
        self.ends = float("inf")
        self.failures: Counter[str] = Counter()
        self.polls = 0
        self.packages = {
            name: _Package(name, random.Random(f"{seed} {name}"), {"1.0": False}) for name in names
        }
        for package in self.packages.values():
            package.next_change = package.chance.uniform(DAY / 2, 3 * DAY)

    def unseen(self) -> None:
        """Whoever asked was cut off, and may know nothing of the last answers."""
        with self._lock:
            for package in self.packages.values():
                package.needed = max(package.needed, 2)

    def answer(self, name: str) -> Answer:
        """What it says of a package now."""
        with self._lock:
            package = self.packages[name]
            if package.asked_at != self._time.elapsed:
                package.asked_at = self._time.elapsed
                package.answer = self._decide(package)
                self.polls += 1
            return package.answer

    def _decide(self, package: _Package) -> Answer:
        now, chance = self._time.elapsed, package.chance
        settling = now > self.ends
        if not settling and now >= package.next_change and package.needed <= 0:
            package.change()
            package.next_change = now + chance.expovariate(1 / (2 * DAY))
        page = package.page()
        if not settling and chance.random() < self._failing:
            kind = chance.choice([*FAILURES, "torn"])
            if kind == "torn" and not package.torn and not package.absent:
                if len(package.there) > 1:
                    package.torn = True
                    self.failures[kind] += 1
                    page = package.page(without=chance.choice(list(package.there)))
                    return 200, {"Content-Length": str(len(page)), "Content-Type": _JSON}, page
            elif kind in _ABSENT and not package.absences and not package.absent:
                package.absences += 1
                self.failures[kind] += 1
                return FAILURES[kind](page)
            elif kind in FAILURES and kind not in _ABSENT:
                self.failures[kind] += 1
                return FAILURES[kind](page)
        package.needed -= 1
        if package.absent:
            return FAILURES["404"](page)
        package.absences, package.torn = 0, False
        tag = f'"{hashlib.sha256(page).hexdigest()}"'
        headers = {"Content-Length": str(len(page)), "Content-Type": _JSON, "ETag": tag}
        return 200, headers, page

    @contextmanager
    def served(self) -> Iterator[str]:
        """Its URL, within a `with` block."""
        index = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, headers, body = index.answer(self.path.strip("/").rpartition("/")[2])
                tag = headers.get("ETag")
                if tag is not None and tag == self.headers.get("If-None-Match"):
                    status, headers, body = 304, {"ETag": tag, "Content-Length": "0"}, b""
                self.close_connection = len(body) != int(headers.get("Content-Length", -1))
                if status:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            thread = Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/simple/"
            finally:
                server.shutdown()
                thread.join()


class Hearer:
    """A channel that hears events, and fails to as often as `failing` says."""

    # It hears of releases; what Pythons are told of is none of the month's.
    is_for_people = False

    def __init__(self, name: str, chance: random.Random, failing: float) -> None:
        self.name = name
        self.keys: list[str] = []
        self._chance = chance
        self._failing = failing

    async def send(self, event: Event) -> None:
        """Raises `DeliveryFailed`."""
        if self._chance.random() < self._failing:
            raise DeliveryFailed("busy")
        self.keys.append(event.key)


@dataclass(frozen=True)
class Month:
    """What happened, and what came of it. Memory is what the process had, in bytes, by the day."""

    index: FailingIndex
    #: Per package, what was recorded of it, in order.
    recorded: Mapping[str, list[tuple[str, Kind]]]
    keys: tuple[str, ...]
    pending: int
    steady: Hearer
    flaky: Hearer
    starts: int
    memory: tuple[int, ...]

    @property
    def expected(self) -> Mapping[str, list[tuple[str, Kind]]]:
        """What should have been recorded."""
        return {name: package.expected for name, package in self.index.packages.items()}


def live(
    folder: Path,
    *,
    packages: int,
    days: float,
    interval: float = 6 * HOUR,
    failing: float = 0.2,
    crashes: int = 10,
    seed: int = 1,
    tell: Callable[[str], object] = lambda line: None,
) -> Month:
    """Have a watcher live through a month, in a folder that is its home; sets its environment.

    `tell` hears of each start how far it lived.
    """
    time, chance = FakeTime(), random.Random(seed)
    names = [f"package{number}" for number in range(packages)]
    index = FailingIndex(names, seed, time, failing=failing)
    index.ends = days * DAY - SETTLING
    steady = Hearer("steady", chance, 0.0)
    flaky = Hearer("flaky", chance, 0.3)
    stops = sorted(chance.uniform(DAY, index.ends) for _ in range(crashes))
    memory: list[int] = []
    with index.served() as url, _environment(folder, url, [steady, flaky]):
        settings = WatcherSettings(
            database=folder / "watcher.sqlite",
            packages=tuple(f"{name}>=1" for name in names),
            poll_interval=interval,
            poll_backoff_max=interval,
            delivery_deadline=days * DAY,
        )
        for until in (*stops, days * DAY):
            memory += _live_until(until, settings, time)
            tell(f"day {until / DAY:.1f} of {days:g}")
            index.unseen()
    recorded, keys, pending = _read(settings.database, names)
    return Month(index, recorded, keys, pending, steady, flaky, len(stops) + 1, tuple(memory))


@contextmanager
def _environment(folder: Path, url: str, channels: list[Hearer]) -> Iterator[None]:
    """An index and a home of its own, and nothing that waits for another clock."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder))
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setenv("PIP_CONFIG_FILE", os.devnull)
        patch.setenv("PIP_INDEX_URL", url)
        patch.setattr("urllib3.util.Retry.sleep", lambda self, response=None: None)
        patch.setattr(poller, "in_detached_thread", asyncio.to_thread)
        # It would look twice a minute whether the file of packages is another one.
        patch.setattr(watcher, "_LONGEST_SLEEP", HOUR)
        patch.setattr(assembly, "channels_of", lambda settings: channels)
        yield


def _live_until(moment: float, settings: WatcherSettings, time: FakeTime) -> list[int]:
    """Runs a watcher, and ends it without a farewell; the memory of each day."""
    memory: list[int] = []

    async def lives(watching: Watcher) -> None:
        work = asyncio.create_task(watching.run(asyncio.Event()))
        while time.elapsed < moment:
            await asyncio.sleep(min(DAY, moment - time.elapsed))
            memory.append(_memory())
        work.cancel()
        await asyncio.wait({work})

    with open_database(settings.database) as engine:
        parts = assembly.assemble(settings, engine, CollectorRegistry(), time.now)
        with asyncio.Runner(loop_factory=lambda: SkippingLoop(time)) as runner:
            runner.run(lives(parts.watcher))
    return memory


def _read(
    file: Path, names: list[str]
) -> tuple[dict[str, list[tuple[str, Kind]]], tuple[str, ...], int]:
    with closing(sqlite3.connect(file)) as database:
        events = database.execute(
            "SELECT package, version, kind, key FROM events ORDER BY id"
        ).fetchall()
        (pending,) = database.execute(
            "SELECT count(*) FROM deliveries WHERE done_at IS NULL OR given_up"
        ).fetchone()
    recorded: dict[str, list[tuple[str, Kind]]] = {name: [] for name in names}
    for package, version, kind, _ in events:
        recorded[package].append((version, Kind(kind)))
    return recorded, tuple(key for *_, key in events), pending


def _memory() -> int:
    """What of the process is in memory now: https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html"""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
