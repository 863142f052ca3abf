"""The board keeps to the document that describes it, whatever it is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from board_history import BROKEN_SINCE, realistic_history
from board_testing.inside import AUTHORIZED, Board
from example_runs import NOON
from matrix_results import identity
from matrix_updates.canary.song import Song
from matrix_updates.proposal.documents import encode
from matrix_updates.publish.merged import MergedRequest, MergedRequests

REPORTS = realistic_history(BROKEN_SINCE + 2)
CELL = {"name": "celery", "version": "5.6.0", "python": "3.13"}
# All of the API, and where there is something to read, if it is for reading.
OPERATIONS: dict[tuple[str, str], dict[str, str] | None] = {
    ("GET", "/api/v1/canary"): {},
    ("GET", "/api/v1/merged"): {},
    ("GET", "/api/v1/packages"): {},
    ("GET", "/api/v1/packages/{name}"): {"name": "celery"},
    ("GET", "/api/v1/packages/{name}/{version}/{python}"): CELL,
    ("GET", "/api/v1/runs"): {},
    ("GET", "/api/v1/runs/{identity}"): {"identity": identity(REPORTS[0])},
    ("POST", "/api/v1/canaries"): None,
    ("POST", "/api/v1/merged"): None,
    ("POST", "/api/v1/runs"): None,
}
EXCLUDED = [
    # A report of a newer version has fields that this board does not know, and takes no notice of.
    negative_data_rejection,
    # A report contradicts itself in ways that no schema forbids, by naming a cell twice.
    positive_data_acceptance,
]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The document of a board that has something to tell of."""
    board = Board(Path(tmp_path_factory.mktemp("board")))
    for found in REPORTS:
        assert board.send(found).status_code < 300
    song = encode(Song(made_at=NOON, base="c" * 40))
    assert board.ask("POST", "/api/v1/canaries", content=song, headers=AUTHORIZED).is_success
    merged = MergedRequest(
        url="https://forge.example/pull/7", title="Test a 2", commit="c" * 40, merged_at=NOON
    )
    content = encode(MergedRequests(requests=(merged,)))
    assert board.ask("POST", "/api/v1/merged", content=content, headers=AUTHORIZED).is_success
    return schemathesis.openapi.from_asgi("/openapi.json", board.application)


schema = schemathesis.pytest.from_fixture("document")


@schema.parametrize()
@settings(
    deadline=None,
    derandomize=True,
    max_examples=15,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_it_answers_as_its_document_says(case: Any) -> None:
    case.call_and_validate(headers=AUTHORIZED, excluded_checks=EXCLUDED)


def test_every_operation_is_described_and_asked(document: Any) -> None:
    described = [found.ok() for found in document.get_all_operations()]
    assert {(each.method.upper(), each.path) for each in described} == set(OPERATIONS)


@pytest.mark.parametrize(
    ("path", "parameters"),
    [(path, told) for (_, path), told in OPERATIONS.items() if told is not None],
)
def test_what_is_there_is_answered_as_described(
    document: Any, path: str, parameters: dict[str, str]
) -> None:
    """By chance it is never asked for."""
    case = document[path]["GET"].Case(path_parameters=parameters)
    assert case.call_and_validate(headers=AUTHORIZED).status_code == 200
