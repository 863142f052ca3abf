from __future__ import annotations

import pytest

from shell_lint.scripts import candidates, is_script


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("run.sh", b"", True),
        ("lib.bash", b"echo\n", True),
        (".ci/run", b"#!/usr/bin/env bash\n", True),
        ("pants", b"#!/bin/sh\n", True),
        ("tool", b"#! /usr/bin/bash -e\n", True),
        ("tool", b"#!/usr/bin/env python3\n", False),
        ("tool", b"#!/usr/bin/env fish\n", False),
        ("LICENSE", b"Apache", False),
        ("binary", b"\xff\x00", False),
    ],
)
def test_scripts_are_known_by_name_or_first_line(path: str, content: bytes, expected: bool) -> None:
    assert is_script(path, content) is expected


def test_only_files_that_may_be_scripts_are_read() -> None:
    paths = ("b/run", "a.py", "x.sh", ".pants.bootstrap", "a.lock", "z/BUILD")
    assert candidates(paths) == (".pants.bootstrap", "b/run", "x.sh", "z/BUILD")
