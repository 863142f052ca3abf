"""What Terraform itself says of the files: layout, the rules of variables, and, with providers, all."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

BASE = Path("infra")
SHARED = Path("libs/internal/service-infra")
BOARD = Path("services/compat-board/infra")
WATCHER = Path("services/release-watcher/infra")
MODULES = (SHARED, BOARD, WATCHER)
# What Terraform says, in several ways, when it cannot get providers.
UNREACHABLE = ("Failed to query available provider packages", "Failed to install provider")
# How it reaches what it needs.
PASSED = ("HTTPS_PROXY", "NO_PROXY", "PATH", "SSL_CERT_FILE", "TF_CLI_CONFIG_FILE")


@functools.cache
def program() -> str:
    """Terraform, if the machine has one that is new enough: the project must not need it."""
    found = shutil.which("terraform")
    if found is None:
        pytest.skip("no terraform on PATH. It comes from https://developer.hashicorp.com/terraform")
    told = subprocess.run([found, "version", "-json"], capture_output=True, check=True)
    version = json.loads(told.stdout)["terraform_version"]
    if tuple(map(int, version.partition("-")[0].split("."))) < (1, 11):
        pytest.skip(f"terraform {version} is on PATH, and the modules are for 1.11 or newer")
    return found


def terraform(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs Terraform in a folder, with these values of its variables."""
    return subprocess.run(
        [program(), f"-chdir={folder}", *arguments],
        env={
            **{name: os.environ[name] for name in PASSED if name in os.environ},
            **{f"TF_VAR_{name}": value for name, value in variables.items()},
            "CHECKPOINT_DISABLE": "1",
            "HOME": str(folder.resolve()),
            "TF_IN_AUTOMATION": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_files_are_laid_out_by_terraform_fmt() -> None:
    for folder in (BASE, *MODULES):
        result = terraform(folder, "fmt", "-check", "-diff", "-recursive", "-no-color")
        assert (result.returncode, result.stdout) == (0, ""), "To fix, run `terraform fmt`"


# What whoever runs services gives each of them.
SERVICE: dict[str, Any] = {
    "name": "board",
    "vpc_id": "vpc-1",
    "private_subnet_ids": ["subnet-3", "subnet-4"],
    "cluster_arn": "arn:aws:ecs:eu-central-1:1:cluster/c",
    "repository_arn": "arn:aws:ecr:eu-central-1:1:repository/r",
    "image": "example/board@sha256:" + "a" * 64,
    "secrets_version": 1,
}
# What each module takes, as whoever calls it gives it.
VALUES: dict[Path, dict[str, Any]] = {
    SHARED: {
        "service": SERVICE,
        "environment": {"BOARD_PORT": "8080"},
        "secret_names": ["BOARD_TOKEN"],
        "secrets": {"BOARD_TOKEN": "t" * 32},
    },
    BOARD: {
        "service": SERVICE,
        "public_subnet_ids": ["subnet-1", "subnet-2"],
        "certificate_arn": "arn:aws:acm:eu-central-1:1:certificate/c",
        "address": "https://board.example",
        "clients": ["198.51.100.0/24"],
        "database_password": "correct-horse-battery",
        "token": "t" * 32,
    },
    WATCHER: {
        "service": SERVICE,
        "packages": ["httpx>=0.16"],
        "slack_webhook_url": "https://hooks.example/T1",
        "alarm_topic_arns": ["arn:aws:sns:eu-central-1:1:ops"],
    },
}
REFUSED: dict[Path, list[tuple[dict[str, Any], str]]] = {
    SHARED: [
        ({"service": {**SERVICE, "name": "Board"}}, "a letter first"),
        ({"service": {**SERVICE, "image": "example/board:1"}}, "an image with its digest"),
        ({"service": {**SERVICE, "image": "board@sha256:abc"}}, "an image with its digest"),
        ({"service": {**SERVICE, "private_subnet_ids": []}}, "one private subnet at least"),
        ({"service": {"name": "board"}}, '"cluster_arn"'),
        ({"secret_names": []}, "one name at least"),
        ({"secret_names": ["BOARD_TOKEN", "BOARD_DATABASE"]}, "a secret for each of secret_names"),
        ({"secrets": {}}, "a secret for each of secret_names"),
    ],
    BOARD: [
        ({"service": {**SERVICE, "private_subnet_ids": ["subnet-3"]}}, "subnets in two zones"),
        ({"public_subnet_ids": ["subnet-1"]}, "subnets in two zones"),
        ({"certificate_arn": "board.example"}, "the ARN of an ACM certificate"),
        ({"address": "board.example"}, "Expected https://HOST"),
        ({"address": "https://board.example/"}, "Expected https://HOST"),
        ({"clients": []}, "one at least"),
        ({"clients": ["everybody"]}, "Expected networks"),
        ({"database_password": "has a/slash-and-spaces"}, "without / @"),
        ({"database_password": "short"}, "16 to 128"),
        ({"token": "short"}, "32 characters at least"),
        ({"cpu": 300}, "256, 512, 1024"),
        ({"cpu": 1024, "memory": 1024}, "2 to 8 times"),
        ({"database_storage": 5}, "20 at least"),
        ({"replicas": 0}, "1 at least"),
    ],
    WATCHER: [
        ({"packages": []}, "one at least"),
        ({"packages": [">=1"]}, "packages such as"),
        ({"slack_webhook_url": "http://hooks.example/T1"}, "begins with https://"),
        ({"trigger_webhook_url": "http://ci.example"}, "Expected nothing, or a URL"),
        ({"alarm_topic_arns": ["ops@example.com"]}, "ARNs of SNS topics"),
    ],
}


@pytest.fixture(params=MODULES, ids=str)
def variables_only(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    """A module, and another of its variables alone: that needs no provider."""
    shutil.copy(request.param / "variables.tf", tmp_path)
    initialised = terraform(tmp_path, "init", "-backend=false", "-input=false", "-no-color")
    assert initialised.returncode == 0, initialised.stderr
    return request.param, tmp_path


def plan(folder: Path, values: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    encoded = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
    }
    return terraform(
        folder, "plan", "-input=false", "-no-color", "-lock=false", "-compact-warnings", **encoded
    )


def test_variables_refuse_what_cannot_work(variables_only: tuple[Path, Path]) -> None:
    module, folder = variables_only
    accepted = plan(folder, VALUES[module])
    assert accepted.returncode == 0, accepted.stderr
    for change, message in REFUSED[module]:
        refused = plan(folder, {**VALUES[module], **change})
        # Terraform wraps its lines.
        said = " ".join(refused.stderr.replace("│", " ").split())
        assert refused.returncode == 1 and message in said, (change, refused.stderr)


def test_each_module_finds_those_that_it_calls(tmp_path: Path) -> None:
    """Those beside them in the repository, and none in the base: there is no base here."""
    for folder in MODULES:
        shutil.copytree(folder, tmp_path / folder, ignore=shutil.ignore_patterns(".terraform"))
    for folder in MODULES:
        result = terraform(tmp_path / folder, "get", "-no-color")
        assert result.returncode == 0, (folder, result.stderr)


def test_terraform_validates_the_base(tmp_path: Path) -> None:
    for folder in (BASE, *MODULES):
        shutil.copytree(folder, tmp_path / folder, ignore=shutil.ignore_patterns(".terraform"))
    base = tmp_path / BASE
    initialised = terraform(base, "init", "-backend=false", "-input=false", "-no-color")
    if any(sign in initialised.stderr for sign in UNREACHABLE):
        pytest.skip("the registry of Terraform providers cannot be reached")
    assert initialised.returncode == 0, initialised.stderr
    result = terraform(base, "validate", "-no-color")
    assert result.returncode == 0, result.stderr
