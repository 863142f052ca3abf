"""What is started comes from infra/images.lock, and is started with little power."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import images

DOCKERFILES = tuple(sorted(Path("services").glob("*/Dockerfile")))
COMPOSE: dict[str, Any] = yaml.safe_load(Path("compose.yaml").read_text())


def test_every_image_is_in_the_lock(capsys: pytest.CaptureFixture[str]) -> None:
    """An image that nobody has pinned yet is reported, and is no error: see images.py."""
    assert images.main(["check"]) == 0, capsys.readouterr().err
    assert len(DOCKERFILES) == 2


@pytest.fixture(params=DOCKERFILES, ids=lambda path: path.parent.name)
def last_stage(request: pytest.FixtureRequest) -> dict[str, str]:
    """The instructions of the image that is shipped; of one that is there twice, the last."""
    text = request.param.read_text().replace("\\\n", " ")
    shipped = re.split(r"^FROM .*$", text, flags=re.MULTILINE)[-1]
    lines = (line for line in shipped.splitlines() if line and not line.startswith("#"))
    return dict(line.split(maxsplit=1) for line in lines)


def test_a_service_is_not_root_and_tells_how_it_is(last_stage: dict[str, str]) -> None:
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", last_stage["USER"])
    assert "/healthz" in last_stage["HEALTHCHECK"]
    assert json.loads(last_stage["ENTRYPOINT"]) == ["/app/pex"]
    assert last_stage["STOPSIGNAL"] == "SIGTERM"
    assert not last_stage.keys() & {"ADD", "ARG"}


def test_the_health_check_is_a_program(last_stage: dict[str, str]) -> None:
    python, isolated, option, program = json.loads(last_stage["HEALTHCHECK"].partition("CMD ")[2])
    assert (python, isolated, option) == ("python", "-I", "-c")
    compile(program, "HEALTHCHECK", "exec")


def test_an_image_listens_where_prometheus_asks_its_service() -> None:
    """At the service's default: a variable of the image is what Kubernetes would overwrite."""
    jobs = yaml.safe_load(Path("infra/prometheus.yaml").read_text())["scrape_configs"]
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in jobs}
    for path in DOCKERFILES:
        text, (target,) = path.read_text(), targets[path.parent.name]
        port = target.rpartition(":")[2]
        assert f"\nEXPOSE {port}\n" in text
        assert re.findall(r"_PORT\W+(\w+)", text) == [port]


def test_the_images_are_built_alike() -> None:
    """Docker has no way to write it once, and who mends one of them is to think of the other."""
    built = set()
    for path in DOCKERFILES:
        name = path.parent.name
        text = (
            path.read_text().replace(name, "NAME").replace(name.replace("-", "_").upper(), "NAME")
        )
        text = re.sub(r"\b80\d\d\b", "PORT", text)
        built.add(re.sub(r"^CMD .*|NAME_DATABASE=\S+", "", text, flags=re.MULTILINE))
    assert len(built) == 1


def test_compose_runs_third_parties_on_loopback() -> None:
    for name, service in COMPOSE["services"].items():
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert service["ports"], name
        for port in service["ports"]:
            assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port), name
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or Path(source).is_file(), name


def test_docker_compose_reads_the_file_with_the_lock() -> None:
    command = ["docker", "compose", "--env-file", "infra/images.lock", "config", "--format=json"]
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode != 0
    ):
        pytest.skip("no docker with its compose plugin on PATH; the project must not need one")
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["services"].keys() == COMPOSE["services"].keys()
