"""Real configurations, loaded by the tox that the lock pins."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Callable, Dict

import pytest  # type: ignore[import-not-found]  # pants: no-infer-dep

from version_matrix.sandbox.readers import read_tox

Read = Callable[..., Dict[str, Any]]

INI = """\
[tox]
envlist = py{38,312}-redis{4,latest}, lint
[testenv]
deps =
    redis4: redis>=4,<5
    redislatest: redis
    py38: fakeredis<2
    -r requirements/test.txt
setenv =
    TESTPATH = tests/redis
    redis4: OLD = yes
    ELSEWHERE = {env:HOME_OF_X}
commands = python -m pytest {env:TESTPATH} {posargs}
[testenv:lint]
deps = flake8
commands = flake8 {toxinidir}/src
"""
REQUIREMENTS = {
    "requirements/test.txt": "-r base.txt\npytest>=7  # Why.\n-e .\n",
    "requirements/base.txt": "anyio; python_version < '3.9'\n",
}


@pytest.fixture  # type: ignore[untyped-decorator]
def read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Read:
    """Runs the script beside some files, in an environment of its own; returns what it told."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setenv("TOX_USER_CONFIG_FILE", "none")
    monkeypatch.chdir(tmp_path)

    def run(path: str, text: str, *plugins: str, **files: str) -> Dict[str, Any]:
        for name, content in {path: text, **files}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content)
        assert read_tox.main([path, *plugins]) == 0
        told = json.loads(capsys.readouterr().out)
        assert isinstance(told, dict)
        return told

    return run


def test_factors_substitutions_and_requirements_files(read: Read) -> None:
    told = read("tox.ini", INI, **REQUIREMENTS)
    assert told["reader"].startswith("tox 4.") and told["wants"] == [] and told["notes"] == []
    names = [each["name"] for each in told["environments"]]
    assert names == [
        "py38-redis4",
        "py38-redislatest",
        "py312-redis4",
        "py312-redislatest",
        "lint",
    ]
    oldest, *_, lint = told["environments"]
    assert oldest["requirements"] == [
        "redis<5,>=4",
        "fakeredis<2",
        'anyio; python_version < "3.9"',
        "pytest>=7",
    ]
    assert oldest["commands"] == [["python", "-m", "pytest", "tests/redis"]]
    assert oldest["variables"] == [
        ["ELSEWHERE", "{env:HOME_OF_X}"],
        ["OLD", "yes"],
        ["TESTPATH", "tests/redis"],
    ]
    ((what, why),) = oldest["dropped"]
    assert what in ("-e .", ".") and why.startswith("a path or an archive")
    assert (oldest["python"], oldest["folder"]) == ("py38", ".")
    assert lint["commands"] == [["flake8", "/src"]] and lint["python"] is None


def test_files_that_are_not_there_are_asked_for(read: Read) -> None:
    assert read("sub/tox.ini", INI)["wants"] == ["sub/requirements/test.txt"]
    one = {f"sub/{name}": REQUIREMENTS[name] for name in ("requirements/test.txt",)}
    assert read("sub/tox.ini", INI, **one)["wants"] == ["sub/requirements/base.txt"]


def test_what_names_no_release_is_dropped_with_the_reason(read: Read) -> None:
    deps = [
        "{env:WHO_KNOWS}",
        "x @ https://example.org/x.zip",
        "git+https://example.org/y",
        "-c c.txt",
        "==",
    ]
    lines = "".join(f"    {line}\n" for line in deps)
    told = read("tox.ini", f"[tox]\nenvlist = py312\n[testenv]\ndeps =\n{lines}    kept\n")
    (environment,) = told["environments"]
    assert environment["requirements"] == ["kept"]
    dropped = dict(environment["dropped"])
    assert dropped["{env:WHO_KNOWS}"] == "only the machine knows WHO_KNOWS"
    assert len(dropped) == len(deps) and all(dropped.values())


@pytest.mark.parametrize(  # type: ignore[untyped-decorator]
    "path, text",
    [
        ("tox.toml", 'env_list = ["py312"]\n[env_run_base]\ndeps = ["redis"]\n'),
        (
            "pyproject.toml",
            '[tool.tox]\nenv_list = ["py312"]\n[tool.tox.env_run_base]\ndeps = ["redis"]\n',
        ),
        ("setup.cfg", "[tox:tox]\nenvlist = py312\n[testenv]\ndeps = redis\n"),
    ],
)
def test_the_other_files_of_tox(read: Read, path: str, text: str) -> None:
    (environment,) = read(path, text)["environments"]
    assert (environment["name"], environment["requirements"]) == ("py312", ["redis"])


def test_dependency_groups(read: Read) -> None:
    ini = "[tox]\nenvlist = py312-dj52\n[testenv]\ndependency_groups =\n    test\n    dj52: dj52\n"
    assert read("tox.ini", ini)["wants"] == ["pyproject.toml"]
    groups = '[dependency-groups]\ntest = ["pytest"]\ndj52 = ["django~=5.2.0"]\n'
    (environment,) = read("tox.ini", ini, **{"pyproject.toml": groups})["environments"]
    assert environment["requirements"] == ["django~=5.2.0", "pytest"]


def test_sections_that_are_not_listed_are_noted(read: Read) -> None:
    told = read("tox.ini", "[tox]\nenvlist = py312\n[testenv:docs]\ndeps = sphinx\n")
    assert [what for what, _ in told["notes"]] == ["docs"]


@pytest.mark.parametrize(  # type: ignore[untyped-decorator]
    "path, text, error",
    [
        ("tox.ini", "[tox\nenvlist = py312\n", "tox.ini"),
        ("tox.ini", "[tox]\nrequires = tox-conda\n", "made for the plugin tox-conda"),
        ("tox.ini", "[tox]\nenvlist = py38-py312\n", "conflicting factors"),
        ("tox.toml", "env_list = [\n", "tox.toml"),
        ("pyproject.toml", "[project]\nname = 'x'\n", "pyproject.toml"),
        ("setup.cfg", "[metadata]\nname = x\n", "setup.cfg"),
    ],
)
def test_bad_input_is_one_line(read: Read, path: str, text: str, error: str) -> None:
    told = read(path, text)
    assert list(told) == ["error"]
    assert error in told["error"]
    assert "Traceback" not in told["error"] and str(Path.cwd()) not in told["error"]


def test_plugins_that_are_named_are_done_without(read: Read) -> None:
    text = "[tox]\nrequires =\n    tox-Conda\n    virtualenv<20.22\n    tox>=99\nenvlist = py312\n"
    told = read("tox.ini", text, "tox_conda")
    assert [what for what, _ in told["notes"]] == [
        "requires: tox-Conda",
        "requires: virtualenv<20.22",
        "requires: tox>=99",
    ]
