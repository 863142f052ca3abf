"""Write what a PEX ships as a CycloneDX document: `write_sbom.py PEX OUTPUT`.

Runs in a process of its own, with cyclonedx-python-lib from its lock. The same PEX gives the same bytes:
no time of the day, and a serial number that is made of the PEX's own hash.
Source: https://cyclonedx.org/specification/overview/, PEX-INFO as pex 2 writes it.
"""

from __future__ import annotations

import hashlib
import json
import sys
import uuid
import zipfile
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from typing import Iterable, Mapping

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_NAMESPACE = uuid.UUID("2a9d1f0a-1f3c-5d0e-8a53-4f8e1fd0c8b6")
_LONGEST_LICENSE_FIELD = 60
"""Characters; older packages put the whole text into the field."""


@dataclass(frozen=True)
class Distribution:
    """One installed distribution of a PEX: its metadata, of the core metadata specification."""

    metadata: Message

    @property
    def name(self) -> str:
        return canonicalize_name(str(self.metadata["Name"]))

    @property
    def version(self) -> str:
        return str(self.metadata["Version"])

    def needs(self, extras: Iterable[str]) -> tuple[Requirement, ...]:
        """Its requirements that hold on this Python with these extras."""
        found = map(Requirement, map(str, self.metadata.get_all("Requires-Dist", ())))
        environments = [{"extra": extra} for extra in ("", *extras)]
        return tuple(
            each
            for each in found
            if each.marker is None or any(map(each.marker.evaluate, environments))
        )


def read_pex(pex: zipfile.ZipFile) -> tuple[tuple[Requirement, ...], tuple[Distribution, ...]]:
    """Return what a PEX was asked to hold, and what it holds, by name.

    Raises KeyError if it is no PEX, or holds a distribution without metadata.
    """
    info = json.loads(pex.read("PEX-INFO"))
    metadata = {
        name.split("/")[1]: HeaderParser().parsestr(pex.read(name).decode())
        for name in pex.namelist()
        if name.startswith(".deps/") and name.endswith(".dist-info/METADATA")
        # A distribution may carry others, vendored.
        and name.count("/") == 3
    }
    distributions = [Distribution(metadata[wheel]) for wheel in info["distributions"]]
    return (
        tuple(map(Requirement, sorted(info["requirements"]))),
        tuple(sorted(distributions, key=lambda each: each.name)),
    )


def edges(
    asked: Iterable[Requirement], held: Iterable[Distribution]
) -> Mapping[str, frozenset[str]]:
    """Who needs whom: name -> names, of what is held; "" stands for the PEX itself."""
    by_name = {each.name: each for each in held}
    found: dict[str, set[str]] = {"": set(), **{name: set() for name in by_name}}
    seen: set[tuple[str, str]] = set()
    waiting = [("", each) for each in asked]
    while waiting:
        source, requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name not in by_name:
            continue
        found[source].add(name)
        for extra in ("", *requirement.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                needed = by_name[name].needs([extra] if extra else [])
                waiting += [(name, each) for each in needed]
    return {name: frozenset(names) for name, names in found.items()}


def licenses(metadata: Message) -> Iterable[License]:
    """What the metadata says of its licence: the expression, else the field, else the classifiers."""
    factory = LicenseFactory()
    expression = metadata["License-Expression"]
    field = str(metadata["License"] or "").strip()
    if expression:
        return [factory.make_from_string(str(expression))]
    if field and "\n" not in field and len(field) <= _LONGEST_LICENSE_FIELD:
        return [factory.make_from_string(field)]
    classifiers = map(str, metadata.get_all("Classifier", ()))
    names = (each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License ::"))
    # More than one expression would not be valid, and of names there may be many.
    return [factory.make_with_name(name) for name in sorted(set(names))]


def component(distribution: Distribution) -> Component:
    """One distribution as a component of the document."""
    home = str(distribution.metadata["Home-Page"] or "")
    website = ExternalReference(type=ExternalReferenceType.WEBSITE, url=XsUri(home))
    return Component(
        type=ComponentType.LIBRARY,
        name=distribution.name,
        version=distribution.version,
        description=str(distribution.metadata["Summary"] or "") or None,
        purl=PackageURL("pypi", name=distribution.name, version=distribution.version),
        licenses=licenses(distribution.metadata),
        external_references=[website] if home.startswith("https:") else [],
        bom_ref=f"pkg:pypi/{distribution.name}@{distribution.version}",
    )


def document(file: Path) -> str:
    """Return the CycloneDX document of a PEX, as JSON. Raises as `read_pex`."""
    with zipfile.ZipFile(file) as pex:
        asked, held = read_pex(pex)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    root = Component(
        type=ComponentType.APPLICATION,
        name=file.stem,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        bom_ref=file.stem,
    )
    components = {each.name: component(each) for each in held}
    bom = Bom(components=components.values(), serial_number=uuid.uuid5(_NAMESPACE, digest))
    bom.metadata.component = root
    for source, names in edges(asked, held).items():
        needed = [components[name] for name in sorted(names)]
        bom.register_dependency(components[source] if source else root, needed)
    made = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)
    # The library puts the time of the day there.
    fields = json.loads(made)
    del fields["metadata"]["timestamp"]
    return json.dumps(fields, indent=2, sort_keys=True) + "\n"


def main(pex: str, output: str) -> None:
    Path(output).write_text(document(Path(pex)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
