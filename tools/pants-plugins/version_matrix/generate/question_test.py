"""What release-sampler is asked of a suite."""

from __future__ import annotations

import json

from version_matrix.generate.requests import SamplingRequest
from version_matrix.generate.sampler import question
from version_matrix.stanza.samples_file import Refused
from version_matrix.stanza.suite import Suite

REFUSED = (
    Refused((("django", "5"), ("drf", "1")), "3.8", "why", "sha256:0"),
    Refused((("django", "5"), ("drf", "1")), None, "why", "sha256:0"),
)


def asked(suite: Suite, *refused: Refused) -> dict[str, object]:
    request = SamplingRequest(
        suite, "offline", "2026-11-21T00:00:00Z", False, None, None, refused=refused
    )
    found = question(request, {"samples": 5}, "corners")
    assert isinstance(found, dict)
    return found


def test_of_one_package_it_is_what_it_was_before_there_were_axes() -> None:
    assert json.dumps(asked(Suite("a:m", "a/m", "httpx"))) == (
        '{"suite": {"package": "httpx", "python": {}, "samples": null, "sdists": []}, '
        '"policy": {"samples": 5}, "mode": "offline", "as_of": "2026-11-21T00:00:00Z", '
        '"upgrade": false, "format": 2}'
    )


def test_of_several_also_the_policy_for_combinations_and_what_was_refused() -> None:
    found = asked(Suite("a:m", "a/m", "drf", axes=("django",), combine="pairs"), *REFUSED)
    assert found["policy"] == {"samples": 5, "combine": "corners"}
    suite = found["suite"]
    assert isinstance(suite, dict) and (suite["axes"], suite["combine"]) == (["django"], "pairs")
    releases = {"django": "5", "drf": "1"}
    # The sampler knows nothing of the digests.
    assert found["refusals"] == [
        {"releases": releases, "python": "3.8", "reason": "why"},
        {"releases": releases, "reason": "why"},
    ]
