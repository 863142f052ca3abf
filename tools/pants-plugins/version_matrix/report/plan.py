"""`matrix.json`, which tells matrix-results what cells there are: from stanzas and their files.

Pure. Its schema is `matrix_results.plan`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Sequence

from pants.engine.addresses import Address

from version_matrix.report.explanation import every_verdict
from version_matrix.stanza import lock_file, samples_file
from version_matrix.stanza.addresses import cell_address, from_root
from version_matrix.stanza.samples_file import (
    SAMPLES_FILE,
    Sample,
    SamplesFile,
    UnreadableSamples,
    digest,
)
from version_matrix.stanza.suite import KnownFailure, Suite

_SCHEMA_VERSION = 2


@dataclass(frozen=True)
class SuiteFiles:
    """A suite with what of its generated folder the report needs: path -> content."""

    address: Address
    suite: Suite
    files: Mapping[str, bytes]

    @staticmethod
    def globs(suite: Suite) -> tuple[str, ...]:
        """The files that are needed of a suite."""
        return (f"{suite.folder}/{SAMPLES_FILE}", f"{suite.folder}/*{samples_file.LOCK_SUFFIX}")


@dataclass(frozen=True)
class ReportPlan:
    """The text of `matrix.json`, and the JUnit files that it names."""

    text: bytes
    results: frozenset[str]


def plan(suites: Sequence[SuiteFiles], *, others: int, command: str) -> ReportPlan:
    """What is reported of these suites, of `others` none; `command` is what generates one."""
    planned = [_suite(given, command) for given in suites]
    document = {
        "schema_version": _SCHEMA_VERSION,
        "suites": planned,
        "other_suites": others,
        "locks": dict(sorted(lock for given in suites for lock in _pins(given))),
    }
    return ReportPlan(
        text=json.dumps(document, indent=2).encode(),
        results=frozenset(cell["results"] for suite in planned for cell in suite.get("cells", ())),
    )


def _suite(given: SuiteFiles, command: str) -> dict[str, Any]:
    suite = given.suite
    # Of several variants each is told by itself.
    common = {"address": given.address.spec, "package": suite.package}
    path = f"{suite.folder}/{SAMPLES_FILE}"
    mend = f"Run `{command} {from_root(suite.address)}`"
    if path not in given.files:
        return {**common, "problem": f"{suite.address} has no {path} yet. {mend}."}
    try:
        samples = samples_file.parse(given.files[path].decode())
    except (UnreadableSamples, UnicodeDecodeError) as error:
        return {**common, "problem": f"{path} cannot be read ({error}). {mend}."}
    return {
        **common,
        "as_of": samples.sampling.get("as_of"),
        "snapshot": samples.snapshot,
        "cells": _cells(given, samples, mend),
        "verdicts": every_verdict(samples.sampling),
        "uncovered": samples.sampling.get("uncovered", {}),
    }


def _cells(given: SuiteFiles, samples: SamplesFile, mend: str) -> list[dict[str, Any]]:
    return [
        {
            "version": sample.version,
            "tier": sample.why,
            "python": python,
            "results": f"{cell_address(given.address, sample, python).path_safe_spec}.xml",
            "known_failure": _known(given.suite.known_failure(sample.version, python)),
            **_lock(given, sample, python, mend),
            # Said of trials alone, so that a matrix-results of before there were any reads the rest.
            **({"trial": True} if python in sample.trials else {}),
        }
        for sample in samples.samples
        for python in sample.pythons
    ]


def _lock(given: SuiteFiles, sample: Sample, python: str, mend: str) -> dict[str, str]:
    """What a cell runs with: of its lock without header, so that what stays the same counts."""
    unresolvable = sample.why_unresolvable(python)
    if unresolvable is not None:
        return {"problem": f"unresolvable: {unresolvable}"}
    path = f"{given.suite.folder}/{sample.lock_file(python)}"
    if path not in given.files:
        return {"problem": f"{path} is missing. {mend}."}
    return {"lock": _lock_digest(_text(given.files[path]))}


def _pins(given: SuiteFiles) -> Iterator[tuple[str, list[str]]]:
    """The digest and the pins of every lock of a suite that can be read."""
    for path in sorted(given.files):
        folder, _, name = path.rpartition("/")
        if folder == given.suite.folder and name.endswith(samples_file.LOCK_SUFFIX):
            lock = _text(given.files[path])
            yield _lock_digest(lock), lock_file.without_hashes(lock).splitlines()


def _lock_digest(lock: str) -> str:
    return digest(lock_file.body(lock))


def _text(content: bytes) -> str:
    return content.decode(errors="replace")


def _known(failure: KnownFailure | None) -> dict[str, str | None] | None:
    if failure is None:
        return None
    return {
        "reason": failure.reason,
        "until": failure.until.isoformat() if failure.until else None,
    }
