from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from version_matrix.cells.lock_entries import LockEntry, applying, entries

LOCK = dedent("""\
    Any_IO==4.5.2 ; python_full_version < '3.9' \\
        --hash=sha256:bb \\
        --hash=sha256:aa
    anyio==4.14.2 ; python_full_version >= '3.9' \\
        --hash=sha256:cc
    colorama==0.4.6 ; (python_full_version < '3.9' and sys_platform == 'win32') \\
        --hash=sha256:dd
    httpx==0.28.1 \\
        --hash=sha256:ee
    plain==1.0+local
    """)


def test_a_lock_has_an_entry_a_pin() -> None:
    assert entries(LOCK) == (
        LockEntry(
            "any-io",
            "4.5.2",
            ("--hash=sha256:aa", "--hash=sha256:bb"),
            "python_full_version < '3.9'",
        ),
        LockEntry("anyio", "4.14.2", ("--hash=sha256:cc",), "python_full_version >= '3.9'"),
        LockEntry(
            "colorama",
            "0.4.6",
            ("--hash=sha256:dd",),
            "(python_full_version < '3.9' and sys_platform == 'win32')",
        ),
        LockEntry("httpx", "0.28.1", ("--hash=sha256:ee",), None),
        LockEntry("plain", "1.0+local", (), None),
    )


@pytest.mark.parametrize(
    "markers, projects",
    [
        (("3.8.18", "linux"), ["any-io", "httpx", "plain"]),
        (("3.8.18", "win32"), ["any-io", "colorama", "httpx", "plain"]),
        (("3.12.1", "linux"), ["anyio", "httpx", "plain"]),
    ],
)
def test_markers_decide_what_a_python_gets(markers: tuple[str, str], projects: list[str]) -> None:
    full, platform = markers
    values = {"python_full_version": full, "sys_platform": platform}
    assert [entry.project for entry in applying(LOCK, values)] == projects


def test_an_archive_stands_where_a_release_does() -> None:
    url = "https://forge.example/httpx/main.tar.gz"
    lock = f"httpx @ {url} ; python_version >= '3.9' \\\n    --hash=sha256:aa\n"
    assert entries(lock) == (
        LockEntry("httpx", url, ("--hash=sha256:aa",), "python_version >= '3.9'"),
    )
    assert entries(lock)[0].requirement == f"httpx @ {url} \\\n    --hash=sha256:aa\n"


def test_two_locks_that_pin_the_same_say_the_same() -> None:
    """So that it is installed once, whatever else the locks hold and whom they are for."""
    other = entries("any-io==4.5.2 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n")[0]
    assert other.requirement == entries(LOCK)[0].requirement
    assert other.requirement == (
        "any-io==4.5.2 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    )


@given(
    st.text()
    | st.lists(
        st.sampled_from(["a==1", " ; ", "b == '1'", "\\\n", "\n", " --hash=sha256:aa", "#", " "])
    ).map("".join)
)
def test_any_text_has_entries_that_an_installer_can_be_given(lock: str) -> None:
    for entry in entries(lock):
        (again,) = entries(entry.requirement)
        assert (again.project, again.version) == (entry.project, entry.version)
        assert again.hashes == entry.hashes and again.marker is None


@pytest.mark.parametrize(
    "line",
    [
        "--index-url=https://evil.example/simple",
        "--extra-index-url https://evil.example/simple",
        "--find-links=/tmp",
        "--trusted-host evil.example",
        "-r /etc/passwd",
        "-e .",
        "https://evil.example/h11-1-py3-none-any.whl --hash=sha256:aa",
        "./h11-1-py3-none-any.whl",
    ],
)
def test_what_is_no_pin_reaches_no_installer(line: str) -> None:
    """Whoever edits a lock by hand cannot send anybody to another index."""
    assert entries(f"{line}\n{LOCK}{line}\n") == entries(LOCK)


def test_an_option_behind_a_pin_reaches_no_installer() -> None:
    pin = "httpx==0.28.1 --index-url=https://evil.example \\\n    --hash=sha256:ee\n"
    (entry,) = entries(pin)
    assert entry.requirement == "httpx==0.28.1 \\\n    --hash=sha256:ee\n"
