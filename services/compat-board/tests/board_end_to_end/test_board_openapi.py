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
    for found in realistic_history(BROKEN_SINCE + 2):
        assert board.send(found).status_code < 300
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
