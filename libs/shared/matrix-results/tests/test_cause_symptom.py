"""What a failed test shows, from what pytest writes in each of its styles."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Dict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matrix_results.causes import Symptom, failed_tests, set_aside, shown

CODE = {
    "ours/client.py": (
        "import json\n\n\ndef read(text):\n    return json.loads(text)\n\n\n"
        "def send(text):\n    try:\n        read(text)\n    except ValueError as error:\n"
        "        raise KeyError('from 127.0.0.1:4711') from error\n"
    ),
    "ours/__init__.py": "",
    "conftest.py": "",
    "test_it.py": (
        "import pytest\n"
        "from ours.client import read, send\n\n"
        "def test_read(): read('{')\n"
        "def test_send(): send('{')\n"
        "def test_told():\n    assert {'a': 1} == {'a': 2}, 'they differ'\n"
        "def test_bare(): raise AssertionError\n"
        "def test_by_hand(): pytest.fail('by hand')\n"
        "@pytest.fixture\ndef bad(): raise RuntimeError('no fixture')\n"
        "def test_fixture(bad): pass\n"
    ),
}
SHOWN = {
    "test_read": ("JSONDecodeError", "ours/client.py:5", 0),
    "test_send": ("KeyError", "ours/client.py:12", 1),
    "test_told": ("AssertionError", "test_it.py:7", 0),
    "test_bare": ("AssertionError", "test_it.py:8", 0),
    "test_by_hand": ("Failed", "test_it.py:9", 0),
    "test_fixture": ("RuntimeError", "test_it.py:11", 0),
}


def ran(folder: Path, style: str) -> Dict[str, Symptom]:
    """Name of a test -> what it shows, of a real run of pytest in that style."""
    for name, text in CODE.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    file = folder / "results.xml"
    subprocess.run(
        (
            *(sys.executable, "-m", "pytest", "-q", "--color=yes", f"--tb={style}"),
            *("-p", "no:cacheprovider", f"--junit-xml={file}", "test_it.py"),
        ),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    return {
        failed.test.rpartition("::")[2]: shown(failed.text).symptom
        for failed in failed_tests(file.read_bytes())
    }


@pytest.mark.parametrize("style", ["long", "short", "native", "line", "auto"])
def test_every_style_of_pytest_shows_the_error(tmp_path: Path, style: str) -> None:
    # As Pants names its sandboxes: frames have absolute paths in the native style.
    folder = tmp_path / "pants-sandbox-abc"
    folder.mkdir()
    found = ran(folder, style)
    assert sorted(found) == sorted(SHOWN)
    for name, (kind, place, raised_from) in SHOWN.items():
        symptom = found[name]
        assert symptom.kind.rpartition(".")[2] == kind, (name, symptom)
        assert len(symptom.through) == raised_from
        # A line has no frame.
        assert symptom.place == ("" if style == "line" else place), (name, symptom)
    assert found["test_told"].message == "AssertionError: they differ"
    assert found["test_send"].message == "KeyError: 'from <host>'"


@pytest.mark.parametrize(
    "one, other",
    [
        ("port 43211 is taken", "port 51234 is taken"),
        ("<Client object at 0x7f3a10>", "<Client object at 0x7fee20>"),
        ("no answer from http://127.0.0.1:4711/a", "no answer from http://127.0.0.1:9/a"),
        ("('localhost', 43211)", "('localhost', 51234)"),
        ("httpx 0.25.2 has no send", "httpx 0.28.1 has no send"),
        ("needs Python 3.8", "needs Python 3.13"),
        ("in /tmp/a1/x.py", "in /var/b/c/x.py"),
        ("cannot open lib/python3.8/site.py", "cannot open lib/python3.12/site.py"),
        ("at 2026-11-01T10:00:00Z", "at 2027-01-31 09:12:13.5+01:00"),
        ("00-0af7651916cd43dd8448eb211c80319c-01", "00-b7ad6b7169203331aaaaeb211c80319c-01"),
        ("id 8b1f1d2e-1111-4222-8333-444455556666", "id 00000000-1111-4222-8333-44445555aaaa"),
        ("connect to [::1]:4711", "connect to [fe80::2]:80"),
        ("release 1.0rc1", "release 2.1.post3"),
    ],
)
def test_what_differs_from_run_to_run_is_set_aside(one: str, other: str) -> None:
    assert set_aside(one) == set_aside(other)
    assert "<" in set_aside(one)


@pytest.mark.parametrize(
    "old, new",
    [
        ("send() got an argument 'a'", "Client.send() got an argument 'a'"),
        ("inner() takes 0 arguments", "make.<locals>.inner() takes 0 arguments"),
        ("no attribute 'NAMES'", "no attribute 'NAMES'. Did you mean: 'NAME'?"),
        ("name 'os' is not defined", "name 'os' is not defined. Did you forget to import 'os'?"),
    ],
)
def test_what_newer_pythons_add_is_set_aside(old: str, new: str) -> None:
    assert set_aside(old) == set_aside(new) == old


@pytest.mark.parametrize(
    "one, other",
    [
        ("assert 1 == 2", "assert 1 == 3"),
        ("'send'", "'read'"),
        ("no attribute 'a'", "no attribute 'b'"),
        ("expected 3 arguments", "expected 4 arguments"),
        ("GET or POST", "GET/POST"),
    ],
)
def test_what_the_error_says_is_not(one: str, other: str) -> None:
    assert set_aside(one) != set_aside(other)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", Symptom("", "")),
        ("pytest left no result", Symptom("", "pytest left no result")),
        (
            "ImportError while loading conftest '/tmp/x/conftest.py'.\n"
            "lib/tests/conftest.py:1: in <module>\n    import lib.core\n"
            "lib/src/lib/core.py:3: in <module>\n    PREFIX = missing\n"
            "E   NameError: name 'missing' is not defined\n",
            Symptom(
                "NameError", "NameError: name 'missing' is not defined", "lib/src/lib/core.py:3"
            ),
        ),
        (
            "  + Exception Group Traceback (most recent call last):\n"
            '  |   File "lib/src/lib/core.py", line 3, in f\n'
            "  |     raise ExceptionGroup('two', [])\n"
            "  | ExceptionGroup: two (2 sub-exceptions)\n",
            Symptom(
                "ExceptionGroup", "ExceptionGroup: two (2 sub-exceptions)", "lib/src/lib/core.py:3"
            ),
        ),
    ],
)
def test_any_text_has_a_symptom(text: str, expected: Symptom) -> None:
    assert shown(text).symptom == expected


@settings(deadline=None)
@given(st.text())
def test_no_text_is_refused(text: str) -> None:
    found = shown(text)
    assert "\n" not in found.error
    assert shown(text) == found


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("ValueError: \x1b]0;owned\x07\x1b[2J\x9b31mno", "ValueError: ]0;owned [2J 31mno"),
        ("ValueError: fail\x08\x08\x08\x08pass", "ValueError: fail pass"),
        ("ValueError: \u202enif", "ValueError: nif"),
    ],
)
def test_a_terminal_obeys_no_error(error: str, told: str) -> None:
    """A cell that died is told by what it printed last, which may be anything."""
    found = shown(f"The process crashed.\n\n\x1b[2Jtest_it.py:3: in f\nE   {error}")
    assert (found.error, found.symptom.place) == (told, "")


def test_a_long_text_is_read_from_both_ends() -> None:
    middle = "x = 1\n" * 10_000
    text = f"test_it.py:3: in test_it\n{middle}lib/core.py:7: in f\nE   ValueError: no\n"
    assert shown(text).symptom == Symptom("ValueError", "ValueError: no", "lib/core.py:7")


def test_a_torn_file_has_no_failed_tests() -> None:
    assert failed_tests(b"<testsuites><testsuite>") == ()
