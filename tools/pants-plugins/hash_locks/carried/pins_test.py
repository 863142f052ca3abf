from __future__ import annotations

import pytest
from packaging.markers import Marker

from hash_locks.carried.pins import Pin, marker_of, parse, render

# As pip-compile prints it.
PRINTED = """\
anyio==4.0 \\
    --hash=sha256:ab \\
    --hash=sha256:aa
    # via httpx
fork @ https://host.example/a.zip#sha256=aa ; python_version < "3.10" \\
    --hash=sha256:ca
    # via -r a.in
httpx==0.27 ; python_version >= '3.8' \\
    --hash=sha256:ba
    # via
    #   -r a.in
    #   starlette

# The following packages are considered to be unsafe in a requirements file:
Set_up.Tools==82.0
"""
PINS = (
    Pin("anyio", "4.0", "", "", frozenset({"sha256:aa", "sha256:ab"}), frozenset({"httpx"})),
    Pin(
        "fork",
        "",
        "https://host.example/a.zip#sha256=aa",
        'python_version < "3.10"',
        frozenset({"sha256:ca"}),
        frozenset({"-r a.in"}),
    ),
    Pin(
        "httpx",
        "0.27",
        "",
        "python_version >= '3.8'",
        frozenset({"sha256:ba"}),
        frozenset({"-r a.in", "starlette"}),
    ),
    Pin("set-up-tools", "82.0"),
)


def test_what_is_printed_is_read() -> None:
    assert parse(PRINTED) == PINS


def test_what_is_rendered_is_read() -> None:
    text = render(reversed(PINS))
    assert parse(text) == PINS
    assert text == (
        "anyio==4.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:ab\n    # via httpx\n"
        'fork @ https://host.example/a.zip#sha256=aa ; python_version < "3.10" \\\n'
        "    --hash=sha256:ca\n    # via -r a.in\n"
        "httpx==0.27 ; python_version >= '3.8' \\\n    --hash=sha256:ba\n"
        "    # via\n    #   -r a.in\n    #   starlette\n"
        "set-up-tools==82.0\n"
    )


def test_marks_of_a_merge_conflict_are_passed_over() -> None:
    text = "<<<<<<< ours\na==1 \\\n    --hash=sha256:aa\n=======\na==2\n>>>>>>> theirs\nb==1\n"
    assert [str(pin) for pin in parse(text)] == ["a==1", "a==2", "b==1"]


@pytest.mark.parametrize(
    ("marker", "expected"),
    [("", None), ("python_version<'3.10'", Marker("python_version < '3.10'")), ("torn '", None)],
)
def test_markers(marker: str, expected: Marker | None) -> None:
    assert str(marker_of(Pin("a", "1", marker=marker))) == str(expected)
