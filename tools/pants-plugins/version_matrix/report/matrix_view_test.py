from __future__ import annotations

import json

from version_matrix.report import matrix_view
from version_matrix.report.matrix_view import SuiteView
from version_matrix.stanza import suite
from version_matrix.stanza.samples_file import Sample, SamplesFile
from version_matrix.stanza.suite import Suite

LISTED = Suite(
    "lib:matrix",
    "lib/matrix",
    "httpx>=0.16",
    known_failures=suite.parse_known_failures({"==0.28.*": "why", "==0.17.*": "why"}),
)
FLOOR = "the floor 0.15 is not tested: no Python; the lowest tested is 0.16.0"
SAMPLES = SamplesFile(
    samples=(Sample("0.16.0", "lowest", ("3.8",)), Sample("0.28.1", "latest", ("3.8", "3.12"))),
    sampling={
        "as_of": "2026-11-21T00:00:00Z",
        "verdicts": {"0.16.0": "lowest", "0.17.0": "a|b", "0.28.1": "latest"},
        "uncovered": {"3.13": "no release admits it"},
        "notes": [FLOOR],
    },
)
VIEWS = [
    SuiteView(LISTED, SAMPLES),
    SuiteView(Suite("own:floors", "own/floors", None), None, "not generated: run something"),
]
IDLE = "known_failures['==0.17.*'] covers no cell: leave it out if it never will"


def test_the_table_has_a_line_a_sample() -> None:
    assert matrix_view.table(VIEWS, explain=False) == (
        "httpx>=0.16  lib:matrix\n"
        "  0.16.0  lowest  3.8\n"
        "  0.28.1  latest  3.8 3.12\n"
        "\n"
        "own requirements  own:floors\n"
        "  not generated: run something"
    )


def test_explained_it_has_every_verdict_and_what_to_look_at() -> None:
    assert matrix_view.table(VIEWS[:1], explain=True) == (
        "httpx>=0.16  lib:matrix\n"
        "  0.16.0  lowest\n"
        "  0.17.0  a|b\n"
        "  0.28.1  latest\n"
        "  Python 3.13 is not tested: no release admits it\n"
        f"  {FLOOR}\n"
        f"  {IDLE}"
    )


def test_markdown_tells_the_same() -> None:
    assert matrix_view.markdown(VIEWS, explain=True) == (
        "## httpx>=0.16\n"
        "\n"
        "| Release | Verdict |\n"
        "| --- | --- |\n"
        "| 0.16.0 | lowest |\n"
        "| 0.17.0 | a\\|b |\n"
        "| 0.28.1 | latest |\n"
        "\n"
        "- Python 3.13 is not tested: no release admits it\n"
        f"- {FLOOR}\n"
        f"- {IDLE}\n"
        "\n"
        "## own requirements\n"
        "\n"
        "not generated: run something"
    )


def test_json_is_for_programs() -> None:
    first, second = json.loads(matrix_view.as_json(VIEWS, explain=True))
    assert first["samples"][1]["cells"] == [
        "lib:matrix#0.28.1@python=3.8",
        "lib:matrix#0.28.1@python=3.12",
    ]
    assert (first["generated"], first["notes"]) == (True, [FLOOR, IDLE])
    assert first["uncovered"] == {"3.13": "no release admits it"}
    assert (second["generated"], second["samples"], second["notes"]) == (False, [], [])
    assert "verdicts" not in json.loads(matrix_view.as_json(VIEWS, explain=False))[0]


def test_a_job_matrix_has_a_job_a_suite_on_one_line() -> None:
    shown = matrix_view.github(VIEWS)
    assert "\n" not in shown
    assert json.loads(shown)["include"] == [
        {"suite": "httpx>=0.16", "address": "lib:matrix"},
        {"suite": "own requirements", "address": "own:floors"},
    ]
