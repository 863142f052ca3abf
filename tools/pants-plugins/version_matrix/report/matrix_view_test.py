from __future__ import annotations

import json

from version_matrix.report import matrix_view
from version_matrix.report.matrix_view import SuiteView
from version_matrix.stanza import suite
from version_matrix.stanza.samples_file import Sample, SamplesFile, Unresolvable
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


MARKED = SuiteView(
    Suite("lib:matrix", "lib/matrix", "httpx>=0.16"),
    SamplesFile(
        samples=(
            Sample(
                "0.16.0",
                "lowest",
                ("3.6", "3.8"),
                unresolvable=(
                    Unresolvable("3.6", "no wheel of\nh11", "sha256:1", "Because h11\nhas none."),
                ),
            ),
            Sample("0.28.1", "latest", ("3.8", "3.15"), trials=("3.15",)),
        ),
        sampling={
            "verdicts": {
                **{f"0.{minor}": "outside the specifier" for minor in range(16)},
                "0.16.0": "lowest",
                "0.28.1": "latest",
            },
            "samples": [
                {"version": "0.16.0", "python_verdicts": {"3.6": "oldest", "3.8": "newest"}},
                {
                    "version": "0.28.1",
                    "python_verdicts": {"3.15": "trial (the newest that it admits)"},
                    "not_on": {"macos": ["3.15"]},
                },
            ],
            "uncovered": {"3.13": "no release admits it"},
        },
    ),
)
OWN = SuiteView(
    Suite("own:floors", "own/floors", None),
    SamplesFile((Sample("lowest", "lowest", ("3.8",)),), sampling={}),
)
UNRESOLVABLE = "0.16.0 on Python 3.6 is unresolvable: no wheel of h11"
LEGEND = (
    "`?` is a trial: the release admits this Python, but does not claim it; "
    "`!` is unresolvable: there is no lock."
)


def test_trials_and_unresolvable_cells_are_marked() -> None:
    assert matrix_view.table([MARKED], explain=False) == (
        "httpx>=0.16  lib:matrix\n"
        "  0.16.0  lowest  3.6! 3.8\n"
        "  0.28.1  latest  3.8 3.15?\n"
        f"  {UNRESOLVABLE}\n"
        "\n"
        f"{LEGEND}"
    )
    assert matrix_view.markdown([MARKED], explain=False) == (
        "## httpx>=0.16\n"
        "\n"
        "| Release | Tier | Pythons |\n"
        "| --- | --- | --- |\n"
        "| 0.16.0 | lowest | 3.6!, 3.8 |\n"
        "| 0.28.1 | latest | 3.8, 3.15? |\n"
        "\n"
        f"- {UNRESOLVABLE}\n"
        "\n"
        f"{LEGEND}"
    )


def test_explained_each_python_of_a_sample_is_told() -> None:
    assert matrix_view.table([MARKED], explain=True) == (
        "httpx>=0.16  lib:matrix\n"
        "  16 releases outside the specifier: 0.0 to 0.15\n"
        "  0.16.0  lowest\n"
        "      3.6  oldest\n"
        "      3.8  newest\n"
        "      3.6  unresolvable: no wheel of h11\n"
        "             Because h11\n"
        "             has none.\n"
        "  0.28.1  latest\n"
        "      3.15  trial (the newest that it admits)\n"
        "            no file for macos on 3.15\n"
        "  Python 3.13 is not tested: no release admits it"
    )
    assert "| 0.0 to 0.15 (16 releases) | outside the specifier |\n" in matrix_view.markdown(
        [MARKED], explain=True
    )
    assert "| 0.28.1 on Python 3.15 | trial (the newest" in matrix_view.markdown(
        [MARKED], explain=True
    )


def test_who_asks_for_a_verdict_sees_each_such_release_and_nothing_else() -> None:
    shown = matrix_view.table([MARKED], explain=True, verdict="outside*").splitlines()
    assert len(shown) == 17 and shown[-1] == "  0.15  outside the specifier"
    assert "own:floors" not in matrix_view.table([OWN, MARKED], explain=True, verdict="outside*")
    assert "not generated: run something" in matrix_view.table(
        [OWN, *VIEWS], explain=True, verdict="unheard of"
    )
    for shown_as in (matrix_view.table, matrix_view.markdown):
        told = shown_as([OWN, MARKED], explain=True, verdict="unheard of")
        assert told == "No release has such a verdict."
    (document,) = json.loads(matrix_view.as_json([MARKED], explain=True, verdict="lowest"))
    assert document["verdicts"] == {"0.16.0": "lowest"}


def test_json_names_trials_and_what_is_unresolvable() -> None:
    (document,) = json.loads(matrix_view.as_json([MARKED], explain=True))
    first, second = document["samples"]
    assert first["unresolvable"] == {"3.6": "no wheel of\nh11"} and first["trials"] == []
    assert first["derivations"] == {"3.6": "Because h11\nhas none."}
    assert second["unresolvable"] == {} and second["trials"] == ["3.15"]
    assert (len(first["cells"]), len(second["cells"])) == (2, 2)
    assert first["python_verdicts"] == {"3.6": "oldest", "3.8": "newest"}
    assert second["not_on"] == {"macos": ["3.15"]}
    assert len(document["verdicts"]) == 18


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
