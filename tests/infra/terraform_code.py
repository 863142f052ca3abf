"""A Terraform module as its files say it, and what can be judged without its providers.

`terraform validate` proves more, and needs the providers; what is here needs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hcl2

_OPTIONS = hcl2.SerializationOptions(
    explicit_blocks=False, strip_string_quotes=True, with_comments=False
)
# An expression comes as ${...}, alone or within a text.
_EXPRESSION = re.compile(r"\$\{(.*)\}", re.DOTALL)
_VARIABLE = re.compile(r"(?<![\w.])var\.(\w+)")
_LOCAL = re.compile(r"(?<![\w.])local\.(\w+)")
_OUTPUT = re.compile(r"(?<![\w.])module\.(\w+)(?:\[[^\]]*\])?\.(\w+)")
_RESOURCE = re.compile(r"(?<![\w.])((?:data\.)?aws_\w+\.\w+)")
_EXACT = re.compile(r"\d+\.\d+\.\d+")
_DIGEST = "@sha256:"
# What the name of a secret ends with.
_SECRET = {"password", "token", "secret", "secrets", "url"}

Body = dict[str, Any]


@dataclass
class Module:
    """What one folder declares; bodies by name, resources and data by their address."""

    path: Path
    variables: dict[str, Body] = field(default_factory=dict)
    outputs: dict[str, Body] = field(default_factory=dict)
    calls: dict[str, Body] = field(default_factory=dict)
    resources: dict[str, Body] = field(default_factory=dict)
    locals: dict[str, Any] = field(default_factory=dict)
    settings: list[Body] = field(default_factory=list)
    providers: list[Body] = field(default_factory=list)

    def texts(self) -> Iterator[str]:
        """Every text and expression outside the declarations of variables."""
        kinds = (self.outputs, self.calls, self.resources, self.locals, self.providers)
        for kind in kinds:
            yield from _texts(kind)

    def of_type(self, *types: str) -> Iterator[tuple[str, Body]]:
        """Address and body of the resources of these types."""
        for address, body in self.resources.items():
            if address.rpartition(".")[0] in types:
                yield address, body


def read(folder: Path) -> Module:
    """Reads all `.tf` files of a folder; an error of `hcl2` names what cannot be read."""
    module = Module(folder)
    for path in sorted(folder.glob("*.tf")):
        parsed = hcl2.loads(path.read_text(), serialization_options=_OPTIONS)
        for kind, target in (
            ("variable", module.variables),
            ("output", module.outputs),
            ("module", module.calls),
        ):
            for block in parsed.get(kind, []):
                target.update(block)
        for kind, prefix in (("resource", ""), ("data", "data.")):
            for block in parsed.get(kind, []):
                for type_, named in block.items():
                    module.resources.update(
                        {f"{prefix}{type_}.{name}": body for name, body in named.items()}
                    )
        for block in parsed.get("locals", []):
            module.locals.update(block)
        module.settings += parsed.get("terraform", [])
        module.providers += parsed.get("provider", [])
    return module


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _blocks(body: Body, name: str) -> Iterator[Body]:
    """The blocks of this name, at any depth."""
    for key, value in body.items():
        for block in value if isinstance(value, list) else ():
            if isinstance(block, dict):
                if key == name:
                    yield block
                yield from _blocks(block, name)


def problems(base: Module) -> list[str]:
    """All that is wrong with a module and those that it calls, and these call, a sentence each."""
    return list(_problems(base, "base"))


def _problems(module: Module, name: str) -> Iterator[str]:
    called = {call: read(module.path / body["source"]) for call, body in module.calls.items()}
    yield from _composition(module, called)
    yield from (f"{name}: {problem}" for rule in RULES for problem in rule(module))
    for call, inner in called.items():
        yield from _problems(inner, f"module {call}" if name == "base" else f"{name}.{call}")


def _composition(base: Module, modules: dict[str, Module]) -> Iterator[str]:
    used = {pair for text in base.texts() for pair in _OUTPUT.findall(text)}
    for name, module in modules.items():
        passed = base.calls[name].keys() - {"source", "providers", "depends_on"}
        required = {key for key, body in module.variables.items() if "default" not in body}
        for unknown in sorted(passed - module.variables.keys()):
            yield f"module {name}: {unknown} is no variable of it"
        for missing in sorted(required - passed):
            yield f"module {name}: {missing} is not given"
        for key in sorted(passed & module.variables.keys()):
            given = {
                used for text in _texts(base.calls[name][key]) for used in _VARIABLE.findall(text)
            }
            secret = any(base.variables.get(used, {}).get("ephemeral") for used in given)
            if secret and not module.variables[key].get("ephemeral"):
                yield f"module {name}: {key} is given a secret, and is not ephemeral"
        if _versions(module) != _versions(base):
            yield f"module {name}: its providers are not those of the base: {_versions(module)}"
    for name, output in sorted(used):
        if name not in modules or output not in modules[name].outputs:
            yield f"module.{name}.{output} does not exist"


def repeated(one: Module, other: Module) -> list[str]:
    """What two modules both say, word for word but for their names, and one could say for both."""
    return sorted(
        f"{kind} {name}"
        for kind, first, second in (
            ("variable", one.variables, other.variables),
            ("resource", one.resources, other.resources),
        )
        for name, body in first.items()
        if any(_type(name) == _type(known) and body == second[known] for known in second)
    )


def _type(address: str) -> str:
    """Of a resource; a variable is its own."""
    return address.rpartition(".")[0] or address


def _versions(module: Module) -> dict[str, str]:
    return {
        name: provider["version"]
        for block in module.settings
        for required in block.get("required_providers", [])
        for name, provider in required.items()
    }


def _declared(module: Module) -> Iterator[str]:
    texts = list(module.texts())
    for kind, pattern, declared in (
        ("var", _VARIABLE, module.variables.keys()),
        ("local", _LOCAL, module.locals.keys()),
    ):
        used = {name for text in texts for name in pattern.findall(text)}
        yield from (f"{kind}.{name} is not declared" for name in sorted(used - declared))
        yield from (f"{kind}.{name} is not used" for name in sorted(declared - used))
    referenced = {
        name
        for text in texts
        for expression in _EXPRESSION.findall(text)
        for name in _RESOURCE.findall(expression)
    }
    for name in sorted(referenced - module.resources.keys()):
        yield f"{name} is not declared"


def _described(module: Module) -> Iterator[str]:
    for name, body in module.variables.items():
        for key in ("type", "description"):
            if key not in body:
                yield f"variable {name} has no {key}"
        if name.split("_")[-1] in _SECRET and not (body.get("sensitive") and body.get("ephemeral")):
            yield f"variable {name} is a secret; make it sensitive and ephemeral"
        if _has_image(name, body) and _DIGEST not in str(body.get("validation")):
            yield f"variable {name} admits an image without digest"
    for name, body in module.outputs.items():
        if "description" not in body:
            yield f"output {name} has no description"


def _has_image(name: str, body: Body) -> bool:
    """Whether it is an image, or an object that has one."""
    return name == "image" or re.search(r"\bimage\b", str(body.get("type"))) is not None


def _pinned(module: Module) -> Iterator[str]:
    versions = _versions(module)
    for name, version in versions.items():
        if not _EXACT.fullmatch(version):
            yield f"provider {name} is not pinned: {version}"
    for address in module.resources:
        provider = address.removeprefix("data.").partition("_")[0]
        if provider not in versions:
            yield f"{address}: the provider {provider} is not in required_providers"


def _closed(module: Module) -> Iterator[str]:
    """Only the ports of a load balancer are open to addresses; all else is from group to group."""
    for address, rule in module.of_type("aws_vpc_security_group_ingress_rule"):
        if "referenced_security_group_id" in rule:
            continue
        if "load_balancer" not in rule["security_group_id"]:
            yield f"{address} lets addresses in past the load balancer"
    for address, group in module.of_type("aws_security_group", "aws_default_security_group"):
        if group.keys() & {"ingress", "egress"}:
            yield f"{address} has rules inside; write each as a resource"
    for address, rule in module.of_type(
        "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"
    ):
        if rule["ip_protocol"] != "tcp" or not {"from_port", "to_port"} <= rule.keys():
            yield f"{address} is not about one port of TCP"
    for address, body in module.of_type("aws_ecs_service", "aws_scheduler_schedule"):
        for network in _blocks(body, "network_configuration"):
            if network.get("assign_public_ip") is not False:
                yield f"{address} gets public addresses"


def _stored(module: Module) -> Iterator[str]:
    """Data is encrypted, private and kept; secrets are in no state."""
    expected: dict[str, Body] = {
        "aws_db_instance": {
            "publicly_accessible": False,
            "storage_encrypted": True,
            "deletion_protection": True,
            "skip_final_snapshot": False,
        },
        "aws_efs_file_system": {"encrypted": True},
        "aws_ecr_repository": {"image_tag_mutability": "IMMUTABLE"},
    }
    for type_, values in expected.items():
        for address, body in module.of_type(type_):
            for key, value in values.items():
                if body.get(key) != value:
                    yield f"{address}: {key} is {body.get(key)!r}; expected {value!r}"
    for address, body in module.resources.items():
        for key in body.keys() & {"password", "secret_string", "master_password"}:
            yield f"{address}: {key} would be in the state; use {key}_wo"


def _least(module: Module) -> Iterator[str]:
    """A policy names what may be done, and to what."""
    for address, body in module.of_type("data.aws_iam_policy_document"):
        for statement in body["statement"]:
            actions, resources = statement["actions"], statement.get("resources", [])
            if any("*" in action for action in actions):
                yield f"{address} allows {', '.join(actions)}; name each action"
            if "*" in resources and actions != ["ecr:GetAuthorizationToken"]:
                yield f"{address} allows {', '.join(actions)} on everything"
    for address, _ in module.of_type("aws_iam_user", "aws_iam_access_key"):
        yield f"{address}: a key that lasts; use a role"


RULES = (_declared, _described, _pinned, _closed, _stored, _least)
