from __future__ import annotations

import pytest
from pants.engine.addresses import Address
from pants.engine.target import InvalidFieldException
from pants.testutil.option_util import create_subsystem

from version_matrix.programs.fields import ProgramsField
from version_matrix.programs.requests import Program, Programs
from version_matrix.programs.runner import ProgramTestFieldSet, lacking
from version_matrix.programs.subsystem import SystemPrograms
from version_matrix.programs.targets import ProgramTestTarget

REDIS = Program("redis-server|valkey-server", "/usr/bin/redis-server", "0")
INITDB = Program("initdb", "/usr/lib/postgresql/15/bin/initdb", "1")
CHROMIUM = Program("chromium|google-chrome")


def test_programs_are_first_on_the_path_and_part_of_the_key() -> None:
    assert Programs((INITDB, REDIS)).env("/bin:/usr/bin") == {
        "PATH": "/usr/lib/postgresql/15/bin:/usr/bin:/bin",
        "MATRIX_PROGRAMS": "/usr/lib/postgresql/15/bin/initdb=1 /usr/bin/redis-server=0",
    }


def test_who_wants_no_program_gets_no_environment() -> None:
    assert Programs().env("/bin") == {}


@pytest.mark.parametrize("ci", [True, False])
def test_what_is_missing(ci: bool) -> None:
    (lack,) = lacking(Programs((REDIS, CHROMIUM), mend="Mend it."), ci)
    assert (lack.what, lack.mend, lack.is_error) == ("chromium or google-chrome", "Mend it.", ci)


def test_what_installs_programs_is_told() -> None:
    def mend(command: str | None) -> str:
        return create_subsystem(SystemPrograms, install_command=command).mend

    assert mend("tools/install") == "To fix, run `tools/install`."
    assert mend(None) == "Install it where [test-programs].search_path leads."


def test_native_tests_get_their_programs_in_the_environment() -> None:
    values = {
        "source": "test_a.py",
        "programs": ["initdb"],
        "extra_env_vars": ["HOME", "PATH=/here"],
        "timeout": 7,
    }
    target = ProgramTestTarget(values, Address("lib", relative_file_path="test_a.py"))
    assert not ProgramTestFieldSet.opt_out(target)
    native = ProgramTestFieldSet.create(target).with_programs(Programs((INITDB,)))
    assert native.extra_env_vars.value is not None
    assert native.extra_env_vars.value[2:] == (
        "PATH=/usr/lib/postgresql/15/bin:/here",
        "MATRIX_PROGRAMS=/usr/lib/postgresql/15/bin/initdb=1",
    )
    assert native.timeout.value == 7


@pytest.mark.parametrize("names", ["", "a b", "a|", "../a", "/bin/a"])
def test_what_is_no_name_of_a_program(names: str) -> None:
    with pytest.raises(InvalidFieldException, match="expected the name of a program"):
        ProgramsField([names], Address("lib"))
