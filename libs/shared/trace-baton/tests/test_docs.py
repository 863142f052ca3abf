"""The examples in the README and in docstrings say what really happens."""

import doctest
from pathlib import Path

import trace_baton.baggage


def test_docstrings() -> None:
    results = doctest.testmod(trace_baton.baggage)
    assert (results.failed, results.attempted > 0) == (0, True)


def test_readme() -> None:
    readme = Path(__file__).parents[1] / "README.md"
    results = doctest.testfile(str(readme), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert (results.failed, results.attempted > 0) == (0, True)
