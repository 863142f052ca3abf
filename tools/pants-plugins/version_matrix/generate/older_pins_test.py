from __future__ import annotations

import dataclasses
import json

import pytest

from version_matrix.generate import older_pins
from version_matrix.generate.older_pins import Releases
from version_matrix.generate.requests import LockRequest, LockResult, NewLock
from version_matrix.stanza.lock_file import LockInputs

BODY = """\
anyio==4.0.0 ; python_full_version < '3.9' \\
    --hash=sha256:0
anyio==4.6.0 ; python_full_version >= '3.9' \\
    --hash=sha256:1
certifi==2024.1.1 \\
    --hash=sha256:2
h11==0.14.0 \\
    --hash=sha256:3
httpx==0.28.1 \\
    --hash=sha256:4
old-c==1.0 \\
    --hash=sha256:5
"""


def new_lock(version: str = "0.28.1", body: str = BODY, lowest: tuple[str, ...] = ()) -> NewLock:
    inputs = LockInputs(
        requirements=("httpx==0.28.1",),
        pythons=("3.8.18", "3.12.1"),
        sdists=("old-c",),
        lowest=lowest,
        chosen="httpx",
    )
    asked = LockRequest(
        sample=f"lib:matrix#{version}",
        inputs=inputs,
        kept="kept==1\n",
        cooled_by="2026-11-18T00:00:00Z",
        as_of="2026-11-21T00:00:00Z",
    )
    return NewLock(version, asked, body)


def test_only_pins_that_were_free_to_be_the_newest_are_asked_about() -> None:
    """Not the sample, what may be built, or what is held at its floor; of a fork the newest."""
    assert json.loads(older_pins.question([new_lock(), new_lock(lowest=("certifi>=2024",))])) == {
        "as_of": "2026-11-18T00:00:00Z",
        "locks": [
            {
                "pins": {"anyio": "4.6.0", "certifi": "2024.1.1", "h11": "0.14.0"},
                "pythons": ["3.8", "3.12"],
            },
            {"pins": {"anyio": "4.6.0", "h11": "0.14.0"}, "pythons": ["3.8", "3.12"]},
        ],
    }


LINUX, MACOS = "linux-x86_64-glibc2.28", "macos-arm64-14.0"


def on_platforms(lock: NewLock, *platforms: str) -> NewLock:
    inputs = dataclasses.replace(lock.request.inputs, platforms=platforms)
    return dataclasses.replace(lock, request=dataclasses.replace(lock.request, inputs=inputs))


@pytest.mark.parametrize(
    ("marker", "first", "asked"),
    [
        ("", LINUX, True),
        (" ; sys_platform == 'win32'", LINUX, False),
        (" ; sys_platform == 'darwin'", LINUX, False),
        (" ; sys_platform == 'darwin'", MACOS, True),
        (" ; sys_platform == 'linux' and python_full_version < '3.9'", LINUX, True),
        (" ; sys_platform == 'linux' and python_full_version < '3.8'", LINUX, False),
        (" ; python_full_version >= '3.12.2'", LINUX, True),
    ],
)
def test_pins_that_no_cell_installs_are_not_asked_about(
    marker: str, first: str, asked: bool
) -> None:
    other = LINUX if first == MACOS else MACOS
    lock = on_platforms(
        new_lock(body=f"h11==0.14.0{marker} \\\n    --hash=sha256:0\n"), first, other
    )
    question = json.loads(older_pins.question([lock]))
    assert question["platforms"] == [first, other]
    assert ("h11" in question["locks"][0]["pins"]) is asked


def test_the_resolver_is_offered_a_stub_of_each_release_and_keeps_all_other_pins() -> None:
    tried = older_pins.without_wheels(new_lock(), {"h11": ["0.15.0", "0.16.0"], "anyio": ["5.0"]})
    assert tried.stubs == (("h11", "0.15.0"), ("h11", "0.16.0"), ("anyio", "5.0"))
    assert tried.kept == "certifi==2024.1.1\nhttpx==0.28.1\nold-c==1.0\n"
    assert tried.inputs == new_lock().request.inputs


def told(body: str, wheelless: Releases, *more: NewLock) -> tuple[str, ...]:
    locks = (new_lock(), *more)
    return older_pins.notes((lock, wheelless, LockResult(body)) for lock in locks)


def test_a_pin_is_told_if_the_resolver_would_have_it_newer() -> None:
    newer = BODY.replace("h11==0.14.0", "h11==0.16.0")
    assert told(newer, {"h11": ["0.15.0", "0.16.0"]}, new_lock("0.27.0")) == (
        "h11 0.14.0 is older than 0.16.0, which has no wheel (in the locks of 0.28.1, 0.27.0)",
    )
    assert told(newer, {"h11": ["0.16"]}) == (
        "h11 0.14.0 is older than 0.16.0, which has no wheel (in the lock of 0.28.1)",
    )


def test_a_pin_that_something_else_holds_is_not_told() -> None:
    assert told(BODY, {"h11": ["0.16.0"]}) == ()
    # Nor one that a newer wheel took the place of, for it was kept from an earlier lock.
    assert told(BODY.replace("h11==0.14.0", "h11==0.15.0"), {"h11": ["0.14.1"]}) == ()
    assert told("", {"h11": ["0.16.0"]}) == ()
