"""Runs native tests that want programs, as Pants does, where their programs are there."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Iterable

from pants.backend.python.goals.pytest_runner import PyTestRequest, TestMetadata
from pants.backend.python.subsystems.pytest import PyTest, PythonTestFieldSet
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import PythonTestsExtraEnvVarsField
from pants.core.goals.test import TestDebugRequest, TestRequest, TestResult, TestSubsystem
from pants.core.util_rules.partitions import Partition, PartitionerType, Partitions
from pants.engine.internals.session import RunId
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import Target
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.engine.places import constraints_of
from version_matrix.not_run.requests import Lack, NotRun
from version_matrix.programs.fields import ProgramsField
from version_matrix.programs.requests import Programs


@dataclass(frozen=True)
class ProgramTestFieldSet(PythonTestFieldSet):
    required_fields = (
        *PythonTestFieldSet.required_fields,
        ProgramsField,
    )  # type: ignore[assignment]

    programs: ProgramsField

    @classmethod
    def opt_out(cls, target: Target) -> bool:
        """Unlike Pants' own runner, which is kept off."""
        return False

    def with_programs(self, programs: Programs) -> PythonTestFieldSet:
        """The tests as Pants' own runner takes them, with their programs in the environment."""
        given = self.extra_env_vars.value or ()
        path = next((item[5:] for item in given if item.startswith("PATH=")), "")
        env = programs.env(path or _DEFAULT_PATH)
        variables = (*given, *(f"{name}={value}" for name, value in env.items()))
        fields = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(PythonTestFieldSet)
        }
        return PythonTestFieldSet(
            **{
                **fields,
                "extra_env_vars": PythonTestsExtraEnvVarsField(variables, self.address),
            }
        )


# Where a process without PATH finds the programs of the system (os.defpath).
_DEFAULT_PATH = "/bin:/usr/bin"


class ProgramTestRequest(TestRequest):
    tool_subsystem = PyTest  # type: ignore[assignment]
    field_set_type = ProgramTestFieldSet
    partitioner_type = PartitionerType.CUSTOM
    supports_debug = True


@dataclass(frozen=True)
class ProgramPartition:
    """What the tests run with, and what is lacking."""

    programs: Programs
    lacks: tuple[Lack, ...]

    @property
    def description(self) -> None:
        return None


class ProgramError(Exception):
    """A program is missing for a debugging session."""


@rule(desc="Partition the tests that want programs", level=LogLevel.DEBUG)
async def partition_program_tests(
    request: ProgramTestRequest.PartitionRequest[ProgramTestFieldSet], pytest: PyTest
) -> Partitions[ProgramTestFieldSet, ProgramPartition]:
    if pytest.skip:
        return Partitions()
    ci = await engine.in_ci()
    partitions = []
    for field_set in request.field_sets:
        programs = await engine.programs(field_set.programs.value or ())
        lacks = lacking(programs, ci)
        partitions.append(Partition((field_set,), ProgramPartition(programs, lacks)))
    return Partitions(partitions)


def lacking(programs: Programs, ci: bool) -> tuple[Lack, ...]:
    """What the machine lacks of these programs."""
    return tuple(Lack(name, programs.mend, is_error=ci) for name in programs.missing)


@rule(desc="Run tests that want programs", level=LogLevel.DEBUG)
async def run_program_tests(
    batch: ProgramTestRequest.Batch[ProgramTestFieldSet, ProgramPartition],
    test: TestSubsystem,
    python: PythonSetup,
    # What is not run is told in each run.
    _: RunId,
) -> TestResult:
    field_set, lacks = batch.single_element, batch.partition_metadata.lacks
    if not lacks:
        return await engine.tested(_native(batch, python))
    await engine.note([NotRun(field_set.address.spec, "test", lack).remark for lack in lacks])
    return engine.result_without_process(
        1 if any(lack.is_error for lack in lacks) else None,
        "\n".join(f"{lack.what} is not on this machine. {lack.mend}" for lack in lacks),
        addresses=(field_set.address,),
        output_setting=test.output,
    )


def _native(
    batch: ProgramTestRequest.Batch[ProgramTestFieldSet, ProgramPartition], python: PythonSetup
) -> TestRequest.Batch[PythonTestFieldSet, TestMetadata]:
    """The batch that Pants' own runner would get."""
    native = batch.single_element.with_programs(batch.partition_metadata.programs)
    metadata = TestMetadata(
        interpreter_constraints=constraints_of(native, python),
        extra_env_vars=native.extra_env_vars.sorted(),
        xdist_concurrency=native.xdist_concurrency.value,
        resolve=native.resolve.normalized_value(python),
        environment=native.environment.value,
        compatability_tag=None,
    )
    return PyTestRequest.Batch("", (native,), metadata)


@rule(desc="Set up tests that want programs for debugging", level=LogLevel.DEBUG)
async def debug_program_tests(
    batch: ProgramTestRequest.Batch[ProgramTestFieldSet, ProgramPartition], python: PythonSetup
) -> TestDebugRequest:
    for lack in batch.partition_metadata.lacks:
        raise ProgramError(f"{batch.single_element.address} wants {lack.what}. {lack.mend}")
    return await engine.debugged(_native(batch, python))


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *ProgramTestRequest.rules())
