from __future__ import annotations

import pytest

from dependency_policy.policy import Policy

POLICY = Policy(home="3rdparty/python", published="libs/shared")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
HASH = f"sha256={'0' * 64}"
HOST = "https://host.example/owner/project"


@pytest.mark.parametrize(
    "path",
    [
        "requirements.txt",
        "requirements-dev.txt",
        "services/users/requirements.txt",
        "services/users/dev-requirements.txt",
        "libs/shared/trace-baton/constraints.txt",
        "services/users/requirements/base.txt",
        "services/users/reqs.txt",
        "services/users/reqs-dev.txt",
        "services/users/Pipfile",
        "services/users/pixi.toml",
        "pylock.dev.toml",
    ],
)
def test_requirements_elsewhere(path: str) -> None:
    (violation,) = POLICY.misplaced_files([path, "README.md"])
    assert violation.startswith(f"{path}: requirements are said in 3rdparty/python/*.in only")


@pytest.mark.parametrize(
    "path",
    [
        "3rdparty/python/service.in",
        "3rdparty/python/tools/pytest.in",
        "libs/shared/release-sampler/src/release_sampler/requirements.py",
        "libs/shared/trace-baton/tests/integrations/httpx/matrix/0.28.1.lock",
        "libs/shared/trace-baton/MANIFEST.in",
        "docs/built.txt",
        "services/users/requests.txt",
    ],
)
def test_files_that_may_be_where_they_are(path: str) -> None:
    assert POLICY.misplaced_files([path]) == ()


def test_a_lock_of_a_resolve_may_be_anywhere_and_in_any_format() -> None:
    policy = Policy("3rdparty/python", "libs/shared", frozenset({"uv.lock", "locks/pylock.toml"}))
    assert policy.misplaced_files(["locks/pylock.toml"]) == ()
    assert not policy.may_name_requirements("uv.lock")
    assert policy.may_name_requirements("services/users/uv.lock")


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("services/users/service.in", "# Ours.\n\nrich>=13  # Colours.\n", "rich>=13"),
        ("services/users/service.in", "-r base.in\nrich\n", "-r base.in"),
        ("service.in", "git+https://host.example/a.git@main\n", "git+https://host.example"),
        ("setup.py", "setup(name='x', install_requires=['rich'])\n", "install_requires"),
        ("setup.cfg", "[options]\ninstall_requires =\n  rich\n", "install_requires"),
        ("uv.lock", "version = 1\n\n[[package]]\nname = 'rich'\n", "[[package]]"),
        ("environment.yml", "name: x\ndependencies:\n  - rich\n", "dependencies"),
        ("environment-dev.yaml", "dependencies: [rich]\n", "dependencies"),
        ("pyproject.toml", "[project]\ndependencies = ['rich']\n", "project.dependencies"),
        ("pyproject.toml", "project.dependencies = [\n  'rich',\n]\n", "project.dependencies"),
        (
            "libs/x/pyproject.toml",
            "[project.optional-dependencies] # More.\ndev = ['rich']\n",
            "project.optional-dependencies.dev",
        ),
        ("pyproject.toml", "[dependency-groups]\ndev = ['rich']\n", "dependency-groups.dev"),
        ("pyproject.toml", "[build-system]\nrequires = ['hatchling']\n", "build-system.requires"),
        (
            "pyproject.toml",
            '[tool.poetry.group."dev".dependencies]\nrich = "*"\n',
            "tool.poetry.group.dev.dependencies.rich",
        ),
        ("pyproject.toml", "[tool.uv]\ndev-dependencies = ['rich']\n", "tool.uv.dev-dependencies"),
    ],
)
def test_requirements_inside_other_files(path: str, text: str, found: str) -> None:
    assert POLICY.may_name_requirements(path)
    violation = POLICY.misplaced_requirements(path, text)
    assert violation is not None
    assert violation.startswith(f"{path}: requirements are said in 3rdparty/python/*.in only")
    assert f"`{found}" in violation


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Makefile.in", "CC = @CC@\nall: main\n\t$(CC) main.c\n"),
        ("docs/index.html.in", "<html>\n<body>@VERSION@</body>\n</html>\n"),
        ("config.h.in", "# Nothing yet.\n"),
        ("libs/x/MANIFEST.in", "include README.md\n"),
        ("setup.cfg", "[flake8]\nmax-line-length = 100\n"),
        ("tools/locks/uv.lock", "uv==0.9 \\\n    --hash=sha256:aa\n"),
        ("environment.yml", "name: production\nregion: north\n"),
        ("pyproject.toml", "[tool.black]\nline-length = 100\n"),
        (
            "pyproject.toml",
            "[project]\ndynamic = ['dependencies']\ndependencies = []\n"
            "[build-system]\nrequires = [ ]\n",
        ),
    ],
)
def test_other_files_of_the_same_names(path: str, text: str) -> None:
    assert POLICY.may_name_requirements(path)
    assert POLICY.misplaced_requirements(path, text) is None


@pytest.mark.parametrize("path", ["3rdparty/python/service.in", "README.md", "deployment.yml"])
def test_files_that_need_not_be_read(path: str) -> None:
    assert not POLICY.may_name_requirements(path)


def test_targets() -> None:
    assert POLICY.misplaced_target("3rdparty/python:testing", "3rdparty/python") is None
    assert POLICY.misplaced_target("3rdparty/python/tools:x", "3rdparty/python/tools") is None
    violation = POLICY.misplaced_target("services/users:httpx", "services/users")
    assert violation is not None and violation.startswith("services/users:httpx: ")


def test_nothing_published_requires_a_url() -> None:
    fork = f"httpx @ {HOST}/archive/{COMMIT}.zip#{HASH}"
    violation = POLICY.published_url("libs/shared/trace-baton:dist", fork)
    assert violation is not None and violation.startswith("libs/shared/trace-baton:dist: ")
    assert POLICY.published_url("libs/shared/trace-baton:dist", "httpx>=0.16") is None
