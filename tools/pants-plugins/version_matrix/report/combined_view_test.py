"""What is shown and planned of a suite with axes."""

from __future__ import annotations

import json
from typing import Any

from pants.engine.addresses import Address

from version_matrix.report import matrix_view
from version_matrix.report import plan as report_plan
from version_matrix.report.matrix_view import SuiteView
from version_matrix.report.plan import SuiteFiles
from version_matrix.stanza import samples_file
from version_matrix.stanza.suite import Suite, parse_known_failures

BOTH = "rq 3.0 with redis 3.5"
SAMPLING: dict[str, Any] = {
    "as_of": "2026-11-21T00:00:00Z",
    "samples": [{"version": v, "tier": t} for v, t in (("1.8", "lowest"), ("3.0", "latest"))],
    "verdicts": {"1.8": "lowest", "3.0": "latest"},
    "axes": {"redis": {"verdicts": {"3.5": "lowest", "4.0": "yanked", "8.1": "latest"}}},
    "combinations": [
        {
            "releases": {"rq": "1.8", "redis": "3.5"},
            "role": "all floors",
            "pythons": ["3.8", "3.12"],
            "trials": ["3.12"],
            "lock": "sha256:0",
            "unresolvable": {"3.8": {"reason": "no wheel", "inputs": "sha256:1"}},
        }
    ],
    "impossible": [
        {"releases": {"rq": "3.0", "redis": "3.5"}, "reason": f"{BOTH}: rq 3.0 wants redis>=5"},
        {"releases": {"redis": "8.1"}, "python": "3.8", "reason": "it goes with 3.12"},
    ],
    "snapshot": "",
}
SUITE = Suite(
    "lib:m",
    "lib/m",
    "rq>=1.8",
    axes=("redis>=3.5",),
    known_failures=parse_known_failures({"redis<4 and python>=3.12": "why", "redis>8": "never"}),
)
VIEW = SuiteView(SUITE, samples_file.parse(json.dumps(SAMPLING)))


def test_the_table_has_a_line_a_combination() -> None:
    assert matrix_view.table([VIEW], explain=False) == (
        "rq>=1.8 with redis>=3.5  lib:m\n"
        "  1.8@redis=3.5  all floors  3.8! 3.12?\n"
        "  1.8@redis=3.5 on Python 3.8 is unresolvable: no wheel\n"
        "\n"
        "`?` is a trial: the release admits this Python, but does not claim it; "
        "`!` is unresolvable: there is no lock."
    )


def test_explained_it_speaks_of_releases_combinations_and_what_is_impossible() -> None:
    assert matrix_view.table([VIEW], explain=True) == (
        "rq>=1.8 with redis>=3.5  lib:m\n"
        "  1.8                      lowest\n"
        "  3.0                      latest\n"
        "  redis 3.5                lowest\n"
        "  redis 4.0                yanked\n"
        "  redis 8.1                latest\n"
        "  rq 3.0 with redis 3.5    impossible: rq 3.0 wants redis>=5\n"
        "  redis 8.1 on Python 3.8  impossible: it goes with 3.12\n"
        "  1.8@redis=3.5            all floors\n"
        "           on Python 3.8, 3.12\n"
        "           of these trials: 3.12\n"
        "      3.8  unresolvable: no wheel\n"
        "  known_failures['redis>8'] covers no cell: leave it out if it never will"
    )


def test_programs_get_addresses_that_can_be_typed() -> None:
    (document,) = json.loads(matrix_view.as_json([VIEW], explain=True))
    (sample,) = document["samples"]
    assert sample["cells"] == [
        "lib:m#1.8@python=3.8,redis=3.5",
        "lib:m#1.8@python=3.12,redis=3.5",
    ]
    assert (sample["role"], document["axes"]) == ("all floors", ["redis>=3.5"])
    assert document["verdicts"]["redis 4.0"] == "yanked"


def test_the_plan_of_the_report_names_results_as_the_cells_write_them() -> None:
    files = {"lib/m/samples.json": json.dumps(SAMPLING).encode()}
    given = SuiteFiles(Address("lib", target_name="m"), SUITE, files)
    (suite,) = json.loads(report_plan.plan([given], others=0, command="x").text)["suites"]
    assert [
        (cell["version"], cell["tier"], cell["results"], cell["known_failure"])
        for cell in suite["cells"]
    ] == [
        ("1.8@redis=3.5", "all floors", "lib.m@1.8@@python=3.8,redis=3.5.xml", None),
        (
            "1.8@redis=3.5",
            "all floors",
            "lib.m@1.8@@python=3.12,redis=3.5.xml",
            {"reason": "why", "until": None},
        ),
    ]
    assert suite["verdicts"]["rq 3.0 with redis 3.5"] == "impossible: rq 3.0 wants redis>=5"
