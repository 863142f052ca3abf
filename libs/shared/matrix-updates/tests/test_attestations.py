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
        # Where its project says that it lives.
        link = b"Metadata-Version: 2.1\nProject-URL: Source, https://GitHub.com/owner/helper.git\n"
        server.answers[f"/files/{WHEEL.format('1.3')}.metadata"] = (200, "text/plain", link)
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


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://github.com/owner/helper", True),
        ("http://www.GITHUB.com/Owner/Helper.git", True),
        ("https://github.com/owner/helper/releases", True),
        ("https://github.com/owner/helper-fork", False),
        ("https://github.com/owner", False),
        ("https://github.com.example/owner/helper", False),
        ("https://example/github.com/owner/helper", False),
        ("https://[", False),
        (None, False),
    ],
)
def test_whether_a_project_links_to_its_publisher(url: Any, named: bool) -> None:
    assert attestations.is_named("github.com/owner/helper", {"Source": url}) is named
    assert not attestations.is_named("", {"Source": url})


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

    def test_without_the_library_it_says_that_nobody_looked(index: Index, server: Server) -> None:
        assert index.facts("helper", "1.1").attested == "unasked"
        assert index.problems() == (attestations.ABSENT,)
        assert not [path for path in server.asked if path.startswith("/integrity/")]

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
            told = "GitHub owner/helper, workflow publish.yml"
            assert found == Attested("holds", told, repository="github.com/owner/helper")

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
            (
                "1.1",
                "published by its repository's workflow, `GitHub owner/helper, workflow publish.yml`)",
            ),
            (
                "1.2",
                "published by `GitHub thief/helper, workflow publish.yml`, which its project does not "
                "link to, **publisher changed**, was `GitHub owner/helper, workflow publish.yml`)",
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

    @pytest.mark.usefixtures("signed", "server")
    def test_the_summary_tells_it_of_every_pin_that_is_held(
        world: World, run: Command, publish: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of those of a request there, of all in what `prepare` writes and says."""
        monkeypatch.setattr(cli, "open_index", open_index)
        pins = {"1.0": {"helper": "1.1"}, "1.1": {"helper": "1.2"}, "1.2": {"helper": "1.3"}}
        world.says("alpha", files=suite_files("alpha", pins))
        told = "--advisories=off", "--only", "alpha", "--only", "beta"
        _, out, err = run("prepare", "--output", world.output, *told)
        assert out.splitlines()[1:-1] == [
            "1 pin published by a repository that its project does not link to: helper 1.2 by GitHub "
            "thief/helper, workflow publish.yml",
            "1 pin with no attestation",
            "2 pins published by their repository's workflow",
            "4 pins of which nobody looked who published them",
        ], err
        listed = json.loads((world.output / "prepared.json").read_text())["published"]
        assert {f"{each['project']} {each['version']}": each["attested"] for each in listed} == {
            "alpha 1.0": "unasked",
            "alpha 1.1": "unasked",
            "alpha 1.2": "unasked",
            # Of a suite that nothing changes.
            "beta 1.0": "unasked",
            "helper 1.0": "holds",
            "helper 1.1": "holds",
            "helper 1.2": "holds",
            "helper 1.3": "none",
        }
        publish()
        body = world.requests()["alpha"]["body"]
        section = body.partition("### Publishers of all pins\n\n")[2].partition("\n\n")[0]
        assert section.splitlines() == [
            "- **1 pin published by a repository that its project does not link to**: `helper 1.2` "
            "(`GitHub thief/helper, workflow publish.yml`)",
            "- 1 pin with no attestation: `helper 1.3`",
            "- 1 pin published by its repository's workflow: `helper 1.1`",
            "- 3 pins of which nobody looked who published them: `alpha 1.0`, `alpha 1.1`, `alpha 1.2`",
        ]
