"""What file names say."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.tags import compatible_tags, cpython_tags, generic_tags, parse_tag

from release_sampler.basis.files import installs_of, kind_installs_on, kinds_of
from sampler_examples import examples


@pytest.mark.parametrize(
    ("filename", "kinds"),
    [
        ("thing-1.0.tar.gz", "sdist"),
        ("thing-1.0.zip", "sdist"),
        ("thing-1.0-py3-none-any.whl", "wheel"),
        ("thing-1.0-py2.py3-none-any.whl", "wheel"),
        ("thing-1.0-1-py3-none-any.whl", "wheel"),
        ("thing-1.0-py2-none-any.whl", ""),
        ("thing-1.0-py38-none-any.whl", "wheel-py38"),
        ("thing-1.0-cp38-cp38-manylinux1_x86_64.whl", "wheel-cp38"),
        ("thing-1.0-cp37-cp37m-manylinux1_x86_64.whl", "wheel-cp37"),
        ("thing-1.0-cp36.cp37-none-manylinux1_x86_64.whl", "wheel-cp36 wheel-cp37"),
        ("thing-1.0-cp37-abi3-musllinux_1_1_x86_64.whl", "wheel-abi3-cp37"),
        # The free-threaded build of 3.13 is not Python 3.13.
        ("thing-1.0-cp313-cp313t-manylinux_2_28_x86_64.whl", ""),
        ("thing-1.0-pp39-pypy39_pp73-manylinux_2_17_x86_64.whl", ""),
        ("thing-1.0-cp27-cp27mu-manylinux1_x86_64.whl", ""),
        ("thing-1.0-cp38-cp38-win_amd64.whl", "wheel-windows"),
        ("thing-1.0-cp38-cp38-win32.whl", "wheel-windows"),
        ("thing-1.0-cp38-cp38-macosx_10_9_x86_64.macosx_11_0_arm64.whl", "wheel-macos"),
        ("thing-1.0-cp38-cp38-macosx_10_9_x86_64.win_amd64.whl", "wheel-macos wheel-windows"),
        ("thing-1.0-cp38-cp38-macosx_10_9_x86_64.linux_x86_64.whl", "wheel-cp38"),
        ("thing-1.0-cp312-cp312-ios_13_0_arm64_iphoneos.whl", ""),
        ("thing-1.0-cp312-cp312-pyodide_2024_0_wasm32.whl", ""),
        ("thing-1.0.win32-py3.4.exe", ""),
        ("thing-1.0-py3.8.egg", ""),
        ("thing-1.0.whl", ""),
        ("", ""),
    ],
)
def test_kinds(filename: str, kinds: str) -> None:
    assert " ".join(sorted(kinds_of(filename))) == kinds


@pytest.mark.parametrize(
    ("kind", "minor", "expected"),
    [
        ("wheel", "3.8", True),
        ("wheel-py39", "3.8", False),
        ("wheel-py39", "3.13", True),
        ("wheel-abi3-cp37", "3.13", True),
        ("wheel-abi3-cp310", "3.9", False),
        ("wheel-abi3-cp3", "3.9", True),
        ("wheel-cp39", "3.9", True),
        ("wheel-cp39", "3.10", False),
        ("wheel", "3.14t", True),
        ("wheel", "pypy3.11", True),
        ("wheel-py39", "pypy3.11", True),
        ("wheel-abi3-cp37", "3.14t", False),
        ("wheel-abi3-cp37", "pypy3.11", False),
        ("wheel-abi3t-cp315", "3.15t", True),
        ("wheel-abi3t-cp315", "3.15", False),
        ("wheel-cp313-none", "3.13t", True),
        ("wheel-cp313-none", "3.13", True),
        ("wheel-cp311-none", "pypy3.11", False),
        ("wheel-cp313t", "3.13t", True),
        ("wheel-cp313", "3.13t", False),
        ("wheel-pp311", "pypy3.11", True),
        ("wheel-pp310", "pypy3.11", False),
        ("wheel-pp311", "3.11", False),
        ("wheel-windows", "3.9", False),
        ("wheel-macos", "3.9", False),
        ("wheel-cp313t", "3.13", False),
        ("sdist", "3.9", False),
        ("whatever", "3.9", False),
    ],
)
def test_where_a_kind_can_be_installed(kind: str, minor: str, expected: bool) -> None:
    assert kind_installs_on(kind, minor, may_build=False) is expected


def test_an_sdist_can_be_installed_where_it_may_be_built() -> None:
    assert kind_installs_on("sdist", "3.13", may_build=True)


@pytest.mark.parametrize(
    ("filename", "kinds", "platforms"),
    [
        ("thing-1.0.tar.gz", "sdist", "any"),
        ("thing-1.0-py3-none-any.whl", "wheel", "any"),
        ("thing-1.0-cp38-cp38-manylinux1_x86_64.whl", "wheel-cp38", "manylinux_2_5_x86_64"),
        (
            "thing-1.0-cp38-cp38-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "wheel-cp38",
            "manylinux_2_17_x86_64",
        ),
        (
            "thing-1.0-cp313-cp313t-manylinux_2_28_x86_64.whl",
            "wheel-cp313t",
            "manylinux_2_28_x86_64",
        ),
        (
            "thing-1.0-pp311-pypy311_pp73-manylinux_2_17_x86_64.whl",
            "wheel-pp311",
            "manylinux_2_17_x86_64",
        ),
        ("thing-1.0-cp36.cp37-none-win32.whl", "wheel-cp36-none wheel-cp37-none", ""),
        ("thing-1.0-cp315-abi3.abi3t-any.whl", "wheel-abi3-cp315 wheel-abi3t-cp315", "any"),
        (
            "thing-1.0-cp38-cp38-macosx_10_9_x86_64.macosx_11_0_arm64.macosx_10_9_universal2.whl",
            "wheel-cp38",
            "macosx_10_9_universal2 macosx_10_9_x86_64 macosx_11_0_arm64",
        ),
        ("thing-1.0.egg", "", ""),
    ],
)
def test_where_a_file_can_be_installed(filename: str, kinds: str, platforms: str) -> None:
    found, tags = installs_of(filename)
    assert (" ".join(sorted(found)), " ".join(tags)) == (kinds, platforms)


# The oldest packaging that the library runs with takes `abi3` for one of free-threaded builds too.
_KNOWS_FREE_THREADING = "cp32-abi3-any" not in map(str, cpython_tags((3, 15), ["cp315t"], ["any"]))

_FILE = st.builds(
    "thing-1.0-{}-{}-any.whl".format,
    st.sampled_from(
        ["py3", "py39", "py313", "cp3", "cp38", "cp313", "cp315", "pp311", "cp312.cp313"]
    ),
    st.sampled_from(["none", "abi3", "abi3t", "cp38", "cp313", "cp313t", "cp315t", "pypy311_pp73"]),
)


@given(_FILE, st.sampled_from(["3.8", "3.9", "3.11", "3.13", "3.13t", "3.15", "3.15t", "pypy3.11"]))
@examples(400)
def test_a_wheel_installs_where_the_tags_of_packaging_say(filename: str, minor: str) -> None:
    kinds, _ = installs_of(filename)
    assume(_KNOWS_FREE_THREADING or not minor.endswith("t"))
    mine = any(kind_installs_on(kind, minor, may_build=False) for kind in kinds)
    version = tuple(map(int, minor.removeprefix("pypy").removesuffix("t").split(".")))
    nodot = "".join(map(str, version))
    if minor.startswith("pypy"):
        interpreter = f"pp{nodot}"
        own = generic_tags(interpreter, [f"pypy{nodot}_pp73"], ["any"])
    else:
        interpreter = f"cp{nodot}"
        own = cpython_tags(version, [f"cp{minor.replace('.', '')}"], ["any"])
    accepted = {*own, *compatible_tags(version, interpreter, ["any"])}
    # For packaging `cp3` is no tag of any Python; kinds take it for the lowest, as before.
    assert mine is bool(parse_tag(filename[10:-4].replace("cp3-", "cp32-")) & accepted)
