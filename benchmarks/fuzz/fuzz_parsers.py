"""Coverage-guided fuzzing of every parser of what somebody else wrote: executions and findings.

    python benchmarks/fuzz/fuzz_parsers.py --seconds=60 [PARSER ...]

Needs atheris (PyPI: 3.0.0 has wheels for Python 3.11, 3.1.0 for 3.12 and 3.13) beside what the
parsers need, and their source folders on PYTHONPATH, that of the plugins too; it is in no lock, since
nothing that ships or runs in CI uses it. Each parser gets a process and the seconds. A finding is an
error by which the parser does not refuse, more than two seconds for one input, or more than a gigabyte;
its input is printed in full. Exits 1 if there is one.

Each finding becomes a test of the parser's own, and is mended there.
"""

from __future__ import annotations

import argparse
import importlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fuzz.parsers import Parser

# Whose coverage guides it: what is ours, and what parses for it. All that is loaded would take a minute.
_GUIDING = (
    *("compat_board", "hash_locks", "matrix_results", "matrix_updates", "release_sampler"),
    *("release_watcher", "trace_baton", "version_matrix"),
    *("defusedxml", "email", "html", "json", "mailbits", "packaging", "pypi_simple", "tarfile"),
    *("xml", "zipfile"),
)

_INPUT = "input: "
_DONE = re.compile(r"^(?:Done |#)(\d+)", re.MULTILINE)


def main() -> int:
    if sys.argv[1:2] == ["--one"]:
        return _fuzz(sys.argv[2], sys.argv[3:])
    known = _parsers()
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("parsers", nargs="*", metavar="PARSER", help=", ".join(known))
    options.add_argument("--seconds", type=int, default=60)
    told = options.parse_args()
    unknown = set(told.parsers) - set(known)
    if unknown:
        options.error(f"no such parser: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    found = [_run(name, known[name], told.seconds) for name in told.parsers or known]
    print(f"{len(found)} parsers, {sum(found)} findings")
    return 1 if any(found) else 0


def _parsers() -> "Mapping[str, Parser]":
    from fuzz.parsers import PARSERS

    return PARSERS


def _run(name: str, parser: "Parser", seconds: int) -> bool:
    """Fuzzes one parser in a process of its own, which a finding ends; whether there was one."""
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(parser.seeds):
            Path(folder, f"seed-{number}").write_bytes(seed)
        limits = (f"-max_total_time={seconds}", "-timeout=2", "-rss_limit_mb=1024", "-max_len=4096")
        command = (sys.executable, __file__, "--one", name, *limits, "-print_final_stats=1")
        artifacts = f"-artifact_prefix={folder}/finding-"
        # The parser's seconds, and many for a start on a busy machine, where all code is instrumented first.
        done = subprocess.run(
            (*command, artifacts, folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds + 900,
            check=False,
        )
        text = done.stdout.decode(errors="replace")
        executions = max(map(int, _DONE.findall(text)), default=0)
        print(
            f"{name:12} {executions:>10,} executions  {'FOUND' if done.returncode else 'none'}",
            flush=True,
        )
        if done.returncode:
            for path in sorted(Path(folder).glob("finding-*")):
                print(f"    {path.name.split('-')[1]}: {path.read_bytes()!r}")
            lines = text.splitlines()
            inputs = [line for line in lines[:-25] if line.startswith(_INPUT)]
            print("\n".join(f"    {line}" for line in (*inputs, *lines[-25:])))
        return done.returncode != 0


def _fuzz(name: str, arguments: "list[str]") -> int:
    # Installed by whoever fuzzes, and typed for nobody.
    atheris: Any = importlib.import_module("atheris")

    with atheris.instrument_imports(include=list(_GUIDING)):
        parser = _parsers()[name]

    def once(data: bytes) -> None:
        try:
            parser.read(data)
        except parser.refuses:
            pass
        except Exception:
            # What ends by an error of Python leaves no file.
            print(f"{_INPUT}{data!r}", file=sys.stderr, flush=True)
            raise

    atheris.Setup([sys.argv[0], *arguments], once)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
