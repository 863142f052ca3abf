"""Results of tests: Pants 2.17 keeps their output as text, every later one as bytes."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any, Iterable, Sequence

from pants.backend.python.goals.coverage_py import PytestCoverageData
from pants.core.goals.test import ShowOutput, TestResult
from pants.engine.addresses import Address
from pants.engine.fs import EMPTY_FILE_DIGEST, Snapshot
from pants.engine.process import FallibleProcessResult

if sys.version_info >= (3, 11):

    def stdout_of(result: TestResult) -> str:
        """What the tests wrote to standard output."""
        return result.stdout_bytes.decode(errors="replace")

    def stderr_of(result: TestResult) -> str:
        """What the tests wrote to standard error."""
        return result.stderr_bytes.decode(errors="replace")

    def _output(texts: dict[str, str]) -> dict[str, Any]:
        return {f"{stream}_bytes": text.encode() for stream, text in texts.items()}

    def _processes(attempts: Sequence[FallibleProcessResult]) -> Any:
        return tuple(attempts)

else:

    def stdout_of(result: TestResult) -> str:
        """What the tests wrote to standard output."""
        return result.stdout

    def stderr_of(result: TestResult) -> str:
        """What the tests wrote to standard error."""
        return result.stderr

    def _output(texts: dict[str, str]) -> dict[str, Any]:
        return texts

    def _processes(attempts: Sequence[FallibleProcessResult]) -> Any:
        return attempts[-1]


def result_without_process(
    exit_code: int | None,
    why: str,
    *,
    addresses: Iterable[Address],
    output_setting: ShowOutput,
    xml_results: Snapshot | None = None,
) -> TestResult:
    """The result of tests that did not run; `why` stands on standard error."""
    return TestResult(
        exit_code=exit_code,
        **_output({"stdout": "", "stderr": why}),
        stdout_digest=EMPTY_FILE_DIGEST,
        stderr_digest=EMPTY_FILE_DIGEST,
        addresses=tuple(addresses),
        output_setting=output_setting,
        result_metadata=None,
        xml_results=xml_results,
    )


def result_of_process(
    attempts: Sequence[FallibleProcessResult],
    *,
    address: Address,
    output_setting: ShowOutput,
    coverage_data: PytestCoverageData | None,
    xml_results: Snapshot,
    extra_output: Snapshot,
) -> TestResult:
    """The result of tests that were tried once or more often; the last attempt counts."""
    return TestResult.from_fallible_process_result(
        _processes(attempts),
        address=address,
        output_setting=output_setting,
        coverage_data=coverage_data,
        xml_results=xml_results,
        extra_output=extra_output,
    )


def retold(
    result: TestResult,
    *,
    exit_code: int | None,
    stdout: str | None = None,
    stderr: str | None = None,
    output_setting: ShowOutput | None = None,
) -> TestResult:
    """The result with another ending, and other words where they are given."""
    texts = {"stdout": stdout, "stderr": stderr}
    return dataclasses.replace(
        result,
        exit_code=exit_code,
        output_setting=output_setting or result.output_setting,
        **_output({stream: text for stream, text in texts.items() if text is not None}),
    )
