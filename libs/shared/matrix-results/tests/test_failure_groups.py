"""The report tells each cause once, in every form of it."""

from __future__ import annotations

import json
from typing import Any, Dict

from example_runs import ADDRESS, cell, failure, run, suite
from matrix_results import Cell, Failure, Run, Status, report_files
from matrix_results.failure_groups import groups_of

TEXT = "test_httpx.py:7: \n\nsrc/baton/httpx.py:{line}: \nE   TypeError: no send{more}\n"
RED: Dict[str, Any] = {"status": Status.FAILED, "failed": 1, "tests": 3}


def red(version: str, python: str, line: int = 42, more: str = "", **fields: Any) -> Cell:
    text = TEXT.format(line=line, more=more)
    return cell(version, python, **{**RED, "failures": (failure(text),), **fields})


def mixed() -> Run:
    """The newest two releases fail alike, and the newest on 3.13 in another way as well."""
    both = (
        failure(TEXT.format(line=42, more="")),
        failure(TEXT.format(line=50, more=" <b>"), test="test_httpx::test_other"),
    )
    return run(
        suite(
            cell("0.16.1", "3.9", tests=3),
            cell("0.16.1", "3.13", tests=3),
            red("0.25.2", "3.9"),
            red("0.28.1", "3.9"),
            red("0.28.1", "3.13", failed=2, failures=both),
            cell("0.28.1", "3.14", Status.NOT_RUN, reason="No result."),
        )
    )


def test_json_has_groups_and_what_their_cells_have_in_common() -> None:
    document = json.loads(report_files(mixed(), run_with="./pants test")["failures.json"])
    first, second = document["failures"]
    assert first["hits"] == "httpx >= 0.25.2, any Python"
    assert (first["spares"], first["first"]) == ("httpx 0.16.1, any Python", "0.25.2")
    assert first["run"] == f"./pants test //{ADDRESS}#0.28.1@python=3.13"
    assert first["groups"] == [
        {
            "tests": ["test_httpx::test_sends"],
            "more": False,
            "type": "TypeError",
            "error": "TypeError: no send",
            "place": "src/baton/httpx.py:42",
        }
    ]
    assert second["hits"] == "httpx 0.28.1 on Python 3.13"
    assert second["groups"][0]["place"] == "src/baton/httpx.py:50"


def test_markdown_has_a_row_for_each_group() -> None:
    files = report_files(mixed(), run_with="./pants test")
    table = files["failures.md"].decode().splitlines()
    assert table[0] == "2 groups of equal failures in 3 cells:"
    assert table[4:] == [
        "| 1 | `TypeError: no send (src/baton/httpx.py:42)` | httpx &gt;= 0.25.2, any Python "
        f"| httpx 0.16.1, any Python | 0.25.2 | `./pants test //{ADDRESS}#0.28.1@python=3.13` |",
        "| 1 | `TypeError: no send <b> (src/baton/httpx.py:50)` | httpx 0.28.1 on Python 3.13 "
        "| httpx &lt;= 0.25.2, any Python; Python 3.9 alone | 0.28.1 "
        f"| `./pants test //{ADDRESS}#0.28.1@python=3.13` |",
    ]
    assert report_files(run(suite(cell())))["failures.md"] == b"Nothing fails.\n"


def test_the_page_has_them_escaped_and_leads_to_the_cell() -> None:
    page = report_files(mixed())["index.html"].decode()
    assert "Failures, each cause once" in page
    assert "httpx &gt;= 0.25.2, any Python" in page
    assert "<code>TypeError: no send &lt;b&gt;</code>" in page
    finding, _ = groups_of(mixed().suites)
    start = page.index('<section class="mx-findings"')
    (link,) = {part for part in page[start:].split('"') if part.startswith("#c-")} & {
        part for part in page[start : page.index("</section>", start)].split('"')
    }
    assert f'id="{link[1:]}"' in page
    assert finding.look == ("0.28.1", "3.13")
    assert "each cause once" not in report_files(run(suite(cell())))["index.html"].decode()


def test_what_a_runner_wrote_in_place_of_a_result() -> None:
    def without(python: str, text: str, reason: str) -> Cell:
        test = f"{ADDRESS}#0.28.1@python={python}"
        failed = Failure(test=test, text=text)
        return cell(python=python, **{**RED, "tests": 1, "failures": (failed,), "reason": reason})

    why = "httpx cannot be installed"
    found = groups_of([suite(without("3.9", why, why), without("3.13", why, why))])
    assert [(each.hits, each.groups[0].error) for each in found] == [("all of 2", why)]
    died = "pytest left no result; it ended with exit status -11."
    found = groups_of([suite(without("3.9", died, ""), without("3.13", died, ""))])
    assert [len(each.cells) for each in found] == [1, 1]


def test_tests_beyond_those_that_a_report_has_may_be_more() -> None:
    many = red("0.28.1", "3.13", failed=25, tests=30)
    (finding,) = groups_of([suite(cell("0.16.1"), many)])
    assert finding.groups[0].more


def test_a_suite_of_a_library_s_own_requirements() -> None:
    cells = (red("lowest", "3.9"), cell("highest", "3.9", tests=3))
    (finding,) = groups_of([suite(*cells, package=None)])
    assert (finding.hits, finding.since) == ("requirements lowest on Python 3.9", "")
