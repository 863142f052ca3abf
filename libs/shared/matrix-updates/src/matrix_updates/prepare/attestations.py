"""Who published a file, by its attestations (PEP 740), read and verified by pypi-attestations.

Needs the extra `attestations`, and Python 3.10 for it. It is verified with Sigstore's keys as that
library brings them, against the digest that the index has of the file: nothing else is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final, Iterator, Literal, Mapping, Optional, Tuple
from urllib.parse import urlsplit

from matrix_updates.text import one_line

ABSENT: Final = (
    "pypi-attestations is not installed, so nobody looked who published the releases: "
    'pip install "matrix-updates[attestations]" on Python 3.10 or later'
)


@dataclass(frozen=True)
class Attested:
    """Whether a file's attestations hold, and of which publisher; or `why` they do not.

    `repository` is where the publisher's workflow is, `github.com/owner/name`; empty where it has none.
    """

    state: Literal["holds", "fails", "unasked"]
    publisher: str = ""
    why: str = ""
    repository: str = ""


_HOSTS: Final[Mapping[str, str]] = {"GitHub": "github.com", "GitLab": "gitlab.com"}


def can_read() -> bool:
    """Whether the library is here that reads them."""
    return find_spec("pypi_attestations") is not None


def read(content: bytes, filename: str, sha256: Optional[str]) -> Attested:
    """What the attestations of a file are worth; never raises for what an index answers."""
    try:
        import pypi_attestations
    except ImportError:
        return Attested("unasked", why=ABSENT)
    if sha256 is None:
        return Attested("unasked", why=f"the index has no digest of {one_line(filename)}")
    try:
        distribution = pypi_attestations.Distribution(name=filename, digest=sha256)
        provenance = pypi_attestations.Provenance.model_validate_json(content)
    except (ValueError, RecursionError) as error:
        return Attested("fails", why=f"they cannot be read: {one_line(str(error), 200)}")
    refused: Tuple[str, ...] = ()
    for attestation, publisher in _each(provenance):
        published = pypi_attestations.AttestationType.PYPI_PUBLISH_V1.value
        why = _refusal(attestation, publisher, distribution, published)
        if why is None:
            return Attested("holds", _named(publisher), repository=_repository(publisher))
        refused = (*refused, why)
    return Attested("fails", why=refused[0] if refused else "there are none in them")


def _each(provenance: Any) -> Iterator[Tuple[Any, Any]]:
    for bundle in provenance.attestation_bundles[:10]:
        for attestation in bundle.attestations[:10]:
            yield attestation, bundle.publisher


def _refusal(attestation: Any, publisher: Any, distribution: Any, wanted: str) -> Optional[str]:
    """Why an attestation does not hold; None if it does.

    Others than the `wanted` kind tell how it was built: only that one, who published it.
    """
    try:
        kind, _ = attestation.verify(publisher, distribution, offline=True)
    except Exception as error:  # Of several libraries below it, for whatever an index may answer.
        return one_line(f"{type(error).__name__}: {error}", 200)
    return None if kind == wanted else f"it attests {one_line(str(kind), 100)}"


def _named(publisher: Any) -> str:
    """A publisher in words, the same for the same: its repository, and the workflow there.

    What is in it varies by kind; the environment of a workflow is left out, as no certificate has it.
    """
    where = getattr(publisher, "repository", None) or getattr(publisher, "email", None)
    where = where or getattr(publisher, "vcs_origin", None) or getattr(publisher, "project_id", "")
    workflow = getattr(publisher, "workflow", None) or getattr(publisher, "workflow_filepath", "")
    told = f"{publisher.kind} {where}{f', workflow {workflow}' if workflow else ''}"
    return one_line(told, 300)


def _repository(publisher: Any) -> str:
    host = _HOSTS.get(str(publisher.kind))
    name = getattr(publisher, "repository", None)
    return one_line(f"{host}/{name}".lower(), 300) if host and name else ""


def is_named(repository: str, urls: Mapping[str, Any]) -> bool:
    """Whether a project's links (label -> URL) lead to a repository, or to something within it.

    >>> is_named("github.com/owner/name", {"Source": "https://www.github.com/Owner/Name.git"})
    True
    >>> is_named("github.com/owner/name", {"Changes": "https://github.com/owner/name-fork/releases"})
    False
    """
    return bool(repository) and any(
        f"{place}/".startswith(f"{repository}/") for place in map(_place, urls.values())
    )


def _place(url: Any) -> str:
    try:
        parts = urlsplit(str(url)[:2_000])
    except ValueError:
        return ""
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}{parts.path}".lower().rstrip("/").removesuffix(".git")
