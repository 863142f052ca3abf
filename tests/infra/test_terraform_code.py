"""The base and its modules fit together, and hold to the rules; each rule is seen to find its fault."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from infra.terraform_code import problems, read, repeated

BASE = Path("infra")
MODULES = tuple(sorted(Path("services").glob("*/infra")))
SHARED = Path("libs/internal/service-infra")
WATCHER = Path("services/release-watcher")
_SERVICE = re.compile(r"(?:local|var)\.service\.(\w+)")


def test_the_base_and_its_modules_hold_to_the_rules() -> None:
    assert problems(read(BASE)) == []


def test_the_base_calls_the_module_of_every_service() -> None:
    called = {(BASE / call["source"]).resolve() for call in read(BASE).calls.values()}
    assert called == {module.resolve() for module in MODULES}
    assert len(MODULES) == 2


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.parent.name)
def test_a_module_is_complete_without_the_base(module: Path) -> None:
    assert problems(read(module)) == []
    called = {(module / call["source"]).resolve() for call in read(module).calls.values()}
    assert called == {SHARED.resolve()}


def test_what_services_have_in_common_is_said_once() -> None:
    """In the module that they share, which is in no need of them either."""
    for one, other in itertools.permutations((*MODULES, SHARED), 2):
        assert repeated(read(one), read(other)) == [], (one, other)
    assert read(SHARED).calls == {}


def test_a_service_is_given_what_it_asks_for() -> None:
    """The fields of an object, which Terraform itself checks only when it has its providers."""
    asked = read(SHARED).variables["service"]["type"]
    fields = re.findall(r"(\w+) = (optional)?", asked)
    required = {name for name, optional in fields if not optional}
    base = read(BASE)
    place = base.locals["place"]
    for name, call in base.calls.items():
        given = re.findall(r"(\w+) = ", call["service"])
        assert "local.place" in call["service"]
        assert sorted((*place, *given)) == sorted(required), name
    for module in MODULES:
        used = {used for text in read(module).texts() for used in _SERVICE.findall(text)}
        assert used and used <= {name for name, _ in fields}, module


def test_the_example_of_the_readme_is_a_call_of_the_module(tmp_path: Path) -> None:
    (example,) = re.findall(r"```hcl\n(.*?)```", (SHARED / "README.md").read_text(), re.DOTALL)
    (tmp_path / "main.tf").write_text(example)
    call = read(tmp_path).calls["service"]
    shared = read(SHARED)
    assert call.keys() - {"source"} == shared.variables.keys()
    assert (MODULES[0] / call["source"]).resolve() == SHARED.resolve()
    for output in re.findall(r"module\.service\.(\w+)", example):
        assert output in shared.outputs


def test_a_module_names_the_secrets_that_its_container_gets() -> None:
    for module in MODULES:
        call = read(module).calls["service"]
        assert sorted(call["secret_names"]) == sorted(call["secrets"]), module


def test_the_alarms_read_lines_that_the_watcher_writes() -> None:
    watching = (WATCHER / "infra/watch.tf").read_text()
    sources = "".join(path.read_text() for path in (WATCHER / "src").rglob("*.py"))
    events = re.findall(r'\$\.event = \\"([^"*]+)\*?\\"', watching)
    assert len(events) == 5
    for event in events:
        assert re.search(rf'_log\.\w+\(\s*"{event}', sources), event
    assert re.search(r"^\s+failures=failures,$", sources, re.M)


def test_what_is_scheduled_is_a_command_of_the_watcher() -> None:
    watching = (WATCHER / "infra/watch.tf").read_text()
    (command,) = re.findall(r"command = (\[.*?\])", watching)
    cli = (WATCHER / "src/release_watcher/cli.py").read_text()
    for word in re.findall(r'"([^"]+)"', command):
        assert f'"{word}"' in cli


GOOD_BASE = """\
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "6.25.0" }
  }
}
variable "image" {
  type        = string
  description = "The image."
  validation {
    condition = can(regex("@sha256:", var.image))
  }
}
module "web" {
  source = "../services/web/infra"
  port   = 80
  labels = var.image
}
output "name" {
  description = "The name."
  value       = module.web.name
}
"""
GOOD_MODULE = """\
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "6.25.0" }
  }
}
variable "port" {
  type        = number
  description = "The port."
}
variable "labels" {
  type        = string
  description = "Labels."
  default     = ""
}
locals {
  port = var.port
}
resource "aws_security_group" "web" {
  name = "web-${var.labels}"
}
resource "aws_vpc_security_group_ingress_rule" "web" {
  security_group_id            = aws_security_group.web.id
  referenced_security_group_id = aws_security_group.web.id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}
resource "aws_scheduler_schedule" "web" {
  target {
    ecs_parameters {
      network_configuration {
        assign_public_ip = false
      }
    }
  }
}
resource "aws_db_instance" "web" {
  publicly_accessible = false
  storage_encrypted   = true
  deletion_protection = true
  skip_final_snapshot = false
  password_wo         = "x"
}
data "aws_iam_policy_document" "web" {
  statement {
    actions   = ["s3:GetObject"]
    resources = [aws_db_instance.web.arn]
  }
}
output "name" {
  description = "The name."
  value       = "web"
}
"""


def test_what_two_modules_repeat_is_found(tmp_path: Path) -> None:
    for name, text in (("one", GOOD_MODULE), ("other", GOOD_MODULE.replace("web", "api"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text)
    told = repeated(read(tmp_path / "one"), read(tmp_path / "other"))
    assert {"variable port", "variable labels", "resource aws_scheduler_schedule.web"} <= set(told)


def found(folder: Path, base: str, module: str) -> list[str]:
    for path, text in (("infra", base), ("services/web/infra", module)):
        (folder / path).mkdir(parents=True)
        (folder / path / "main.tf").write_text(text)
    return problems(read(folder / "infra"))


def test_nothing_is_wrong_with_the_example(tmp_path: Path) -> None:
    assert found(tmp_path, GOOD_BASE, GOOD_MODULE) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  port   = 80\n", "", "module web: port is not given"),
        ("  port   = 80\n", "  port = 80\n  size = 1\n", "module web: size is no variable of it"),
        (
            '  description = "The image."',
            '  description = ""\n  ephemeral = true',
            "given a secret",
        ),
        ("module.web.name", "module.web.arn", "module.web.arn does not exist"),
        ("module.web.name", "module.api.name", "module.api.name does not exist"),
        ("labels = var.image", "labels = var.img", "var.img is not declared"),
        ("labels = var.image", "labels = 1", "var.image is not used"),
        ("@sha256:", "@", "variable image admits an image without digest"),
        ('"6.25.0"', '"~> 6.0"', "provider aws is not pinned: ~> 6.0"),
        ('"6.25.0"', '"6.26.0"', "its providers are not those of the base"),
    ],
)
def test_a_fault_of_the_base_is_found(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD_BASE
    assert message in "\n".join(found(tmp_path, GOOD_BASE.replace(old, new), GOOD_MODULE))


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ("", "module lib: size is no variable of it"),
        ('variable "size" {}', "module web.lib: variable size has no type"),
        ('variable "size" {}\nvariable "port" {}', "module lib: port is not given"),
    ],
)
def test_a_fault_of_what_a_module_calls_is_found(tmp_path: Path, inner: str, message: str) -> None:
    (tmp_path / "libs/web").mkdir(parents=True)
    (tmp_path / "libs/web/main.tf").write_text(inner)
    call = 'module "lib" {\n  source = "../../../libs/web"\n  size = 1\n}\n'
    assert message in "\n".join(found(tmp_path, GOOD_BASE, GOOD_MODULE + call))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  referenced_security_group_id = aws_security_group.web.id\n", "", "lets addresses in"),
        ('"tcp"', '"-1"', "is not about one port of TCP"),
        ('name = "web-', 'ingress = []\n  name = "web-', "has rules inside"),
        ("aws_security_group.web.id", "aws_security_group.api.id", "aws_security_group.api is not"),
        ("= local.port", "= local.ports", "local.ports is not declared"),
        ("assign_public_ip = false", "", "aws_scheduler_schedule.web gets public addresses"),
        ("publicly_accessible = false", "", "publicly_accessible is None; expected False"),
        ("storage_encrypted   = true", "storage_encrypted = false", "storage_encrypted is False"),
        ("password_wo ", "password ", "password would be in the state"),
        ('["s3:GetObject"]', '["s3:*"]', "name each action"),
        ("[aws_db_instance.web.arn]", '["*"]', "allows s3:GetObject on everything"),
        ('variable "port"', 'variable "token"', "variable token is a secret"),
        ('  description = "The port."\n', "", "variable port has no description"),
        ('resource "aws_db_instance"', 'resource "random_id"', "provider random is not in"),
    ],
)
def test_a_fault_of_a_module_is_found(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD_MODULE
    assert message in "\n".join(found(tmp_path, GOOD_BASE, GOOD_MODULE.replace(old, new)))
