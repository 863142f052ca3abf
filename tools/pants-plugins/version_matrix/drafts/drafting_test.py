"""Environments become drafts; what a draft says is read back by the plugin's own stanza reader."""

from __future__ import annotations

import ast
import itertools
from typing import Any, Dict, List, Sequence, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from version_matrix.drafts.drafting import drafts_of
from version_matrix.drafts.model import Draft, Environment
from version_matrix.drafts.placing import Placed
from version_matrix.drafts.wording import stanza
from version_matrix.stanza import conditions, suite


def environment(
    name: str, *requirements: str, path: str = "tests/x", **variables: str
) -> Environment:
    """`py38-one-two`, as tox names them."""
    factors = tuple(name.split("-"))
    python = next((f"3.{factor[3:]}" for factor in factors if factor[:3] == "py3"), None)
    return Environment(name, python, factors, requirements, (path,), tuple(variables.items()))


def fields(draft: Draft) -> Dict[str, Any]:
    """The fields of the stanza as a BUILD file has them, each read by the plugin's own parser."""
    (call,) = ast.parse(stanza(Placed(draft, "tests/x", "matrix"))).body
    assert isinstance(call, ast.Expr) and isinstance(call.value, ast.Call)
    assert isinstance(call.value.func, ast.Name) and call.value.func.id == "python_matrix_tests"
    found = {str(each.arg): ast.literal_eval(each.value) for each in call.value.keywords}
    suite.parse_requirement(found["package"])
    suite.parse_python(found.get("python"))
    if not draft.axes:
        suite.parse_rules(found.get("requirements", {}))
    for axis in found.get("axes", ()):
        suite.parse_requirement(axis)
    del found["name"]
    return found


SERIES = [
    environment(f"py3{minor}-httpx-v{series}", f"httpx~={series}.0", *extra, path="tests/httpx")
    for series, minors, extra in [
        ("0.16", (6, 7), ("pytest-httpx==0.10.0", "anyio<4")),
        ("0.18", (6, 7, 8), ("pytest-httpx==0.12.0", "anyio<4")),
        ("0.25", (8, 9), ("pytest-httpx==0.25.0", "anyio<4")),
    ]
    for minor in minors
] + [
    environment(f"py3{m}-httpx-latest", "httpx", "pytest-httpx", path="tests/httpx") for m in (8, 9)
]


def test_series_of_one_package() -> None:
    (draft,) = drafts_of(SERIES).drafts
    assert fields(draft) == {
        "package": "httpx>=0.16.0",
        "requirements": {
            "<0.18.0": ["pytest-httpx==0.10.0"],
            "<0.26": ["anyio<4"],
            ">=0.18.0,<0.25.0": ["pytest-httpx==0.12.0"],
            ">=0.25.0,<0.26": ["pytest-httpx==0.25.0"],
            ">=0.26": ["pytest-httpx"],
        },
        "python": {
            "*": ">=3.6",
            "<0.18.0": "<3.8",
            ">=0.18.0,<0.25.0": "<3.9",
            ">=0.25.0": ">=3.8",
        },
    }
    assert draft.covers == tuple(each.name for each in SERIES)


def test_what_only_a_python_needs_has_a_key_of_it() -> None:
    environments = [
        environment(
            f"py3{minor}-redis{end}",
            f"redis<{end}" if end else "redis",
            "pytest==8" if minor > 8 else "pytest==7",
            path="tests/redis",
        )
        for minor, end in itertools.product((8, 9, 10), (5, 6, ""))
    ]
    (draft,) = drafts_of(environments).drafts
    assert fields(draft) == {
        "package": "redis",
        "requirements": {"python<3.9": ["pytest==7"], "python>=3.9": ["pytest==8"]},
        "python": ">=3.8",
    }
    assert draft.remarks == (
        "No environment says the oldest redis that is supported: give a floor. The oldest tested is "
        "the newest redis<5.",
    )


def test_two_packages_that_vary_together_are_axes() -> None:
    environments = [
        environment(
            f"py312-drf{drf}-dj{django}", f"djangorestframework~={drf}.0", f"django~={django}.0"
        )
        for drf, django in itertools.product(("3.14", "3.15", "3.16"), ("4.2", "5.2"))
    ]
    (draft,) = drafts_of(environments).drafts
    assert fields(draft) == {
        "package": "djangorestframework>=3.14.0,<3.17",
        "axes": ["django>=4.2.0,<5.3"],
        "combine": "all",
        "python": ">=3.12",
    }


def test_not_all_combinations_leave_the_choice_to_the_reader() -> None:
    environments = [
        environment(
            f"py312-one{a}-two{b}", f"one~={a}.0", f"two~={b}.0", *(["old"] if b == 1 else [])
        )
        for a, b in [(1, 1), (1, 2), (2, 2), (3, 2)]
    ]
    (draft,) = drafts_of(environments).drafts
    found = fields(draft)
    assert found["axes"] == ["two>=1.0,<3"] and "combine" not in found
    assert found["requirements"] == {"two<2": ["old"]}
    assert any("4 of 6 combinations" in remark for remark in draft.remarks)


def test_what_else_differs_makes_drafts_of_their_own() -> None:
    environments = [
        environment(f"py312-dj{django}-{db}", f"django~={django}.0", *driver, DB=db, MODE="test")
        for django in ("4.2", "5.2")
        for db, driver in [("sqlite", ()), ("mysql", ("mysqlclient",))]
    ]
    sqlite, mysql = drafts_of(environments).drafts
    assert (sqlite.label, mysql.label) == ("sqlite", "mysql")
    assert fields(mysql) == {
        "package": "django>=4.2.0,<5.3",
        "requirements": {"*": ["mysqlclient"]},
        "python": ">=3.12",
        "extra_env_vars": ["DB=mysql", "MODE=test"],
    }


@pytest.mark.parametrize(
    "environments, package",
    [
        # By the folder of the tests, though another differs as well.
        ([("py312-a1", ["flask<2", "werkzeug<2"]), ("py312-a2", ["flask", "werkzeug"])], "flask"),
        # By what differs, where the tests are called otherwise.
        (
            [("py312-dj42", ["Django~=4.2.0", "x"]), ("py312-dj52", ["Django~=5.2.0", "x"])],
            "django",
        ),
        # Alone in its folder, and of every release.
        ([("py312-kafka_python", ["kafka-python", "pytest"])], "kafka-python"),
        # By a part of its name, where releases have no Python in common.
        ([("py37-beam", ["apache-beam~=2.12.0"]), ("py312-beam", ["apache-beam"])], "apache-beam"),
    ],
)
def test_the_package_of_a_group(
    environments: Sequence[Tuple[str, Sequence[str]]], package: str
) -> None:
    path = "tests/flask" if package == "flask" else "tests/other"
    (draft,) = drafts_of(
        [environment(name, *lines, path=path) for name, lines in environments]
    ).drafts
    assert suite.project_name(draft.package) == package


def test_what_is_no_integration_is_left_out_with_the_reason() -> None:
    lint = Environment("lint", None, ("lint",), ("lint",))
    found = drafts_of([lint, environment("py312-common", "pytest", path="tests")])
    assert found.drafts == ()
    assert [entry.where for entry in found.left_out] == [("lint",), ("py312-common",)]
    assert "nothing that pytest would" in found.left_out[0].why
    assert "no integration" in found.left_out[1].why


def test_an_environment_without_the_package_of_its_tests_is_left_out() -> None:
    forgotten = environment("py312-httpx-v0.27", "pytest-httpx", path="tests/httpx")
    found = drafts_of([*SERIES, forgotten])
    assert len(found.drafts) == 1
    (left,) = found.left_out
    assert left.where == ("py312-httpx-v0.27",) and "install httpx; they do not" in left.why


LINES = ("flask~=1.1.0", "flask~=2.0", "flask>=3,<4", "flask", "flask!=2.5")
OTHERS = (
    "jinja2<3",
    "jinja2",
    "werkzeug<2",
    "werkzeug~=2.2",
    "anyio; python_version<'3.9'",
    "pytest",
)
ENVIRONMENTS = st.lists(
    st.builds(
        lambda number, python, line, others, path, mode: Environment(
            f"env{number}", python, ("flask",), (*line, *others), (path,), mode
        ),
        st.integers(0, 10**6),
        st.sampled_from(["3.8", "3.9", "3.12", None]),
        st.lists(st.sampled_from(LINES), max_size=1),
        st.lists(st.sampled_from(OTHERS), unique=True, max_size=3),
        st.sampled_from(["tests/flask", "tests/x", "tests/jinja2"]),
        st.sampled_from([(), (("MODE", "a"),), (("MODE", "b"),)]),
    ),
    max_size=12,
    unique_by=lambda each: each.name,
)


@given(ENVIRONMENTS)
def test_every_environment_is_in_one_draft_or_left_out(environments: List[Environment]) -> None:
    found = drafts_of(environments)
    left_out = [
        name for entry in found.left_out if entry.what == "environments" for name in entry.where
    ]
    covered = [name for draft in found.drafts for name in draft.covers]
    assert sorted([*covered, *left_out]) == sorted(each.name for each in environments)


@given(ENVIRONMENTS)
def test_a_draft_says_of_each_environment_what_it_installs(environments: List[Environment]) -> None:
    named = {each.name: each for each in environments}
    for draft in drafts_of(environments).drafts:
        found = fields(draft)
        if draft.axes:
            continue
        rules = suite.parse_rules(found.get("requirements", {}))
        pythons = suite.parse_python(found.get("python"))
        project = suite.project_name(draft.package)
        for each in (named[name] for name in draft.covers):
            release = _release(each, project)
            if release is None:
                continue
            assert conditions.release_matches(_specifier(draft.package), release)
            if each.python:
                applied = [
                    line
                    for rule in rules
                    if rule.admits_release(release) and rule.pythons([each.python])
                    for line in rule.requirements
                ]
                limits = [
                    limit for key, limit in pythons if conditions.release_matches(key, release)
                ]
                assert all(conditions.admits_minor(limit, each.python) for limit in limits)
            else:
                applied = [
                    line
                    for rule in rules
                    if rule.admits_release(release)
                    for line in rule.requirements
                ]
            others = [line for line in each.requirements if suite.project_name(line) != project]
            assert sorted(applied) == sorted(others)


RELEASES = ("0.9.0", "1.1.4", "2.4.0", "3.1.0", "4.0.0", "5.0.0")


def _specifier(requirement: str) -> str:
    return str(Requirement(requirement).specifier) or "*"


def _release(each: Environment, project: str) -> "str | None":
    """The newest release that the environment would install."""
    limits = [_specifier(line) for line in each.requirements if suite.project_name(line) == project]
    admitted = [
        r for r in RELEASES if all(conditions.release_matches(limit, r) for limit in limits)
    ]
    return admitted[-1] if admitted else None
