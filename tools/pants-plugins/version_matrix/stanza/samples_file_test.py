from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from version_matrix.stanza import samples_file
from version_matrix.stanza.plain_text import plain
from version_matrix.stanza.samples_file import (
    Sample,
    SamplesFile,
    UnreadableSamples,
    Unresolvable,
)

COMMAND = "./pants generate-matrix a:matrix"
DIGEST = samples_file.digest("a lock")

ENTRY = {"version": "1.0", "tier": "latest", "pythons": ["3.8", "3.12"], "lock": DIGEST}


def document(**changed: Any) -> str:
    return json.dumps({"as_of": "2026-11-01", "samples": [ENTRY], "snapshot": "", **changed})


def sample(**changed: Any) -> str:
    return document(samples=[{**ENTRY, **changed}])


def without(key: str) -> str:
    return document(samples=[{name: value for name, value in ENTRY.items() if name != key}])


versions = st.one_of(
    st.sampled_from(["1!2.0", "1.0rc1", "1.0.post1", "1.0+local.1", "1.2.3.4", "lowest"]),
    st.lists(st.integers(0, 9999), min_size=1, max_size=5).map(lambda p: ".".join(map(str, p))),
)
pythons = st.lists(st.integers(0, 99).map("3.{}".format), min_size=1, max_size=4, unique=True)
samples = st.lists(
    st.builds(
        Sample,
        version=versions,
        tier=st.sampled_from(["lowest", "major", "between", "latest", "prerelease"]),
        pythons=pythons.map(tuple),
        lock=st.text().map(samples_file.digest),
    ),
    unique_by=lambda sample: sample.version,
    max_size=5,
)
# What a terminal would obey is refused.
plain_texts = st.text().map(plain)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(samples, st.dictionaries(plain_texts, plain_texts), plain_texts)
def test_what_is_written_is_read_again(
    chosen: list[Sample], verdicts: dict[str, str], snapshot: str
) -> None:
    sampling = {
        "format": samples_file.FORMAT,
        "as_of": "2026-11-01T00:00:00Z",
        "samples": [
            {"version": s.version, "tier": s.tier, "pythons": list(s.pythons)} for s in chosen
        ],
        "verdicts": verdicts,
    }
    written = SamplesFile(tuple(chosen), sampling, snapshot)
    text = written.render(COMMAND)
    assert samples_file.parse(text) == written
    assert samples_file.parse(text).render(COMMAND) == text


def test_the_file_tells_how_it_is_made_and_ends_with_a_newline() -> None:
    sampling = {"as_of": "2026-11-01", "samples": [{"version": "1.0"}], "verdicts": {}}
    text = SamplesFile((Sample("1.0", "latest", ("3.12",), DIGEST),), sampling).render(COMMAND)
    assert text == (
        "{\n"
        '  "GENERATED": "by `./pants generate-matrix a:matrix`, which also solves a merge conflict.'
        ' DO NOT EDIT.",\n'
        '  "format": 2,\n'
        '  "as_of": "2026-11-01",\n'
        '  "samples": [\n'
        "    {\n"
        '      "version": "1.0",\n'
        f'      "lock": "{DIGEST}"\n'
        "    }\n"
        "  ],\n"
        '  "verdicts": {},\n'
        '  "snapshot": ""\n'
        "}\n"
    )


HARD = Sample(
    "1!2.0",
    "lowest",
    ("3.6", "3.8", "3.12"),
    lock=DIGEST,
    own_locks=(("3.8", DIGEST),),
    unresolvable=(Unresolvable("3.6", "no wheel", DIGEST, "Because\nit has none."),),
)


def test_a_sample_names_the_locks_of_its_pythons() -> None:
    assert HARD.shared_pythons == ("3.12",)
    assert HARD.lock_file("3.12") == "1!2.0.lock"
    assert HARD.lock_file("3.8") == "1!2.0-py3.8.lock"
    assert list(HARD.locks) == ["1!2.0.lock", "1!2.0-py3.8.lock"]
    assert HARD.why_unresolvable("3.6") == "no wheel"
    assert HARD.why_unresolvable("3.8") is None


@pytest.mark.parametrize(
    "name, expected",
    [
        ("1.0.lock", True),
        ("1!2.0rc1-py3.8.lock", True),
        ("1.0-py3.14t.lock", True),
        ("1.0-pypy3.11.lock", True),
        ("lowest.lock", True),
        ("highest-py3.9.lock", True),
        ("1.0-py3.lock", False),
        ("main.lock", False),
        ("1.0.txt", False),
        ("../1.0.lock", False),
        ("/etc/1.0.lock", False),
        ("1.0.lock/../../2.0.lock", False),
    ],
)
def test_locks_are_known_by_name(name: str, expected: bool) -> None:
    assert samples_file.is_lock_name(name) is expected


def test_what_cannot_be_locked_is_recorded_and_read_again() -> None:
    sampling: dict[str, Any] = {
        "format": 2,
        "samples": [{"version": "1!2.0", "tier": "lowest", "pythons": list(HARD.pythons)}],
    }
    text = SamplesFile((HARD,), sampling).render(COMMAND)
    assert json.loads(text)["samples"][0] == {
        **sampling["samples"][0],
        "lock": DIGEST,
        "own_locks": {"3.8": DIGEST},
        "unresolvable": {
            "3.6": {
                "reason": "no wheel",
                "inputs": DIGEST,
                "derivation": ["Because", "it has none."],
            }
        },
    }
    read = samples_file.parse(text)
    assert read.samples == (HARD,)
    # release-sampler is given back what it said, and nothing of locks.
    assert read.sampling == sampling


def test_a_sample_without_any_lock_records_none() -> None:
    entry = {name: value for name, value in ENTRY.items() if name != "lock"}
    reasons = {p: {"reason": "no wheel", "inputs": DIGEST} for p in ("3.8", "3.12")}
    read = samples_file.parse(document(samples=[{**entry, "unresolvable": reasons}]))
    assert read.samples[0].locks == {}
    assert "lock" not in json.loads(read.render(COMMAND))["samples"][0]


def test_a_file_of_the_first_format_is_read_and_brought_up_to_date() -> None:
    read = samples_file.parse(document())
    assert read.samples[0].locks == {"1.0.lock": DIGEST}
    assert json.loads(read.render(COMMAND))["format"] == samples_file.FORMAT


@pytest.mark.parametrize(
    "text, culprit",
    [
        ("", "Expecting value"),
        ("[]", "list indices"),
        ("null", " object"),
        ("3", " object"),
        ("{}", "samples"),
        ("[" * 100_000, "RecursionError"),
        (document() + "x", "Extra data"),
        ("<<<<<<< HEAD\n" + document(), "Expecting value"),
        (document(samples=None), "not iterable"),
        (document(samples={"1.0": ENTRY}), " object"),
        (document(samples="1.0"), " object"),
        (document(samples=[1]), " object"),
        (document(samples=[ENTRY, ENTRY]), "two samples are called 1.0"),
        (document(snapshot=None), "snapshot"),
        (document(snapshot=7), "snapshot"),
        (without("version"), "version"),
        (without("tier"), "tier"),
        (without("pythons"), "pythons"),
        (without("lock"), "lock"),
        (sample(version=1.0), "version is 1.0"),
        (sample(version="../../etc/passwd"), "'../../etc/passwd' is not a release"),
        (sample(version="1.0/2"), "is not a release"),
        (sample(version=" 1.0"), "is not a release"),
        (sample(version="1.0@python=3.8"), "is not a release"),
        (sample(version=""), "is not a release"),
        (sample(tier=None), "tier"),
        (sample(lock=None), "lock"),
        (sample(pythons="3.12"), "pythons='3.12'"),
        (sample(pythons=[]), "pythons=[]"),
        (sample(pythons=["3.12", "3.12"]), "pythons=['3.12', '3.12']"),
        (sample(pythons=[3.12]), "TypeError"),
        (sample(pythons=[["3.12"]]), "TypeError"),
        (sample(pythons=["3.12.1"]), "'3.12.1'"),
        (sample(pythons=["3.12\n"]), "'3.12\\n'"),
        (sample(pythons=["x"]), "'x'"),
        (sample(unresolvable={"3.8": "no wheel"}), " object"),
        (
            sample(unresolvable={"3.8": {"reason": "", "inputs": "", "derivation": "so"}}),
            "derivation is 'so': expected a list",
        ),
        (sample(unresolvable={"3.9": {"reason": "", "inputs": ""}}), "1.0 speaks of Python 3.9"),
        (sample(own_locks={"3.9": DIGEST}), "1.0 speaks of Python 3.9"),
        (sample(own_locks={"3.8": None}), "3.8 is None"),
        (sample(trials=["3.13"]), "1.0 speaks of Python 3.13"),
        (
            sample(unresolvable={"3.8": {"reason": "\x1b[2Jfine", "inputs": ""}}),
            "it holds U+001B, which a terminal would obey",
        ),
        (document(verdicts={"0.9": "yanked: \u202eenif"}), "it holds U+202E"),
        (document(format=4), "its format is 4"),
        (document(format="2"), "its format is '2'"),
    ],
)
def test_whatever_else_is_unreadable_and_says_why(text: str, culprit: str) -> None:
    with pytest.raises(UnreadableSamples) as raised:
        samples_file.parse(text)
    assert culprit in str(raised.value)


@given(st.text() | json_values.map(json.dumps))
def test_arbitrary_text_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableSamples):
        samples_file.parse(text)


@given(
    st.sampled_from(
        [
            "samples",
            "snapshot",
            "format",
            "version",
            "tier",
            "pythons",
            "lock",
            "own_locks",
            "trials",
        ]
        + ["unresolvable", "refusals", "axis_snapshots"]
    ),
    json_values,
)
def test_a_wrong_value_is_unreadable_or_read_as_it_is(key: str, value: Any) -> None:
    of_a_sample = key in (*ENTRY, "own_locks", "trials", "unresolvable")
    text = sample(**{key: value}) if of_a_sample else document(**{key: value})
    try:
        read = samples_file.parse(text)
    except UnreadableSamples:
        return
    again = samples_file.parse(read.render(COMMAND))
    assert again == dataclasses.replace(
        read, sampling={**read.sampling, "format": samples_file.FORMAT}
    )


COMBINED: dict[str, Any] = {
    "releases": {"a": "1.0", "b": "2.0"},
    "role": "corner",
    "pythons": ["3.12"],
    "lock": DIGEST,
}


@given(
    st.sampled_from([*COMBINED, "combinations", "refusals", "axis_snapshots", "samples"]),
    json_values,
)
def test_a_wrong_value_of_a_combination_is_unreadable_or_read_as_it_is(
    key: str, value: Any
) -> None:
    combinations = [{**COMBINED, key: value}] if key in COMBINED else [COMBINED]
    whole = {"format": 3, "combinations": combinations, "axis_snapshots": {"b": DIGEST}}
    text = document(**{**whole, **({} if key in COMBINED else {key: value})})
    try:
        read = samples_file.parse(text)
    except UnreadableSamples:
        return
    assert samples_file.parse(read.render(COMMAND)).samples == read.samples


@pytest.mark.parametrize("content", ["text", b"text"])
def test_digests(content: str | bytes) -> None:
    assert samples_file.digest(content) == (
        "sha256:982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1"
    )
