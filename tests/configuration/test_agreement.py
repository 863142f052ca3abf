"""What is said in two places is said alike, and what CI runs is what people are told to run."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest


def config(name: str = "pants.toml") -> dict[str, Any]:
    return tomllib.loads(Path(name).read_text())


def pinned(lock: str, name: str) -> str:
    match = re.search(rf"^{re.escape(name)}==(\S+)", Path(lock).read_text(), re.MULTILINE)
    assert match, f"{lock} does not pin {name}"
    return match.group(1)


def required(name: str) -> set[str]:
    """What the input of a tool's lock requires, the reasons aside."""
    lines = Path(f"3rdparty/python/tools/{name}").read_text().splitlines()
    return {said for line in lines if (said := line.partition("#")[0].strip())}


def test_the_bootstrap_installs_the_pants_that_is_configured() -> None:
    assert pinned("tools/bootstrap/pants.lock", "pantsbuild-pants") == (
        config()["GLOBAL"]["pants_version"]
    )


def test_plugins_are_tested_with_what_pants_runs_on() -> None:
    """Above all with the pyparsing that keeps every command quiet."""
    pants = required("pants.in")
    assert "pyparsing<3.3" in pants
    assert pants <= required("pants-plugins.in")


def test_the_bootstrap_builds_the_pex_cli_that_pants_expects() -> None:
    section = config()["pex-cli"]
    digest, path = Path("tools/bootstrap/pex.sha256").read_text().split()
    assert section["version"] == f"v{pinned('tools/bootstrap/pex.lock', 'pex')}"
    assert section["url_template"] == f"buildroot:{path}"
    for known in section["known_versions"]:
        version, _, sha256, size = known.split("|")
        assert (version, sha256) == (section["version"], digest)
        assert int(size) > 0


@pytest.mark.parametrize("lock", ["pants.lock", "pex.lock"])
def test_every_pin_of_the_bootstrap_has_a_hash(lock: str) -> None:
    text = (Path("tools/bootstrap") / lock).read_text()
    for block in re.split(r"\n(?=[a-z])", text):
        if not block.startswith("#"):
            assert "--hash=sha256:" in block, block
    assert "://" not in text, "a lock names no index"


def test_ci_runs_the_test_command_of_the_readme() -> None:
    command = "./pants test ::"
    assert command in Path("README.md").read_text().splitlines()
    steps = re.findall(r"^step (.+)$", Path(".ci/run").read_text(), re.MULTILINE)
    assert steps == [
        "tools/bootstrap/system-packages",
        "tools/bootstrap/pythons",
        command,
        "./pants lint :: check ::",
        "./pants generate-matrix --check ::",
        ".ci/actionlint",
        "./pants matrix-report ::",
        "./pants run tools/cmd/support_table.py -- --check",
        "./pants run tools/cmd/images.py -- check",
        ".ci/commands",
    ]


def test_ci_runs_every_goal_of_the_readme() -> None:
    told = re.findall(r"`\./pants ([^`]+)`", Path("README.md").read_text())
    run = re.findall(
        r"^(?:step \./|)pants (.+)$",
        Path(".ci/run").read_text() + Path(".ci/commands").read_text(),
        re.MULTILINE,
    )
    assert len(told) > 20
    missing = goals(told) - goals(run)
    assert not missing, "run them in .ci/commands"


def goals(commands: list[str]) -> set[str]:
    words = (command.partition(" -- ")[0].split() for command in commands)
    return {word for said in words for word in said if re.fullmatch(r"[a-z][a-z-]+", word)}


def test_workflows_pin_their_actions_and_ask_for_little() -> None:
    workflows = [path.read_text() for path in Path(".github/workflows").glob("*.yml")]
    assert workflows
    for text in workflows:
        uses = re.findall(r"uses: *(.+)", text)
        assert uses
        for action in uses:
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v[\d.]+", action), action
        assert re.search(
            r"^permissions:(?:\n  contents: read| \{\})\n", text, re.MULTILINE
        ), "what a workflow may do besides is said at its jobs"
    assert ".ci/run" in Path(".github/workflows/ci.yml").read_text()


def owners(path: str) -> list[str]:
    """The owners of a file by CODEOWNERS, whose last matching line counts."""
    found: list[str] = []
    for line in Path(".github/CODEOWNERS").read_text().splitlines():
        pattern, *names = line.split() or ["#"]
        if pattern != "#" and not pattern.startswith("#") and matches(pattern, path):
            found = names
    return found


def matches(pattern: str, path: str) -> bool:
    if pattern == "*":
        return True
    if pattern.startswith("*."):
        return path.endswith(pattern[1:])
    assert pattern.startswith("/"), f"{pattern} would match in any folder"
    regex = re.escape(pattern[1:]).replace(r"\*\*/", "(?:.+/)?").replace(r"\*", "[^/]*")
    return re.fullmatch(f"{regex}.*" if pattern.endswith("/") else regex, path) is not None


@pytest.mark.parametrize(
    "path, team",
    [
        *((lock, "dependencies") for lock in config()["python"]["resolves"].values()),
        ("tools/bootstrap/pex.sha256", "dependencies"),
        ("tools/bootstrap/ensure", "build"),
        ("tools/new-place/new.lock", "dependencies"),
        ("libs/shared/trace-baton/tests/integrations/httpx/matrix/0.28.1.lock", "dependencies"),
        ("libs/shared/trace-baton/tests/integrations/httpx/BUILD", "maintainers"),
        ("infra/images.lock", "dependencies"),
        ("infra/.terraform.lock.hcl", "dependencies"),
        ("infra/network.tf", "build"),
        ("services/compat-board/infra/database.tf", "build"),
        ("libs/internal/service-infra/roles.tf", "build"),
        ("services/compat-board/Dockerfile", "maintainers"),
        ("tools/pants-plugins/import_rules/zones.py", "build"),
        ("pants.toml", "build"),
        ("README.md", "maintainers"),
    ],
)
def test_owners(path: str, team: str) -> None:
    assert owners(path) == [f"@OWNER/{team}"]
