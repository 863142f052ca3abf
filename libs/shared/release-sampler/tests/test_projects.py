"""What programs that hold pins ask of the index: files, status, links, attestations."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from release_sampler import SamplerError, Status
from release_sampler.index.http import Http
from release_sampler.index.pip_config import IndexConfig
from release_sampler.index.projects import ProjectIndex
from sampler_index import FakeIndex, Reply, serve

WHEEL, SDIST = "thing-1.0-py3-none-any.whl", "thing-0.9.tar.gz"


@pytest.fixture
def index() -> Iterator[FakeIndex]:
    with serve() as index:
        yield index


def projects(index: FakeIndex) -> ProjectIndex:
    config = IndexConfig((index.simple,), timeout=600)
    return ProjectIndex(config, Http(config, backoff=0))


def listed(**more: object) -> dict[str, object]:
    return {"filename": WHEEL, "url": "x.whl", "hashes": {"sha256": "ab"}, **more}


def test_files_are_found_however_a_version_is_spelled(index: FakeIndex) -> None:
    index.page("thing", {WHEEL: {}, SDIST: {"yanked": "broken"}})
    found = projects(index).project("thing")
    assert [file.filename for file in found.files_of("1.0.0")] == [WHEEL]
    assert [file.yanked for file in found.files_of("0.9")] == ["broken"]
    assert found.files_of("2") == () and not found.is_quarantined


def test_what_no_index_knows_has_no_files(index: FakeIndex) -> None:
    found = projects(index).project("thing")
    assert (found.files, found.status) == ((), Status())


def test_a_project_in_quarantine(index: FakeIndex) -> None:
    index.json_page("thing", [], **{"project-status": {"status": "quarantined"}})
    assert projects(index).project("thing").is_quarantined


def test_an_index_that_fails_is_an_error_that_names_the_project(index: FakeIndex) -> None:
    index.replies["/simple/thing/"] = Reply(b"%PDF", headers={"Content-Type": "application/pdf"})
    with pytest.raises(SamplerError, match="^thing: "):
        projects(index).project("thing")


def test_links_come_from_json_else_from_metadata(index: FakeIndex) -> None:
    index.page("thing", {WHEEL: {}})
    metadata = "Metadata-Version: 2.1\nProject-URL: Changes, https://example.org/log\n\n"
    index.replies[f"/files/{WHEEL}.metadata"] = Reply(metadata.encode())
    assert projects(index).project("thing").urls == {"Changes": "https://example.org/log"}
    info = {"info": {"project_urls": {"Home": "https://example.org", "Odd": 3}}}
    index.replies["/pypi/thing/json"] = Reply(json.dumps(info).encode())
    assert projects(index).project("thing").urls == {"Home": "https://example.org"}


@pytest.mark.parametrize("told", [None, "", "file:///etc/passwd", "javascript:1", "http://[", 3])
def test_attestations_are_on_the_network_or_nowhere(index: FakeIndex, told: object) -> None:
    index.json_page("thing", [listed(provenance=told)])
    found = projects(index)
    (file,) = found.project("thing").files
    assert found.provenance(file) is None
    assert file.unattested == (told is None)


def test_attestations_are_given_as_they_are(index: FakeIndex) -> None:
    index.json_page("thing", [listed(provenance=f"{index.url}/provenance")])
    asked = projects(index)
    (file,) = asked.project("thing").files
    assert file.sha256 == "ab"
    with pytest.raises(SamplerError, match="^thing-1.0-py3-none-any.whl: its attestations are not"):
        asked.provenance(file)
    index.replies["/provenance"] = Reply(b"{}")
    assert asked.provenance(file) == b"{}"


def test_an_index_that_knows_of_none_says_nothing(index: FakeIndex) -> None:
    index.json_page("thing", [listed()])
    (file,) = projects(index).project("thing").files
    assert (file.provenance, file.unattested) == (None, False)


def test_html_names_them_too(index: FakeIndex) -> None:
    index.page("thing", {WHEEL: {"provenance": "/provenance"}})
    (file,) = projects(index).project("thing").files
    assert file.provenance == f"{index.url}/provenance"
