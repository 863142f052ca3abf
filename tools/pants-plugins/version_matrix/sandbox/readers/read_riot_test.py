"""Real riotfiles, expanded by the riot that the lock pins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict

import pytest  # type: ignore[import-not-found]  # pants: no-infer-dep

from version_matrix.sandbox.readers import read_riot

Read = Callable[[str], Dict[str, Any]]

RIOTFILE = """\
from riot import Venv

print("noise")
venv = Venv(
    pkgs={"pytest": ""},
    env={"MODE": "test"},
    venvs=[
        Venv(
            name="redis",
            command="pytest {cmdargs} tests/redis && coverage xml",
            venvs=[
                Venv(pys="3.8", pkgs={"redis": "~=3.0"}),
                Venv(pys=["3.9", 3.12], pkgs={"redis": ["~=4.0", ""]}),
            ],
        ),
        Venv(name="nothing"),
    ],
)
"""


@pytest.fixture  # type: ignore[untyped-decorator]
def read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Read:
    """Runs the script on a riotfile; returns what it told."""
    monkeypatch.chdir(tmp_path)

    def run(text: str) -> Dict[str, Any]:
        Path("riotfile.py").write_text(text)
        assert read_riot.main(["riotfile.py"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert isinstance(told, dict)
        return told

    return run


def test_the_tree_is_expanded(read: Read) -> None:
    told = read(RIOTFILE)
    assert told["reader"].startswith("riot 0.")
    assert [(each["python"], each["requirements"]) for each in told["environments"]] == [
        ("3.8", ["pytest", "redis~=3.0"]),
        ("3.9", ["pytest", "redis~=4.0"]),
        ("3.9", ["pytest", "redis"]),
        ("3.12", ["pytest", "redis~=4.0"]),
        ("3.12", ["pytest", "redis"]),
    ]
    first = told["environments"][0]
    assert first["commands"] == [["pytest", "tests/redis"], ["coverage", "xml"]]
    assert (first["name"], first["factors"]) == ("redis#1", ["redis"])
    assert first["variables"] == [["MODE", "test"]]


@pytest.mark.parametrize(  # type: ignore[untyped-decorator]
    "text, error",
    [
        ("from riot import Venv\nvenv = Venv(\n", "SyntaxError"),
        ("import not_there\n", "ModuleNotFoundError: No module named 'not_there' (line 1)"),
        ("x = 1\nraise ValueError('why')\n", "ValueError: why (line 2)"),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
        ("x = 1\n", "it has no `venv` with a command in it"),
        ("from riot import Venv\nvenv = Venv(name='a')\n", "it has no `venv`"),
    ],
)
def test_bad_input_is_one_line(read: Read, text: str, error: str) -> None:
    told = read(text)
    assert list(told) == ["error"]
    assert error in told["error"] and "\n" not in told["error"]
