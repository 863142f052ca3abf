"""Makes what uv has installed the same to the byte, whenever and wherever it was made."""

from __future__ import annotations

import csv
import glob
import os
import subprocess

# Neither variables nor packages of the machine decide what a process does.
_ISOLATED = ("-I", "-S")

# Byte-code that is never checked against its source needs no timestamp (PEP 552, 3.7 and later).
# Sources that this Python cannot compile are no error: they may be for another. What cannot be
# written is one, which `compileall` does not tell apart.
_COMPILE = """\
import os, py_compile, sys

if sys.version_info >= (3, 7):
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    for folder, _, names in (found for root in sys.argv[1:] for found in os.walk(root)):
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                try:
                    py_compile.compile(path, doraise=True, invalidation_mode=unchecked)
                except py_compile.PyCompileError:
                    pass
                except OSError as error:
                    sys.exit("byte-code of {} cannot be written: {}".format(path, error.strerror))
"""


class UnfinishedError(Exception):
    """What was installed could not be finished; the text says why."""


def finish(folders: list[str], python: str) -> None:
    """Makes what uv has installed below prefixes the same wherever it was made, and compiles it.

    Raises `UnfinishedError` or `OSError` where the disk is full, for instance: what is installed in
    part must not be remembered as a wheel.
    """
    for folder in folders:
        lock = os.path.join(folder, ".lock")
        if os.path.exists(lock):
            os.remove(lock)
        loosen_scripts(folder, python)
    libraries = [os.path.join(folder, "lib") for folder in folders]
    done = subprocess.run(
        # Scripts are run, and not imported, whatever they are called.
        [python, *_ISOLATED, "-W", "ignore", "-c", _COMPILE, *libraries],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode != 0:
        raise UnfinishedError(done.stderr.decode(errors="replace").strip())


def loosen_scripts(folder: str, python: str) -> None:
    """Takes this machine's Python out of scripts, and out of the records that hold their hashes.

    What stands for it is what stands in a wheel: whoever makes an environment fills it in.
    https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    """
    loosened = set()
    for path in glob.glob(os.path.join(folder, "bin", "*")):
        with open(path, "rb") as script:
            content = script.read()
        loose = loosen(content, python)
        if loose != content:
            with open(path, "wb") as script:
                script.write(loose)
            loosened.add(f"../../../bin/{os.path.basename(path)}")
    for path in glob.glob(os.path.join(folder, "lib/*/site-packages/*.dist-info/RECORD")):
        with open(path, encoding="utf-8", newline="") as record:
            rows = [row for row in csv.reader(record) if row]
        if any(row[0] in loosened for row in rows):
            with open(path, "w", encoding="utf-8", newline="") as record:
                csv.writer(record, lineterminator="\n").writerows(
                    [row[0], "", ""] if row[0] in loosened else row for row in rows
                )


def loosen(script: bytes, python: str) -> bytes:
    """The script for any Python, if it is for this one."""
    first, _, rest = script.partition(b"\n")
    names = {python.encode(), os.path.realpath(python).encode()}
    if first.startswith(b"#!") and first[2:].strip() in names:
        return b"#!python\n" + rest
    if first == b"#!/bin/sh":
        # A path that is too long for a first line, or has spaces in it.
        start, _, rest = rest.partition(b"\n")
        end, _, body = rest.partition(b"\n")
        called = start.partition(b"'''exec' ")[2].partition(b' "$0"')[0].strip(b"'\"")
        if end == b"' '''" and called in names:
            return b"#!python\n" + body
    return script
