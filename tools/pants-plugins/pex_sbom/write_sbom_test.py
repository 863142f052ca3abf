"""What a PEX ships, as its document says it: in PEXes of three made-up distributions."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any, Mapping

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from pex_sbom.write_sbom import document

WEB = """\
Metadata-Version: 2.4
Name: Web.Kit
Version: 2.0
Summary: Serves
Home-Page: https://web.example/
License-Expression: MIT OR Apache-2.0
Requires-Dist: url-parts>=1
Requires-Dist: sessions; extra == "sessions"
Requires-Dist: winloop; sys_platform == "win32"
Requires-Dist: absent
"""
PARTS = "Metadata-Version: 2.1\nName: url_parts\nVersion: 1.5\nLicense: BSD-3-Clause\n"
SESSIONS = (
    "Metadata-Version: 2.1\nName: sessions\nVersion: 3\nLicense: Whoever\n    reads\n    this\n"
    "Classifier: License :: OSI Approved :: MIT License\nClassifier: License :: Public Domain\n"
)
WHEELS = {
    "web_kit-2.0-py3-none-any.whl": WEB,
    "url_parts-1.5-py3-none-any.whl": PARTS,
    "sessions-3-py3-none-any.whl": SESSIONS,
}


def written(folder: Path, wheels: Mapping[str, str], requirements: list[str]) -> Path:
    """A PEX that holds these wheels: file name -> metadata."""
    folder.mkdir(exist_ok=True)
    file = folder / "app.pex"
    with zipfile.ZipFile(file, "w") as pex:
        for wheel, metadata in wheels.items():
            name, version, *_ = wheel.split("-")
            place = f".deps/{wheel}"
            pex.writestr(zipfile.ZipInfo(f"{place}/{name}-{version}.dist-info/METADATA"), metadata)
            # Vendored, as setuptools does: no distribution of the PEX.
            pex.writestr(
                zipfile.ZipInfo(f"{place}/{name}/_vendor/six-1.dist-info/METADATA"), "Name: six\n"
            )
        info = {"distributions": dict.fromkeys(wheels, "0"), "requirements": requirements}
        pex.writestr(zipfile.ZipInfo("PEX-INFO"), json.dumps(info))
    return file


def read(pex: Path) -> Any:
    text = document(pex)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    return json.loads(text)


def dependencies(document: Any) -> dict[str, list[str]]:
    return {each["ref"]: each.get("dependsOn", []) for each in document["dependencies"]}


def test_every_distribution_is_a_component(tmp_path: Path) -> None:
    found = read(written(tmp_path, WHEELS, ["web-kit[sessions]"]))
    assert found["metadata"]["component"]["name"] == "app"
    assert [
        (each["name"], each["version"], each["purl"], each["licenses"])
        for each in found["components"]
    ] == [
        (
            "sessions",
            "3",
            "pkg:pypi/sessions@3",
            [{"license": {"name": "MIT License"}}, {"license": {"name": "Public Domain"}}],
        ),
        ("url-parts", "1.5", "pkg:pypi/url-parts@1.5", [{"license": {"id": "BSD-3-Clause"}}]),
        ("web-kit", "2.0", "pkg:pypi/web-kit@2.0", [{"expression": "MIT OR Apache-2.0"}]),
    ]


@pytest.mark.parametrize(
    ("requirement", "of_web"),
    [
        ("web-kit", ["pkg:pypi/url-parts@1.5"]),
        ("Web_Kit[sessions]>=2", ["pkg:pypi/sessions@3", "pkg:pypi/url-parts@1.5"]),
    ],
)
def test_who_needs_whom_is_what_the_extras_ask_for(
    tmp_path: Path, requirement: str, of_web: list[str]
) -> None:
    found = dependencies(read(written(tmp_path, WHEELS, [requirement])))
    assert found["app"] == ["pkg:pypi/web-kit@2.0"]
    assert found["pkg:pypi/web-kit@2.0"] == of_web


def test_the_same_pex_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (written(tmp_path / name, WHEELS, ["web-kit"]) for name in ("a", "b"))
    assert document(first) == document(second)
    other = written(tmp_path / "c", WHEELS, ["web-kit[sessions]"])
    assert (
        json.loads(document(other))["serialNumber"] != json.loads(document(first))["serialNumber"]
    )
