"""pip, Pants and release-sampler look for packages in the same places, whoever configured pip, and how."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict

import pytest

from bootstrap.clone import Clone

# What pip itself makes of its configuration, as pip-tools asks it too.
ASK_PIP = """
import json
from pip._internal.commands import create_command
found, _ = create_command("install").parse_args([])
print(json.dumps({
    "index": found.index_url, "extra": found.extra_index_urls, "links": found.find_links,
    "offline": bool(found.no_index), "cert": found.cert,
}))
"""
# release-sampler's reader needs nothing but the standard library, and is run as other tools run it.
ASK_SAMPLER = """
import json, sys
sys.path.insert(0, "libs/shared/release-sampler/src/release_sampler/index")
import pip_options
print(json.dumps(pip_options.read_pip_options()))
"""
USER = ".config/pip/pip.conf"
INDEX = "https://index.example/simple"
EXTRA = "https://one.example/simple https://two.example/simple/"

CONFIGURATIONS = {
    "nothing": ({}, {}),
    "another setting": ({USER: "[global]\ntimeout = 60\n"}, {"PIP_RETRIES": "1"}),
    "index": ({USER: f"[global]\nindex-url = {INDEX}\n"}, {}),
    "extra indexes": ({USER: f"[global]\nextra-index-url = {EXTRA}\n"}, {}),
    "one a line": (
        {
            USER: "[global]\n# Ours.\nextra-index-url =\n    https://a.example\n\n    https://b.example\n"
        },
        {},
    ),
    "all of them": (
        {USER: f"[global]\nindex-url: {INDEX}\nextra_index_url={EXTRA}\nfind-links = /wheels\n"},
        {},
    ),
    "indented": ({USER: f"[global]\n  Index-URL = {INDEX}\n  find-links = /wheels\n"}, {}),
    "of installing": (
        {USER: f"[install]\nindex-url = {INDEX}\n[global]\nindex-url = https://no.example\n"},
        {},
    ),
    "of another command": ({USER: f"[download]\nindex-url = {INDEX}\n"}, {}),
    "environment": ({}, {"PIP_INDEX_URL": INDEX, "PIP_EXTRA_INDEX_URL": EXTRA}),
    "environment before file": (
        {USER: f"[global]\nextra-index-url = {EXTRA}\n"},
        {"PIP_EXTRA_INDEX_URL": "https://three.example"},
    ),
    "empty": ({USER: f"[global]\nindex-url = {INDEX}\n"}, {"PIP_INDEX_URL": ""}),
    "offline": ({USER: "[global]\nno-index = yes\nfind-links = /wheels /more\n"}, {}),
    "not offline": ({}, {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": INDEX}),
    "at home": ({USER: "[global]\nfind-links = ~/wheels\n"}, {}),
    "certificates": ({USER: "[global]\ncert = /certificates.pem\n"}, {}),
    "system": ({"b/pip/pip.conf": f"[global]\nindex-url = {INDEX}\n"}, {}),
    "two systems": (
        {
            "a/pip/pip.conf": "[global]\nindex-url = https://a.example\n",
            "b/pip/pip.conf": "[global]\nindex-url = https://b.example\n",
        },
        {},
    ),
    "user before system": (
        {
            "a/pip/pip.conf": "[global]\nindex-url = https://a.example\nfind-links = /wheels\n",
            USER: f"[global]\nindex-url = {INDEX}\n",
        },
        {},
    ),
    "of installing before user": (
        {
            "a/pip/pip.conf": f"[install]\nindex-url = {INDEX}\n",
            USER: "[global]\nindex-url = https://no.example\n",
        },
        {},
    ),
    "of installing, the user's": (
        {
            "a/pip/pip.conf": "[install]\nindex-url = https://no.example\n",
            USER: f"[global]\nfind-links = /wheels\n[install]\nindex-url = {INDEX}\n",
        },
        {},
    ),
    "environment before installing": (
        {USER: "[install]\nindex-url = https://no.example\n"},
        {"PIP_INDEX_URL": INDEX},
    ),
    "empty in a file": (
        {
            "a/pip/pip.conf": "[global]\nindex-url = https://no.example\nfind-links = /wheels\n",
            USER: "[global]\nindex-url =\n[install]\nfind-links =\n",
        },
        {},
    ),
    "with dashes": ({USER: f"[global]\n--index-url = {INDEX}\n"}, {}),
    "old place": ({".pip/pip.conf": f"[global]\nindex-url = {INDEX}\n"}, {}),
    "named file": (
        {
            "named.conf": f"[global]\nindex-url = {INDEX}\n",
            USER: "[global]\nfind-links = /wheels\n",
        },
        {"PIP_CONFIG_FILE": "named.conf"},
    ),
    "no file": ({USER: f"[global]\nindex-url = {INDEX}\n"}, {"PIP_CONFIG_FILE": os.devnull}),
    "credentials": ({}, {"PIP_INDEX_URL": "https://me:it's%20a\\secret@index.example/simple"}),
}


@pytest.fixture(scope="module")
def pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has pip."""
    venv = tmp_path_factory.mktemp("pip") / "venv"
    python = os.path.realpath(sys.executable)
    subprocess.run((python, "-m", "venv", str(venv)), check=True)
    return venv / "bin/python"


@pytest.fixture(scope="module")
def default_index(pip: Path) -> str:
    found = ask(pip, {"PIP_CONFIG_FILE": os.devnull})["index"]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize("files, variables", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_all_look_where_pip_does(
    pip: Path,
    default_index: str,
    tmp_path: Path,
    files: Dict[str, str],
    variables: Dict[str, str],
) -> None:
    env = configured(tmp_path, files, variables)
    asked = ask(pip, env)
    assert for_pants(env) == wanted(asked, default_index, env)
    assert for_the_sampler(env, default_index) == asked


def configured(home: Path, files: Dict[str, str], variables: Dict[str, str]) -> Dict[str, str]:
    """The environment of a home with such files, and with such variables."""
    for path, text in files.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text)
    env = {
        "HOME": str(home),
        "PATH": os.defpath,
        "XDG_CONFIG_DIRS": f"{home}/a:{home}/b",
        **variables,
    }
    if "PIP_CONFIG_FILE" in variables:
        env["PIP_CONFIG_FILE"] = str(home / variables["PIP_CONFIG_FILE"])
    return env


def for_pants(env: Dict[str, str]) -> Dict[str, Any]:
    return {name: parsed(value) for name, value in settings(env).items()}


def for_the_sampler(env: Dict[str, str], default: str) -> Dict[str, Any]:
    """What release-sampler reads, in the shape of `ask`."""
    found = json.loads(run(env, sys.executable, "-I", "-c", ASK_SAMPLER))
    return {
        "index": found.get("index-url", default),
        "extra": found.get("extra-index-url", "").split(),
        "links": found.get("find-links", "").split(),
        "offline": found.get("no-index", "") in ("1", "yes"),
        "cert": found.get("cert"),
    }


def wanted(pip: Dict[str, Any], default: str, env: Dict[str, str]) -> Dict[str, Any]:
    """What Pants should be told where pip is configured so: name -> value."""
    told: Dict[str, Any] = {}
    if pip["offline"]:
        told["PANTS_PYTHON_REPOS_INDEXES"] = []
    elif pip["index"] != default:
        told["PANTS_PYTHON_REPOS_INDEXES"] = [pip["index"], *pip["extra"]]
    elif pip["extra"]:
        told["PANTS_PYTHON_REPOS_INDEXES"] = {"add": pip["extra"]}
    if pip["links"]:
        links = [link.replace("~/", f"{env['HOME']}/") for link in pip["links"]]
        told["PANTS_PYTHON_REPOS_FIND_LINKS"] = {"add": links}
    if pip["cert"]:
        told["PANTS_CA_CERTS_PATH"] = pip["cert"]
    return told


def parsed(value: str) -> Any:
    """As Pants reads an option: a list, one with a `+` to add, or text."""
    if value.startswith("+"):
        return {"add": ast.literal_eval(value[1:])}
    return ast.literal_eval(value) if value.startswith("[") else value


def ask(pip: Path, env: Dict[str, str]) -> Dict[str, Any]:
    found = json.loads(run(env, str(pip), "-I", "-c", ASK_PIP))
    assert isinstance(found, dict)
    return found


def settings(env: Dict[str, str]) -> Dict[str, str]:
    """What the script prints for Pants: name -> value."""
    lines = run(env, os.path.abspath("tools/bootstrap/pip-settings")).splitlines()
    pairs = (line.partition("=") for line in lines)
    return {name: value for name, _, value in pairs}


def run(env: Dict[str, str], *command: str) -> str:
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


def test_what_is_set_for_pants_itself_counts_more() -> None:
    env = {
        "PANTS_PYTHON_REPOS_INDEXES": f"['{INDEX}']",
        "PATH": os.defpath,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": "/wheels",
        "PIP_INDEX_URL": "https://other.example/simple",
    }
    assert settings(env) == {"PANTS_PYTHON_REPOS_FIND_LINKS": "+['/wheels']"}


@pytest.mark.parametrize(
    "start", ["./pants", 'source "$PWD/.pants.bootstrap" && env'], ids=["wrapper", "launcher"]
)
def test_every_launcher_exports_it(clone: Clone, start: str) -> None:
    """The official one takes what `env` shows once the file is sourced."""
    clone.put_pex()
    code, out, err = clone.run("bash", "-euo", "pipefail", "-c", start)
    assert code == 0, err
    assert "PANTS_PYTHON_REPOS_INDEXES=[]\n" in out
    assert f"PANTS_PYTHON_REPOS_FIND_LINKS=+['{clone.wheels.as_uri()}']\n" in out
