"""A month of the watcher over many packages, of an index that fails in every way it can answer in.

    ./pants run benchmarks/watcher_soak.py
    ./pants run benchmarks/watcher_soak.py -- --packages=1000 --hours=6 --crashes=60

Index and client are real, on loopback; the clock is not, so that a month takes as long as its polls
do: 25 ms each. A fifth of all answers are failures. The watcher is killed now and then. Exits 1
unless every event was recorded and told once, in the order of what happened, and memory is bounded.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

import structlog

from watcher_month import DAY, HOUR, live

#: Bytes that the process may grow by after its first week.
GROWTH = 64 * 2**20


def main() -> int:
    """Prints counts; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--packages", type=int, default=1000)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--hours", type=float, default=24, help="from one poll to the next")
    parser.add_argument("--crashes", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        month = live(
            Path(folder),
            packages=options.packages,
            days=options.days,
            interval=options.hours * HOUR,
            crashes=options.crashes,
            seed=options.seed,
            tell=lambda line: print(f"{time.monotonic() - began:6.0f} s  {line}", flush=True),
        )
    events = len(month.keys)
    growth = month.memory[-1] - month.memory[len(month.memory) // 4]
    right = {
        "events recorded once, in the order of what happened": month.recorded == month.expected,
        "events told once, in the order of what was recorded": month.steady.keys
        == list(month.keys),
        "events told once by a channel that fails": sorted(month.flaky.keys) == sorted(month.keys),
        "nothing left undelivered": month.pending == 0,
        f"memory bounded: {growth / 2**20:+.1f} MB after the first week": growth < GROWTH,
    }
    seconds = time.monotonic() - began
    print(
        f"{options.packages} packages, {options.days:g} days ({seconds:.0f} s), {month.starts} starts"
    )
    print(f"{month.index.polls} polls, of which failed: {sum(month.index.failures.values())}")
    for kind, count in sorted(month.index.failures.items()):
        print(f"  {count:6} {kind}")
    print(f"{events} events")
    for claim, holds in right.items():
        print(f"{'yes' if holds else 'NO '} {claim}")
    return 0 if all(right.values()) and month.index.ends > DAY else 1


if __name__ == "__main__":
    sys.exit(main())
