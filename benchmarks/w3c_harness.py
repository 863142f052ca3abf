"""Whether every pair of server and client passes the public test harness of W3C Trace Context.

    ./pants run benchmarks/w3c_harness.py -- --harness=FOLDER
    ./pants run benchmarks/w3c_harness.py -- --harness=FOLDER --only=flask

FOLDER is the folder `test` of a checkout of https://github.com/w3c/trace-context. For each pair a
service is started on the loopback interface, in this process, that does what the harness asks of
it: it is called, and calls back. The harness runs by itself, at level 2 and the strictest.

Prints what each pair passes. Exits 1 if one fails a case, or has fewer than the first.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import trace_baton
from w3c_services import CLIENTS, SERVERS, free_port

LEVELS = {"SPEC_LEVEL": "2", "STRICT_LEVEL": "2"}


@dataclass(frozen=True)
class Outcome:
    """How many cases there were, and the names of those that failed."""

    cases: int
    failed: tuple[str, ...]


def outcome(report: str) -> Outcome:
    """Read what unittest says at its end. Raises ValueError if it has not come to one."""
    ran = re.search(r"^Ran (\d+) tests? in ", report, re.M)
    if ran is None or not re.search(r"^(OK|FAILED)\b", report, re.M):
        raise ValueError(f"the harness did not come to its end:\n{report}")
    return Outcome(int(ran[1]), tuple(re.findall(r"^(?:FAIL|ERROR): (\w+)", report, re.M)))


def run(harness: Path, url: str) -> Outcome:
    """Run the harness on a service."""
    path = os.pathsep.join(map(os.path.abspath, sys.path))
    done = subprocess.run(
        [sys.executable, "test.py", url],
        cwd=harness,
        env={**os.environ, **LEVELS, "HARNESS_PORT": str(free_port()), "PYTHONPATH": path},
        text=True,
        capture_output=True,
    )
    return outcome(done.stderr)


def edition(harness: Path) -> str:
    """Return the commit of the checkout and its date, where git tells."""
    done = subprocess.run(
        ["git", "log", "-1", "--format=%h of %cs"], cwd=harness, text=True, capture_output=True
    )
    return done.stdout.strip() or "unknown edition"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--harness", type=Path, required=True, help="the folder of its test.py")
    parser.add_argument("--only", default="", help="part of a pair's name")
    options = parser.parse_args()
    harness = options.harness.expanduser().absolute()
    if not (harness / "test.py").is_file():
        parser.error(f"{harness} has no test.py: name the folder `test` of w3c/trace-context")
    pairs = [
        (f"{server} and {client}", server, client)
        for server in SERVERS
        for client in CLIENTS
        if options.only in f"{server} and {client}"
    ]
    if not pairs:
        parser.error(
            f"no pair is named so; there are {', '.join(SERVERS)} and {', '.join(CLIENTS)}"
        )
    print(f"w3c/trace-context, {edition(harness)}, {LEVELS}")
    outcomes = []
    for name, server, client in pairs:
        trace_baton.install(SERVERS[server].integration, CLIENTS[client].integration)
        try:
            with SERVERS[server].serve(CLIENTS[client].call) as url:
                outcomes.append(run(harness, url))
        finally:
            trace_baton.uninstall()
        found = outcomes[-1]
        print(
            f"{name:34} {found.cases - len(found.failed)} of {found.cases}"
            f"{'  failed: ' if found.failed else ''}{', '.join(found.failed)}",
            flush=True,
        )
    passed = [each for each in outcomes if not each.failed and each.cases == outcomes[0].cases]
    print(f"{len(passed)} of {len(pairs)} pairs pass all {outcomes[0].cases} cases")
    return 0 if len(passed) == len(pairs) else 1


if __name__ == "__main__":
    sys.exit(main())
