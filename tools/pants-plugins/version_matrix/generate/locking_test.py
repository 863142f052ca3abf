from __future__ import annotations

from typing import Callable, Mapping

import pytest
from pants.engine.fs import (
    EMPTY_DIGEST,
    EMPTY_FILE_DIGEST,
    CreateDigest,
    Digest,
    DigestContents,
    FileContent,
)
from pants.engine.internals.native_engine import ProcessExecutionEnvironment
from pants.engine.platform import Platform
from pants.engine.process import FallibleProcessResult, ProcessResultMetadata
from pants.testutil.rule_runner import MockGet, run_rule_with_mocks

from version_matrix.generate.locking import lock_sample
from version_matrix.generate.requests import LockRequest, LockResult
from version_matrix.progress.requests import Counted, Step
from version_matrix.stanza.lock_file import LockInputs
from version_matrix.tools.requests import UvProcess

HERE = ProcessExecutionEnvironment(
    environment_name=None,
    platform=Platform.create_for_localhost().value,
    docker_image=None,
    remote_execution=False,
    remote_execution_extra_platform_properties=[],
)
LINUX, MAC = "linux-x86_64-glibc2.28", "macos-arm64-14.0"

Uv = Callable[[Mapping[str, str], str], "str | None"]
"""Given the stubs (name -> file) and a system, what uv says if it has no solution there."""


def locked(uv: Uv) -> tuple[LockResult, list[str]]:
    """The lock of a sample for two platforms, and the systems that uv was asked for, run by run."""
    made: list[dict[str, bytes]] = []
    asked: list[str] = []

    def create(request: CreateDigest) -> Digest:
        made.append({f.path: f.content for f in request if isinstance(f, FileContent)})
        return EMPTY_DIGEST

    def run(_: UvProcess) -> FallibleProcessResult:
        files = made[-1]
        settings = files["pyproject.toml"].decode()
        systems = [system for system in ("linux", "darwin") if f"'{system}'" in settings]
        asked.append(" ".join(systems))
        stubs = {path.split("/")[1].split("-")[0]: path for path in files if path[:5] == "stubs"}
        told = next((f"error: {t}" for s in systems if (t := uv(stubs, s))), "")
        return FallibleProcessResult(
            stdout=b"",
            stdout_digest=EMPTY_FILE_DIGEST,
            stderr=told.encode(),
            stderr_digest=EMPTY_FILE_DIGEST,
            exit_code=1 if told else 0,
            output_digest=EMPTY_DIGEST,
            metadata=ProcessResultMetadata(None, HERE, "ran", 0),
        )

    inputs = LockInputs(("ham==1",), ("3.6.15",), chosen="ham", platforms=(LINUX, MAC))
    result: LockResult = run_rule_with_mocks(
        lock_sample,
        rule_args=[LockRequest("lib#1", inputs, kept="", cooled_by=None, as_of="")],
        mock_gets=[
            MockGet(output_type=Counted, input_types=(Step,), mock=Counted),
            MockGet(output_type=Digest, input_types=(CreateDigest,), mock=create),
            MockGet(output_type=FallibleProcessResult, input_types=(UvProcess,), mock=run),
            MockGet(
                output_type=DigestContents,
                input_types=(Digest,),
                mock=lambda _: DigestContents([FileContent("sample.lock", b"ham==1\\n")]),
            ),
        ],
    )
    return result, asked


def failure(system: str, told: str, hint: str = "") -> str:
    return (
        "No solution found when resolving dependencies for split (markers: python_full_version == "
        f"'3.6.*' and sys_platform == '{system}')\n  cause: Because {told}, we can conclude that your "
        f"requirements are unsatisfiable.\n{hint}"
    )


def wheelless(system: str, name: str) -> str:
    hint = f"\nhint: Wheels are required for `{name}` because building from source is disabled\n"
    return failure(system, f"{name}==1.0 has no usable wheels and you require {name}", hint)


def test_all_that_has_no_wheel_is_told_at_once() -> None:
    def uv(stubs: Mapping[str, str], system: str) -> str | None:
        return next((wheelless(system, n) for n in ("eggs", "spam") if n not in stubs), None)

    result, asked = locked(uv)
    assert result.wheelless == (("eggs", "1.0"), ("spam", "1.0")) and result.beside == ""
    assert result.error is not None and "eggs, spam" in result.error
    # Linux is tried first, and what has no solution there is given up on nowhere.
    assert asked == ["linux darwin"] * 3


def test_what_stands_in_the_way_beside_a_wheel_is_told_too() -> None:
    def uv(stubs: Mapping[str, str], system: str) -> str | None:
        return failure(system, "it clashes") if "eggs" in stubs else wheelless(system, "eggs")

    result, _ = locked(uv)
    assert result.wheelless == (("eggs", "1.0"),)
    assert result.error is not None and "Beside that: Because it clashes" in result.error
    assert result.beside.startswith("Because it clashes")


@pytest.mark.parametrize("here", [True, False])
def test_a_platform_that_no_cell_runs_on_here_stands_in_no_way(here: bool) -> None:
    """Neither of a lock, nor of what would have to be built here."""

    def uv(stubs: Mapping[str, str], system: str) -> str | None:
        if here and "eggs" not in stubs:
            return wheelless(system, "eggs")
        told = "ham==1 has no `sys_platform == 'darwin'`-compatible wheels and you require ham==1"
        return failure("darwin", told) if system == "darwin" else None

    result, asked = locked(uv)
    assert asked[-2:] == ["linux darwin", "linux"]
    if here:
        assert (result.wheelless, result.beside) == ((("eggs", "1.0"),), "")
    else:
        assert (result.error, result.platforms) == (None, (LINUX,))
