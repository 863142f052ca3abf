"""Who published a pin, as an index on loopback attests it; what does not hold is told as that."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

import pytest

from matrix_updates import cli
from matrix_updates.prepare import attestations
from matrix_updates.prepare.attestations import Attested
from matrix_updates.prepare.index_facts import Index, open_index
from matrix_updates.prepare.suite_step import succeeding
from matrix_updates.proposal.model import Facts
from updates_loopback import Server, serve
from updates_world import World, suite_files

pytest_plugins = ["updates_fixtures"]

Command = Callable[..., Tuple[int, str, str]]
JSON = "application/vnd.pypi.simple.v1+json"
WHEEL = "helper-{0}-py3-none-any.whl"
DIGEST = "ab" * 32


def provenance(repository: str) -> Dict[str, Any]:
    """Of the shape of PEP 740, and signed by nobody."""
    text = base64.b64encode(b"nothing").decode()
    attestation = {
        "version": 1,
        "verification_material": {"certificate": text, "transparency_entries": [{"index": 1}]},
        "envelope": {"statement": text, "signature": text},
    }
    publisher = {"kind": "GitHub", "repository": repository, "workflow": "publish.yml"}
    bundle = {"publisher": publisher, "attestations": [attestation]}
    return {"version": 1, "attestation_bundles": [bundle]}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """An index that has helper: 1.0 and 1.1 by one publisher, 1.2 by another, 1.3 by who knows."""
    with serve() as server:
        files = []
        for version in ("1.0", "1.1", "1.2", "1.3"):
            place = f"{server.url}/integrity/{version}" if version != "1.3" else None
            files.append(
                {
                    "filename": WHEEL.format(version),
                    "url": f"/files/{WHEEL.format(version)}",
                    "hashes": {"sha256": DIGEST},
                    "upload-time": "2026-11-20T10:30:00Z",
                    "provenance": place,
                }
            )
            owner = "thief/helper" if version == "1.2" else "owner/helper"
            server.json(f"/integrity/{version}", provenance(owner))
        page = {"meta": {"api-version": "1.3"}, "name": "helper", "files": files}
        server.answers["/simple/helper/"] = (200, JSON, json.dumps(page).encode())
        monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple/")
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        yield server


@pytest.fixture
def index(server: Server) -> Index:
    return open_index()


def test_a_file_without_any_is_told(index: Index) -> None:
    facts = index.facts("helper", "1.3")
    assert (facts.attested, facts.publisher, index.problems()) == ("none", "", ())


@pytest.mark.parametrize(
    ("before", "now", "was_by"),
    [
        (("holds", "a"), ("holds", "a"), ""),
        (("holds", "a"), ("holds", "b"), "a"),
        (("holds", "a"), ("none", ""), "a"),
        (("holds", "a"), ("unasked", ""), ""),
        (("none", ""), ("holds", "b"), ""),
        (("fails", "why"), ("holds", "b"), ""),
    ],
)
def test_a_change_of_publisher(before: Tuple[Any, str], now: Tuple[Any, str], was_by: str) -> None:
    facts = [Facts(attested=state, publisher=name) for state, name in (now, before)]
    assert succeeding(*facts).was_by == was_by


if sys.version_info < (3, 10):

    def test_without_the_library_it_says_that_nobody_looked(index: Index) -> None:
        assert index.facts("helper", "1.1").attested == "unasked"
        assert index.problems() == (attestations.ABSENT,)

else:
    import pypi_attestations

    @pytest.fixture
    def signed(monkeypatch: pytest.MonkeyPatch) -> None:
        """As if Sigstore had signed every file here: only the digest is looked at."""

        def verify(self: Any, publisher: Any, distribution: Any, **_: Any) -> Tuple[str, None]:
            if distribution.digest != DIGEST:
                raise pypi_attestations.VerificationError("another digest")
            return pypi_attestations.AttestationType.PYPI_PUBLISH_V1.value, None

        monkeypatch.setattr(pypi_attestations.Attestation, "verify", verify)

    def test_what_nobody_signed_does_not_hold(index: Index) -> None:
        """By the library itself, which is not online for it."""
        facts = index.facts("helper", "1.1")
        assert facts.attested == "fails" and facts.publisher.startswith("ConversionError: ")

    @pytest.mark.parametrize(
        "answer", [b"", b"{}", b"[" * 10_000, b'{"version": 2}', b'{"attestation_bundles": []}']
    )
    def test_what_cannot_be_read_does_not_hold(index: Index, server: Server, answer: bytes) -> None:
        server.answers["/integrity/1.1"] = (200, "application/json", answer)
        assert index.facts("helper", "1.1").attested == "fails"

    def test_what_the_index_does_not_give_is_a_note(index: Index, server: Server) -> None:
        del server.answers["/integrity/1.1"]
        assert index.facts("helper", "1.1").attested == "unasked"
        (problem,) = index.problems()
        assert problem.startswith(f"{WHEEL.format('1.1')}: its attestations are not there")

    @pytest.mark.usefixtures("signed")
    @pytest.mark.parametrize(
        ("digest", "state"), [(DIGEST, "holds"), ("cd" * 32, "fails"), (None, "unasked")]
    )
    def test_it_is_of_the_file_that_the_index_lists(digest: Optional[str], state: str) -> None:
        content = json.dumps(provenance("owner/helper")).encode()
        found = attestations.read(content, WHEEL.format("1.1"), digest)
        assert found.state == state
        if state == "holds":
            assert found == Attested("holds", "GitHub owner/helper, workflow publish.yml")

    def test_one_of_how_it_was_built_names_no_publisher(monkeypatch: pytest.MonkeyPatch) -> None:
        kind = "https://slsa.dev/provenance/v1"
        verify = lambda *_, **__: (kind, None)  # noqa: E731
        monkeypatch.setattr(pypi_attestations.Attestation, "verify", verify)
        content = json.dumps(provenance("owner/helper")).encode()
        found = attestations.read(content, WHEEL.format("1.1"), DIGEST)
        assert found == Attested("fails", why=f"it attests {kind}")

    @pytest.mark.usefixtures("signed", "server")
    @pytest.mark.parametrize(
        ("version", "told"),
        [
            ("1.1", "published by `GitHub owner/helper, workflow publish.yml`)"),
            (
                "1.2",
                "published by `GitHub thief/helper, workflow publish.yml`, **publisher changed**, "
                "was `GitHub owner/helper, workflow publish.yml`)",
            ),
            (
                "1.3",
                "no attestation, **publisher changed**, was "
                "`GitHub owner/helper, workflow publish.yml`)",
            ),
        ],
    )
    def test_a_request_tells_it(
        world: World,
        run: Command,
        publish: Command,
        monkeypatch: pytest.MonkeyPatch,
        version: str,
        told: str,
    ) -> None:
        monkeypatch.setattr(cli, "open_index", open_index)
        world.says("alpha", files=suite_files("alpha", {"1.0": {"helper": version}}))
        code, _, err = run(
            "prepare", "--output", world.output, "--advisories=off", "--only", "alpha"
        )
        assert code == 0, err
        publish()
        (line,) = [
            line
            for line in world.requests()["alpha"]["body"].splitlines()
            if line.startswith("- `helper` `1.0` →")
        ]
        assert line.endswith(told)
