"""What tests reached, asked of the tools that know: coverage, and diff-cover."""

from __future__ import annotations

import hashlib
import json
import pkgutil
from dataclasses import dataclass
from typing import Iterable, Mapping, Sequence

from pants.backend.python.goals.coverage_py import CoverageConfig, CoverageSetup, PytestCoverageData
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import PythonResolveField
from pants.backend.python.util_rules.pex import VenvPexProcess
from pants.core.goals.test import TestResult
from pants.engine.fs import Digest
from pants.engine.target import Target
from pants.util.logging import LogLevel
from pants.util.strutil import pluralize

from version_matrix import engine
from version_matrix.gate.record import Lines, Reach
from version_matrix.stanza.cell_fields import CellLockField
from version_matrix.stanza.lock_file import body
from version_matrix.tools.subsystems import DiffCover


@dataclass(frozen=True)
class Coverage:
    """coverage, as `test` runs it here."""

    setup: CoverageSetup
    config: CoverageConfig


async def _script(name: str) -> Digest:
    text = pkgutil.get_data("version_matrix", f"sandbox/{name}")
    assert text is not None
    return await engine.digest_of({name: text})


async def rests_on(
    tests: Sequence[Target], python: PythonSetup, config: CoverageConfig
) -> Mapping[str, str]:
    """Address -> digest of what the result of a test rests on: code, pins, how it is measured."""
    reached = await engine.contents_reached(tests)
    locks = [_lock_of(test, python) for test in tests]
    texts = await engine.read_files(sorted({lock for lock in locks if lock}))
    pins = {path: body(content.decode(errors="replace")) for path, content in texts.items()}
    return {
        test.address.spec: _digest(sources, pins.get(lock, ""), config.digest.fingerprint)
        for test, sources, lock in zip(tests, reached, locks)
    }


async def reached_by(
    results: Iterable[TestResult], now: Mapping[str, str], coverage: Coverage
) -> tuple[Reach, ...]:
    """What the tests of each process reached, all of which passed.

    One that ran and was not measured, as a known failure that cannot be locked, reached nothing.
    """
    results = tuple(results)
    measured = [
        (result, data)
        for result in results
        if isinstance((data := result.coverage_data), PytestCoverageData)
    ]
    lines: Sequence[Lines] = ()
    if measured:
        folders = [f"data/{number}" for number in range(len(measured))]
        done = await engine.run_tool(
            VenvPexProcess(
                coverage.setup.pex,
                argv=("reached_lines.py", "read", *folders),
                extra_env={"PEX_INTERPRETER": "1"},
                input_digest=await engine.merged(
                    [
                        await _script("reached_lines.py"),
                        *[
                            await engine.with_prefix(data.digest, folder)
                            for folder, (_, data) in zip(folders, measured)
                        ],
                    ]
                ),
                description=f"Read what {pluralize(len(measured), 'test')} reached",
                level=LogLevel.DEBUG,
            )
        )
        lines = [
            {path: frozenset(numbers) for path, numbers in each.items()}
            for each in json.loads(done.stdout)
        ]
    found = {result.addresses: reached for (result, _), reached in zip(measured, lines)}
    return tuple(
        Reach(
            {address.spec: now[address.spec] for address in result.addresses},
            found.get(result.addresses, {}),
        )
        for result in results
    )


async def lcov(lines: Lines, paths: Iterable[str], coverage: Coverage) -> str:
    """The report of these lines, and of sources that have none."""
    everything = {path: sorted(lines.get(path, ())) for path in {*lines, *paths}}
    sources = await engine.read_files(sorted(everything))
    done = await engine.run_tool(
        VenvPexProcess(
            coverage.setup.pex,
            argv=("reached_lines.py", "report", coverage.config.path),
            extra_env={"PEX_INTERPRETER": "1"},
            input_digest=await engine.merged(
                [
                    await _script("reached_lines.py"),
                    coverage.config.digest,
                    await engine.digest_of(
                        {
                            # Of a file that is coverage's configuration there is one, Pants' own.
                            **{p: text for p, text in sources.items() if p != coverage.config.path},
                            "lines.json": json.dumps(everything, sort_keys=True).encode(),
                        }
                    ),
                ]
            ),
            description="Report what tests reached",
            level=LogLevel.DEBUG,
        )
    )
    return done.stdout.decode()


async def of_changed_lines(report: str, diff: str, tool: DiffCover) -> str:
    """What diff-cover says of a report in LCOV's format and a unified diff, as JSON."""
    pex = await engine.venv_pex(
        tool.to_pex_request(interpreter_constraints=tool.interpreter_constraints)
    )
    done = await engine.run_tool(
        VenvPexProcess(
            pex,
            argv=("changed_lines.py", "lcov.info", "change.diff"),
            extra_env={"PEX_INTERPRETER": "1"},
            input_digest=await engine.merged(
                [
                    await _script("changed_lines.py"),
                    await engine.digest_of(
                        {"lcov.info": report.encode(), "change.diff": diff.encode()}
                    ),
                ]
            ),
            description="Find the changed lines that no test reached",
            level=LogLevel.DEBUG,
        )
    )
    return done.stdout.decode()


def _lock_of(test: Target, python: PythonSetup) -> str:
    """The path of the lock that a test runs with; empty if it has none."""
    if test.has_field(CellLockField):
        return test[CellLockField].value or ""
    if not python.enable_resolves or not test.has_field(PythonResolveField):
        return ""
    resolve = test[PythonResolveField].normalized_value(python)
    return python.resolves.get(resolve, "")


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
