"""What file names say."""

from __future__ import annotations

import pytest

from release_sampler.basis.files import installs_on, kinds_of


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
        ("wheel-windows", "3.9", False),
        ("wheel-macos", "3.9", False),
        ("wheel-cp313t", "3.13", False),
        ("sdist", "3.9", False),
        ("whatever", "3.9", False),
    ],
)
def test_where_a_kind_can_be_installed(kind: str, minor: str, expected: bool) -> None:
    assert installs_on((kind,), minor, may_build=False) is expected


def test_an_sdist_can_be_installed_where_it_may_be_built() -> None:
    assert installs_on(("sdist",), "3.13", may_build=True)
