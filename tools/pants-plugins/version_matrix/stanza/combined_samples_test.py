"""`samples.json` of a suite with axes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from version_matrix.stanza import samples_file
from version_matrix.stanza.samples_file import (
    Refused,
    Sample,
    SamplesFile,
    UnreadableSamples,
    Unresolvable,
)

DIGEST = samples_file.digest("a lock")
COMMAND = "./pants generate-matrix a:matrix"
SAMPLING: dict[str, Any] = {
    "format": 2,
    "as_of": "2026-11-01T00:00:00Z",
    "samples": [{"version": "3.16.0", "tier": "latest", "pythons": ["3.8"]}],
    "axes": {"django": {"samples": [{"version": "5.2.1", "tier": "lowest", "pythons": ["3.8"]}]}},
    "combinations": [
        {
            "releases": {"djangorestframework": "3.16.0", "django": "5.2.1"},
            "role": "all newest",
            "pythons": ["3.8", "3.9", "3.12"],
            "trials": ["3.12"],
        }
    ],
    "refusals": [
        {"releases": {"django": "5", "djangorestframework": "3"}, "python": "3.8", "reason": "why"}
    ],
}
SAMPLE = Sample(
    "3.16.0@django=5.2.1",
    "latest",
    ("3.8", "3.9", "3.12"),
    lock=DIGEST,
    own_locks=(("3.8", DIGEST),),
    unresolvable=(Unresolvable("3.9", "no wheel", DIGEST),),
    trials=("3.12",),
    role="all newest",
)
REFUSED = Refused((("django", "5"), ("djangorestframework", "3")), "3.8", "why", DIGEST)
WRITTEN = SamplesFile((SAMPLE,), SAMPLING, "", (("django", DIGEST),), (REFUSED,))


def document(**changed: Any) -> str:
    return json.dumps({**json.loads(WRITTEN.render(COMMAND)), **changed})


def test_what_is_written_is_read_again() -> None:
    text = WRITTEN.render(COMMAND)
    assert samples_file.parse(text) == WRITTEN
    assert samples_file.parse(text).render(COMMAND) == text


def test_a_plugin_that_knows_no_axes_is_told_that_the_file_is_newer() -> None:
    assert json.loads(document())["format"] == 3


def test_only_what_the_sampler_wrote_goes_back_to_it() -> None:
    found = samples_file.parse(document()).sampling
    assert found == SAMPLING


def test_a_combination_names_the_locks_of_its_pythons() -> None:
    assert list(SAMPLE.locks) == ["3.16.0@django=5.2.1.lock", "3.16.0@django=5.2.1-py3.8.lock"]
    assert SAMPLE.why == "all newest"


@pytest.mark.parametrize(
    "name, lock, snapshot",
    [
        ("3.16.0@django=5.2.1.lock", True, False),
        ("3.16.0@django=5.2.1-py3.8.lock", True, False),
        ("3.16.0@django=5.2.1,redis=1!5-pypy3.11.lock", True, False),
        ("3.16.0@django.lock", False, False),
        ("3.16.0@.lock", False, False),
        ("lowest@django=5.lock", False, False),
        ("releases.jsonl", False, True),
        ("pydantic-core.releases.jsonl", False, True),
        ("Django.releases.jsonl", False, False),
        (".releases.jsonl", False, False),
        ("my notes.releases.jsonl", False, False),
    ],
)
def test_names_of_generated_files(name: str, lock: bool, snapshot: bool) -> None:
    assert samples_file.is_lock_name(name) is lock
    assert samples_file.is_snapshot_name(name) is snapshot


def combination(**changed: Any) -> str:
    (entry,) = json.loads(document())["combinations"]
    return document(combinations=[{**entry, **changed}])


@pytest.mark.parametrize(
    "text, culprit",
    [
        (combination(releases={}), "not enough values to unpack"),
        (combination(releases={"a": "1"}), "is no combination of releases"),
        (combination(releases={"a": "3.16.0", "../b": "1"}), "is no combination of releases"),
        (combination(releases={"a": "1", "b": "1"}), "is no combination of samples"),
        (combination(role=None), "role is None"),
        (combination(lock=None), "lock is None"),
        (combination(pythons=["x"]), "'x'"),
        (document(refusals=[{"releases": {"a": "1"}, "reason": "why"}]), "inputs"),
        (document(axis_snapshots={"django": 3}), "django is 3"),
        (document(combinations=None), "not iterable"),
    ],
)
def test_whatever_else_is_unreadable_and_says_why(text: str, culprit: str) -> None:
    with pytest.raises(UnreadableSamples) as raised:
        samples_file.parse(text)
    assert culprit in str(raised.value)
