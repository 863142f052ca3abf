from __future__ import annotations

from version_matrix.drafts.model import Draft, LeftOut
from version_matrix.drafts.placing import Placed
from version_matrix.drafts.wording import build_file, left_out, shown, stanza

DRAFT = Draft(
    package="httpx>=0.16",
    paths=("tests/httpx",),
    covers=("py38-httpx", "py39-httpx"),
    requirements=(
        ("*", ("anyio<4",)),
        ("<0.18", tuple(f"a-project-with-a-long-name-{number}" for number in range(4))),
    ),
    python=(("*", ">=3.8"), ("<0.18", "<3.9")),
    axes=("anyio>=3",),
    combine="all",
    variables=(("MODE", 'say "a"'),),
    remarks=("A remark.",),
)
STANZA = """\
python_matrix_tests(
    # A remark.
    name="matrix",
    package="httpx>=0.16",
    sources=["test_a.py"],
    axes=["anyio>=3"],
    combine="all",
    requirements={
        "*": ["anyio<4"],
        "<0.18": [
            "a-project-with-a-long-name-0",
            "a-project-with-a-long-name-1",
            "a-project-with-a-long-name-2",
            "a-project-with-a-long-name-3",
        ],
    },
    python={
        "*": ">=3.8",
        "<0.18": "<3.9",
    },
    extra_env_vars=['MODE=say "a"'],
)
"""
PLACED = Placed(DRAFT, "tests/httpx", "matrix", ("test_a.py",))


def test_a_stanza() -> None:
    assert stanza(PLACED) == STANZA


def test_a_draft_stands_below_its_file_and_what_it_covers() -> None:
    assert shown([PLACED], {}) == (
        f"# tests/httpx/BUILD: 2 environments, py38-httpx to py39-httpx\n{STANZA}"
    )
    there = {"tests/httpx": "tests/httpx/BUILD.pants"}
    assert shown([PLACED], there).startswith("# tests/httpx/BUILD.pants: ")


def test_a_build_file_keeps_what_it_holds() -> None:
    assert build_file("", [STANZA]) == STANZA
    assert build_file("files()\n", [STANZA, STANZA]) == f"files()\n\n{STANZA}\n{STANZA}"


def test_what_is_left_out_stands_below_its_reason() -> None:
    entries = [
        LeftOut("pass_env", "one reason", ("a", "b")),
        LeftOut("environments", "another", ("c",)),
        LeftOut("environments", "another", ("d", "e", "f", "g")),
        LeftOut("-e .", "one reason"),
    ]
    assert left_out(entries) == (
        "  one reason:\n    pass_env (2 environments, a to b)\n    -e .\n"
        "  another:\n    c\n    4 environments, d to g\n"
    )
