from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from hash_locks.requirements_file import Entry, RequirementsFileError, normalized, parse

HEX40 = "0123456789abcdef0123456789abcdef01234567"


def test_reasons_stand_beside_or_above() -> None:
    text = (
        "# What the service needs.\n"
        "\n"
        "httpx>=0.27  # HTTP client.\n"
        "# Reads the settings;\n"
        "# newer ones read secrets as well.\n"
        "Pydantic_Settings[yaml]>=2 ; python_version >= '3.9'\n"
    )
    assert parse(text, "service.in") == (
        Entry("httpx>=0.27", "HTTP client.", 3),
        Entry(
            "Pydantic_Settings[yaml]>=2 ; python_version >= '3.9'",
            "newer ones read secrets as well.",
            6,
        ),
    )


def test_a_fragment_is_no_comment() -> None:
    url = f"https://host.example/a/archive/{HEX40}.zip#sha256={'0' * 64}"
    (entry,) = parse(f"fork @ {url}  # Until the fix is released.\n", "a.in")
    assert (entry.project, entry.requirement) == ("fork", f"fork @ {url}")


def test_a_resolver_is_given_the_requirements_alone_each_on_its_line() -> None:
    text = "# About.\n\na>=1  # Ends in \\\nb @ https://host.example/b.zip#x  # B.\n# End.\n"
    assert normalized(parse(text, "a.in")) == "\n\na>=1\nb @ https://host.example/b.zip#x\n"
    assert normalized(()) == ""


def test_one_project_under_two_markers() -> None:
    text = (
        "tomli>=1 ; python_version < '3.11'  # TOML.\ntomli>=2 ; python_version >= '3.11'  # TOML."
    )
    assert len(parse(text, "a.in")) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("httpx>=0.27\n", "a.in:1: `httpx>=0.27` has no reason"),
        ("# About the file.\n\nhttpx>=0.27\n", "a.in:3: `httpx>=0.27` has no reason"),
        ("httpx>=0.27  #\n", "a.in:1: `httpx>=0.27` has no reason"),
        ("httpx  # A client.\nhyper\n", "a.in:2: `hyper` has no reason"),
        ("httpx>=banana  # Client.\n", "a.in:1: `httpx>=banana` is no requirement"),
        ("httpx>=1.*  # Client.\n", "a.in:1: `httpx>=1.*` is no requirement ("),
        ("a; sys_platform ~= 'linux'  # A.\n", "is no requirement (Undefined <Op('~=')>"),
        ("-r other.in  # More.\n", "a.in:1: `-r other.in` is no requirement"),
        ("--index-url=https://host.example  # Ours.\n", "is no requirement"),
        ("git+https://host.example/a.git  # A fork.\n", "is no requirement"),
        ("<<<<<<< ours\n", "a.in:1: `<<<<<<< ours` is no requirement"),
        ("\ufeffhttpx  # A.\n", "a.in:1: the file begins with a byte-order mark"),
        (
            f"a @ https://${{HOST}}/{HEX40}.zip  # A fork.\n",
            "has `${`: pip would put the value of an environment variable in its place",
        ),
        ("a--b>=1  # A name.\n", "has `--`: Pants takes what follows for an option"),
        ("httpx>=1 \\  # A.\n", "a.in:1: `httpx>=1 \\` is no requirement"),
        ("httpx  # A.\nHttpX>=1  # B.\n", "a.in:2: `HttpX>=1` names a project that line 1 names"),
    ],
)
def test_bad_lines_are_named(text: str, message: str) -> None:
    with pytest.raises(RequirementsFileError) as raised:
        parse(text, "a.in")
    assert message in str(raised.value)


def test_a_line_of_white_space_is_read_in_good_time() -> None:
    before = time.process_time()
    (entry,) = parse(f"# Client.\nhttpx{' ' * 40_000}\n", "a.in")
    assert entry.requirement == "httpx"
    assert time.process_time() - before < 1


# What a line may be of, right and wrong, in any order.
PIECES = st.sampled_from(
    [
        "a",
        "b-1",
        "[x]",
        "[",
        ">=1",
        "==1.*",
        "~=",
        "<2,",
        " ; ",
        "python_version",
        "extra",
        "sys_platform",
    ]
    + [
        " < ",
        "~=",
        " in ",
        "'3.9'",
        '"',
        "(",
        ")",
        " and ",
        " or ",
        " @ ",
        "https://h/a.zip",
        "${A}",
    ]
    + [
        "-r ",
        "--",
        " # ",
        "#",
        "why",
        "\\",
        "\t",
        "\x0c",
        "\x85",
        "\ufeff",
        "\n",
        "\n# why\n",
        "\r\n",
    ]
)


@settings(deadline=None)
@given(st.text() | st.lists(PIECES, max_size=12).map("".join))
def test_any_text_is_requirements_or_an_error_that_names_the_line(text: str) -> None:
    try:
        entries = parse(text, "a.in")
    except RequirementsFileError as error:
        assert str(error).startswith("a.in:")
        return
    for entry in entries:
        assert entry.reason and Requirement(entry.requirement).name
        assert 1 <= entry.line <= len(text.splitlines())
    lines = normalized(entries).splitlines()
    assert [lines[entry.line - 1] for entry in entries] == [entry.requirement for entry in entries]
