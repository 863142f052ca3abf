"""The page and the grid: what they show, and that nothing escapes."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any, Dict, List, Optional, Tuple

import pytest

from example_runs import NOON, cell, failure, run, suite
from matrix_results import Run, Status, compare
from matrix_results.grid import SIGNS, duration, grid
from matrix_results.render import bar, page, suite_grid

HOSTILE = "</style></script><script>alert('x')</script><img src=x onerror=alert(1)>\"'&"


class Page(HTMLParser):
    """Every tag with its attributes, and the text outside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: List[Tuple[str, Dict[str, Optional[str]]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, name: str) -> List[str]:
        return [
            value for _, attrs in self.tags for key, value in attrs.items() if key == name and value
        ]


def example() -> Run:
    return run(
        suite(
            cell(
                "0.16.1",
                "3.8",
                Status.FAILED,
                failed=1,
                tests=9,
                failures=(failure("E  assert 1 == 2"),),
                seconds=0.52,
            ),
            cell("0.16.1", "3.10", tests=9, seconds=150.0, ran_at=NOON),
            cell("0.28.1", "3.9", Status.NOT_RUN, reason="No result."),
            cell("0.28.1", "3.10", Status.KNOWN_FAILURE, reason="its issue 1234"),
            verdicts={"0.16.0": "superseded in its series by 0.16.1"},
            uncovered={"3.11": "no release admits it"},
        ),
        suite(address="b:matrix", package="new>=1", problem="b:matrix was never generated."),
        commit="4cc479e93a1b0000",
    )


def test_the_grid_has_releases_down_newest_first_and_pythons_across() -> None:
    found = grid(example().suites[0])
    assert found.pythons == ("3.8", "3.9", "3.10")
    assert [row.version for row in found.rows] == ["0.28.1", "0.16.1"]
    assert [[entry.sign if entry else " " for entry in row.cells] for row in found.rows] == [
        [" ", "–", "!"],
        ["✗", " ", "✓"],
    ]


def test_every_status_has_a_sign_of_its_own() -> None:
    assert set(SIGNS) == set(Status) and len(set(SIGNS.values())) == len(Status)


def test_the_page_says_it_all() -> None:
    text = " ".join(Page(page(example())).text.split())
    for expected in (
        "2 suites, 4 cells",
        "commit 4cc479e93a1b",
        "✗ 0.5 s",
        "✓ 2 min",
        "– not run",
        "test_httpx::test_sends",
        "E assert 1 == 2",
        "its issue 1234",
        "superseded in its series by 0.16.1",
        "Python 3.11 is not tested: no release admits it",
        "b:matrix was never generated.",
    ):
        assert expected in text
    assert "passed: 0.16.1 on Python 3.10; 9 tests in 2 min" in Page(page(example())).attributes(
        "title"
    )


def test_a_cell_without_a_result_never_looks_passed() -> None:
    html = suite_grid(suite(cell(status=Status.NOT_RUN)))
    assert "mx-not-run" in html and "mx-passed" not in html and SIGNS[Status.PASSED] not in html


def test_what_needs_attention_is_told_once_a_release() -> None:
    broken: Dict[str, Any] = {"status": Status.FAILED, "failed": 1, "failures": (failure(),)}
    found = page(
        run(
            suite(
                cell("0.16.1", "3.8", **broken),
                cell("0.16.1", "3.9", Status.UNRESOLVABLE, reason="no wheel"),
                cell("0.16.1", "3.10", **broken),
                cell("0.16.1", "3.11"),
                cell("0.28.1"),
            )
        )
    )
    (line,) = re.findall(r"<li>(.*?)</li>", found[: found.index("</nav>")], re.S)
    told = Page(line)
    assert " ".join(told.text.split()) == (
        "httpx 0.16.1, Python ✗ 3.8 ⊘ 3.9 ✗ 3.10 test_httpx::test_sends no wheel"
    )
    assert told.attributes("aria-label") == [
        "httpx 0.16.1, Python 3.8: failed",
        "httpx 0.16.1, Python 3.9: unresolvable",
        "httpx 0.16.1, Python 3.10: failed",
    ]


def test_the_page_says_what_changed() -> None:
    before = run(suite(cell("0.16.1", "3.8"), cell("0.16.1", "3.10")), commit="1234567890abcdef")
    text = " ".join(Page(page(example(), before)).text.split())
    assert "Changed since 2024-11-21 12:00 UTC 1234567890ab" in text
    assert "httpx 0.16.1, Python 3.8 failed, was passed" in text
    assert "Nothing." in Page(page(before, before)).text
    assert "Changed since" not in Page(page(before)).text


def test_the_grid_marks_what_changed() -> None:
    before, after = run(suite(cell())), run(suite(cell(status=Status.FAILED)))
    html = suite_grid(after.suites[0], compare(before, after))
    assert "mx-changed mx-broken" in html and "was passed" in html


def test_a_grid_of_cells_with_pages_leads_there_and_has_no_details() -> None:
    shown = suite_grid(
        example().suites[0], cell_page=lambda cell: f'/{cell.version}?"{cell.python}'
    )
    found = Page(shown)
    assert [link for link in found.attributes("href") if link[0] != "#"] == [
        '/0.28.1?"3.9',
        '/0.28.1?"3.10',
        '/0.16.1?"3.8',
        '/0.16.1?"3.10',
    ]
    assert "E  assert 1 == 2" not in found.text


def test_a_page_that_has_the_title_shows_a_grid_without() -> None:
    of = example().suites[0]
    assert "<h2>" in suite_grid(of) and "<h2>" not in suite_grid(of, heading=False)


@pytest.mark.parametrize(
    ("others", "told"), [(0, "1 suites, 1 cells"), (2, "1 of 3 suites, 1 cells")]
)
def test_the_page_says_of_how_many_suites_it_is(others: int, told: str) -> None:
    text = Page(page(run(suite(cell()), other_suites=others))).text
    assert told in " ".join(text.split())


def test_the_bar_is_as_long_as_there_are_cells() -> None:
    found = Page(bar(example().counts()))
    assert "1 passed, 1 failed, 1 known failure, 1 not run" in found.attributes("aria-label")
    assert [attrs["viewbox"] for tag, attrs in found.tags if tag == "svg"] == ["0 0 4 1"]
    assert [attrs["x"] for tag, attrs in found.tags if tag == "rect"] == ["0", "1", "2", "3"]


def test_every_link_leads_somewhere_on_the_page() -> None:
    found = Page(page(example(), run(suite(cell("0.16.1", "3.8")))))
    links = found.attributes("href")
    assert links and all(link.startswith("#") for link in links)
    assert {link[1:] for link in links} <= set(found.attributes("id"))
    assert len(set(found.attributes("id"))) == len(found.attributes("id"))


def test_hostile_names_stay_text() -> None:
    hostile = run(
        suite(
            cell(
                HOSTILE,
                HOSTILE,
                Status.FAILED,
                tier=HOSTILE,
                reason=HOSTILE,
                failed=1,
                failures=(failure(HOSTILE, HOSTILE),),
            ),
            address=HOSTILE,
            package=HOSTILE,
            problem=HOSTILE,
            verdicts={HOSTILE: HOSTILE},
            uncovered={HOSTILE: HOSTILE},
        ),
        commit=HOSTILE,
    )
    found = Page(page(hostile, hostile))
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert "img" not in {tag for tag, _ in found.tags}
    assert not [key for _, attrs in found.tags for key in attrs if key.startswith("on")]
    assert HOSTILE in found.text


def test_the_page_needs_nothing_and_its_policy_admits_its_own_parts_only() -> None:
    html = page(example())
    assert not re.search(r"https?://|//[a-z]|@import|url\(", html.replace("http://www.w3.org", ""))
    policy = next(attrs["content"] for _, attrs in Page(html).tags if "http-equiv" in attrs)
    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.S)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in str(policy)
    assert "default-src 'none'" in str(policy)


def test_an_empty_matrix_has_a_page() -> None:
    assert "There is no suite" in Page(page(run())).text


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, ""),
        (0, "0.0 s"),
        (0.717, "0.7 s"),
        (9.96, "10 s"),
        (99.4, "99 s"),
        (100, "2 min"),
        (3600, "60 min"),
    ],
)
def test_durations(seconds: Optional[float], told: str) -> None:
    assert duration(seconds) == told
