from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker, default_environment

from version_matrix.stanza import lock_markers

LINUX, MACOS = "linux-x86_64-glibc2.28", "macos-arm64-14.0"
PYTHONS = ("3.8.18", "3.9.18", "3.12.1")
SYSTEMS = (
    "((platform_machine == 'arm64' and sys_platform == 'darwin') or "
    "(platform_machine == 'x86_64' and sys_platform == 'linux'))"
)


@pytest.mark.parametrize(
    "marker, simplified",
    [
        (SYSTEMS, ""),
        (f"python_full_version < '3.13' and {SYSTEMS}", ""),
        (f"python_full_version < '3.9' and {SYSTEMS}", "python_version <= '3.8'"),
        (f"python_full_version >= '3.9' and {SYSTEMS}", "python_version >= '3.9'"),
        (f"python_full_version == '3.9.*' and {SYSTEMS}", "python_version == '3.9'"),
        (
            f"(python_full_version < '3.9' or python_full_version >= '3.12') and {SYSTEMS}",
            "python_version == '3.8' or python_version == '3.12'",
        ),
        # What differs between platforms, or patch levels, is left to the resolver's words.
        ("sys_platform == 'darwin'", "sys_platform == 'darwin'"),
        ("python_full_version < '3.12.5'", "python_full_version < '3.12.5'"),
    ],
)
def test_a_pin_says_no_more_than_the_lock_does_not_say(marker: str, simplified: str) -> None:
    body = f"anyio==4.5.2 ; {marker} \\\n    --hash=sha256:aa\n"
    told = f" ; {simplified}" if simplified else ""
    assert lock_markers.simplified(body, PYTHONS, (LINUX, MACOS)) == (
        f"anyio==4.5.2{told} \\\n    --hash=sha256:aa\n"
    )


def test_without_platforms_and_with_other_implementations_nothing_is_simplified() -> None:
    body = f"anyio==4.5.2 ; {SYSTEMS}\n"
    assert lock_markers.simplified(body, PYTHONS, ()) == body
    assert lock_markers.simplified(body, ("pypy3.11.13",), (LINUX,)) == body


CLAUSES = st.one_of(
    st.builds(
        "python_full_version {} '{}'".format,
        st.sampled_from(["<", ">=", "=="]),
        st.sampled_from(["3.8", "3.9", "3.10", "3.12", "3.12.1", "3.13"]),
    ),
    st.sampled_from(
        ["sys_platform == 'linux'", "sys_platform == 'win32'", "platform_machine == 'arm64'"]
    ),
)
MARKERS = st.recursive(
    CLAUSES,
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
    max_leaves=5,
)


@given(MARKERS, st.lists(st.sampled_from(PYTHONS), min_size=1, unique=True).map(sorted))
def test_a_simplified_marker_holds_where_the_resolver_s_did(
    marker: str, pythons: list[str]
) -> None:
    pythons.sort(key=lambda python: [int(part) for part in python.split(".")])
    body = f"anyio==4.5.2 ; {marker}\n"
    (line,) = lock_markers.simplified(body, pythons, (LINUX, MACOS)).splitlines()
    _, _, simplified = line.partition(" ; ")
    for python, platform in itertools.product(pythons, (LINUX, MACOS)):
        minor = python.rpartition(".")[0]
        for patch in (python, f"{minor}.99"):
            environment = {
                **default_environment(),
                "python_version": minor,
                "python_full_version": patch,
                **lock_markers.platform_variables(platform),
            }
            expected = Marker(marker).evaluate(environment)
            assert (not simplified or Marker(simplified).evaluate(environment)) is expected


@pytest.mark.parametrize(
    "python, platform, marker",
    [
        (
            "3.14t",
            LINUX,
            "python_version == '3.14' and sys_platform == 'linux' and platform_machine == 'x86_64'",
        ),
        (
            "pypy3.11",
            MACOS,
            "python_version == '3.11' and platform_python_implementation == 'PyPy' and "
            "sys_platform == 'darwin' and platform_machine == 'arm64'",
        ),
    ],
)
def test_what_markers_can_tell_of_an_environment(python: str, platform: str, marker: str) -> None:
    assert lock_markers.environment(python, platform) == marker
