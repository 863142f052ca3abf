from __future__ import annotations

from typing import Any, Dict, Optional

import pytest

from version_matrix.drafts.model import LeftOut
from version_matrix.drafts.readout import reading_of


def entry(**given: Any) -> Dict[str, Any]:
    return {
        "name": "py312-httpx",
        "factors": ["py312", "httpx"],
        "python": "py312",
        "requirements": ["httpx~=0.28.0"],
        "dropped": [],
        "variables": [],
        "extras": [],
        "settings": ["deps", "commands"],
        "folder": "tests/httpx",
        "commands": [["pytest"]],
        **given,
    }


def told(*entries: Dict[str, Any]) -> Dict[str, Any]:
    return {"reader": "tox 4", "wants": [], "notes": [], "environments": list(entries)}


@pytest.mark.parametrize(
    "named, python",
    [
        ("py312", "3.12"),
        ("python3.8", "3.8"),
        ("3.10", "3.10"),
        ("py3.9", "3.9"),
        ("cpython3.11", "3.11"),
        ("python3.12.1", "3.12"),
        ("python3", None),
        (None, None),
    ],
)
def test_the_minor_version_of_an_interpreter(named: Optional[str], python: Optional[str]) -> None:
    (environment,) = reading_of(told(entry(python=named))).environments
    assert environment.python == python


@pytest.mark.parametrize("named", ["pypy3", "py27", "2.7", "py35", "python3.14t", "jython"])
def test_interpreters_that_no_cell_runs_on(named: str) -> None:
    reading = reading_of(told(entry(python=named)))
    assert reading.environments == ()
    (left,) = reading.left_out
    assert (left.what, left.where) == ("environments", ("py312-httpx",))
    assert left.why.startswith("cells run on ")


@pytest.mark.parametrize(
    "given, what",
    [
        ({"requirements": ["httpx>=1.0.*"]}, "httpx>=1.0.*"),
        ({"commands": [["pytest"], ["coverage", "xml"]]}, "coverage xml"),
        ({"commands": [["pytest", "-k", "slow"]]}, "pytest -k slow"),
        ({"settings": ["pass_env"]}, "pass_env"),
        ({"settings": ["of_a_plugin"]}, "of_a_plugin"),
        ({"variables": [["PYTHONPATH", "src"]]}, "set_env PYTHONPATH"),
        ({"variables": [["X", "{env:Y}"]]}, "set_env X"),
        ({"dropped": [["-e .", "why not"]]}, "-e ."),
    ],
)
def test_what_a_stanza_does_not_say_is_told_with_the_reason(
    given: Dict[str, Any], what: str
) -> None:
    (left,) = reading_of(told(entry(**given))).left_out
    assert left.what == what and left.why and left.where == ("py312-httpx",)


def test_the_same_of_several_environments_is_told_once() -> None:
    entries = [entry(name=name, settings=["pip_pre"]) for name in ("a", "b")]
    reading = reading_of(told(*entries))
    assert [(left.what, left.where) for left in reading.left_out] == [("pip_pre", ("a", "b"))]
    assert isinstance(reading.left_out[0], LeftOut)


def test_what_is_carried_over() -> None:
    given = entry(variables=[["MODE", "a"]], requirements=["B>=1", "b>=1", "httpx"])
    (environment,) = reading_of(told(given)).environments
    assert environment.requirements == ("B>=1", "b>=1", "httpx")
    assert environment.variables == (("MODE", "a"),)
    assert environment.paths == ("tests/httpx",)
