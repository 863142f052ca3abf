from __future__ import annotations

import logging

import pytest
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.engine.addresses import Address
from pants.engine.fs import CreateDigest, Digest, DigestContents, FileContent
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.rules import Get, QueryRule, rule
from pants.testutil.rule_runner import RuleRunner
from pants.util.docutil import bin_name
from pants.util.frozendict import FrozenDict

from version_matrix.cells import environments, turns, wheel_groups
from version_matrix.cells.requests import (
    CellEnvironmentRequest,
    EnvironmentRequest,
    Installation,
    InstallationRequest,
    InstalledEnvironment,
    Markers,
    MarkersRequest,
    Turn,
    TurnRequest,
)
from version_matrix.cells.turns import turns_of
from version_matrix.cells.wheels import InstallationError, allow_builds
from version_matrix.stanza.policy import VersionMatrix

PYTHON = PythonExecutable("/usr/bin/python", fingerprint="0")


@rule
async def markers(_: MarkersRequest) -> Markers:
    return Markers(FrozenDict({"os_name": "posix"}))


@rule
async def install(request: InstallationRequest) -> Installation:
    """Stands for uv: a wheel of release N holds a module of its own, and one whose content is N."""
    wheels = {}
    for name, pins in request.requirements.items():
        if "broken" in pins:
            raise InstallationError(f"{request.description} failed.\nno such hash\n")
        project, _, release = pins.partition(" ")[0].partition("==")
        asked = f"{pins}{list(request.sdists)}"
        files = [
            FileContent(f"{project}.py", asked.encode()),
            FileContent("it.py", release.encode()),
        ]
        wheels[name] = await Get(Digest, CreateDigest(files))
    return Installation(FrozenDict(wheels))


@rule
async def cell_environment(request: CellEnvironmentRequest) -> InstalledEnvironment:
    raise InstallationError("no such hash")


@pytest.fixture
def rule_runner() -> RuleRunner:
    return RuleRunner(
        rules=[
            *(
                markers,
                install,
                cell_environment,
                *wheel_groups.rules(),
                *environments.rules(),
                *turns.rules(),
                *VersionMatrix.rules(),
            ),
            QueryRule(InstalledEnvironment, [EnvironmentRequest]),
            QueryRule(Turn, [TurnRequest]),
        ]
    )


def lock(*pins: str) -> str:
    return "".join(f"{pin} \\\n    --hash=sha256:{pin[:2]}\n" for pin in pins)


def compose(runner: RuleRunner, text: str) -> InstalledEnvironment:
    request = EnvironmentRequest(text, PYTHON, ("two",), None, "lib/1.lock for Python 3.12")
    return runner.request(InstalledEnvironment, [request])


def files(runner: RuleRunner, digest: Digest) -> dict[str, str]:
    return {file.path: file.content.decode() for file in runner.request(DigestContents, [digest])}


def test_an_environment_is_composed_of_the_wheels_of_its_lock(rule_runner: RuleRunner) -> None:
    text = lock("one==1 ; os_name == 'posix'", "not-here==1 ; os_name == 'nt'", "two==1")
    wheels = compose(rule_runner, text).wheels
    assert list(wheels) == ["one", "two"]
    assert files(rule_runner, wheels["one"])["one.py"] == "one==1 \\\n    --hash=sha256:on\n[]"
    assert files(rule_runner, wheels["two"])["two.py"] == (
        "two==1 \\\n    --hash=sha256:tw\n['two']"
    )


def test_a_wheel_is_the_same_in_every_environment(rule_runner: RuleRunner) -> None:
    one = compose(rule_runner, lock("one==1", "two==1")).wheels
    other = compose(rule_runner, lock("one==1 ; os_name == 'posix'", "three==1")).wheels
    assert one["one"] == other["one"]


def test_where_wheels_do_not_agree_it_is_made_whole_and_says_so(
    rule_runner: RuleRunner, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        wheels = compose(rule_runner, lock("one==1", "two==2")).wheels
    assert list(wheels) == ["whole"]
    told = files(rule_runner, wheels["whole"])["one.py"]
    assert told == f"{lock('one==1', 'two==2')}['two']"
    assert "Wheels of lib/1.lock for Python 3.12 do not agree on a file" in caplog.text
    assert "it.py" in caplog.text


def test_what_cannot_be_installed_names_the_lock_and_the_pin(rule_runner: RuleRunner) -> None:
    with pytest.raises(ExecutionError) as raised:
        compose(rule_runner, lock("one==1", "broken==1"))
    error = list(raised.value.wrapped_exceptions)[0]
    assert isinstance(error, InstallationError)
    assert str(error) == (
        "lib/1.lock for Python 3.12 cannot be installed: "
        "Install broken 1 on /usr/bin/python failed.\nno such hash\n"
    )


SOURCE = "one @ https://evil.example/one-1.tar.gz"


def test_a_lock_sends_nobody_elsewhere_unless_that_is_asked_for(rule_runner: RuleRunner) -> None:
    with pytest.raises(ExecutionError) as raised:
        compose(rule_runner, lock(SOURCE))
    assert str(list(raised.value.wrapped_exceptions)[0]) == (
        "lib/1.lock for Python 3.12 cannot be installed: one is to come from "
        "https://evil.example/one-1.tar.gz, and a lock holds releases of the index alone. "
        f"`{bin_name()} generate-matrix` makes it anew.\n"
    )
    rule_runner.set_options(["--version-matrix-upstream=1"])
    assert list(compose(rule_runner, lock(SOURCE)).wheels) == ["one"]


def test_a_cell_that_cannot_be_installed_holds_up_no_other(rule_runner: RuleRunner) -> None:
    cells = [
        CellEnvironmentRequest(Address("lib", generated_name=f"{number}"), PYTHON)
        for number in range(9)
    ]
    last = turns_of(cells, 1)[cells[-1].address]
    assert rule_runner.request(Turn, [last]) == Turn()


def test_only_what_is_named_may_be_built() -> None:
    assert allow_builds("a==1\nb==2\n", ["b"]) == ("--only-binary=a",)
