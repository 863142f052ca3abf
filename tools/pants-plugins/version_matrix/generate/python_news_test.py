from __future__ import annotations

from version_matrix.generate.python_news import sentences

TOLD = {
    "new": [{"python": "3.15", "text": "3.15: 17 of 24 packages"}],
    "ended": [{"python": "3.8", "text": "3.8: its support ended on 2024-10-07"}],
    "limits": [{"text": "a: python='<3.13' leaves out 3.13, which 2.0 says it supports"}],
}
LIMIT = "a: python='<3.13' leaves out 3.13, which 2.0 says it supports."


def test_each_kind_of_news_is_a_line() -> None:
    assert list(sentences(TOLD, of_all=True)) == [
        "Python 3.15 is claimed by 17 of 24 packages, and is no target.",
        "Python 3.8: its support ended on 2024-10-07; it is still a target.",
        LIMIT,
    ]


def test_of_some_suites_only_what_is_theirs_is_told() -> None:
    assert list(sentences(TOLD, of_all=False)) == [LIMIT]
