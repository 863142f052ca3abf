"""Finds a program along folders: find_programs.py --name=NAME... -- FOLDER...

Of several names one will do; a folder may be a glob. Prints JSON: `path` and `fingerprint` of the first
that can be executed, or nothing of either. Runs on 3.6 and later.
"""

import argparse
import glob
import hashlib
import json
import os
import re
import sys
from typing import Iterable, Iterator, List, Optional, Tuple, Union


def folders(patterns: Iterable[str]) -> Iterator[str]:
    """The folders, those of one glob with the highest number first."""
    for pattern in patterns:
        if glob.has_magic(pattern):
            yield from sorted(glob.glob(pattern), key=_by_number, reverse=True)
        else:
            yield pattern


def _by_number(path: str) -> List[Tuple[int, Union[int, str]]]:
    parts = re.split(r"(\d+)", path)
    return [(1, int(part)) if part.isdigit() else (0, part) for part in parts]


def find(names: Iterable[str], patterns: Iterable[str]) -> Optional[str]:
    """The path of the first program; a name that stands before another is preferred to it."""
    places = list(folders(patterns))
    for name in names:
        for place in places:
            path = os.path.join(place, name)
            if os.path.isabs(path) and os.path.isfile(path) and os.access(path, os.X_OK):
                return path
    return None


def fingerprint(path: str) -> str:
    """The hash of a file; of what may be executed and not read, that of what the system tells."""
    try:
        with open(path, "rb") as program:
            content = program.read()
    except OSError:
        told = os.stat(path)
        content = "{} {} {}".format(told.st_ino, told.st_size, told.st_mtime_ns).encode()
    return hashlib.sha256(content).hexdigest()


def main(argv: List[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", action="append", default=[])
    parser.add_argument("folders", nargs="*")
    options = parser.parse_args(argv)
    path = find(options.name, options.folders)
    found = {}
    if path is not None:
        found = {"path": path, "fingerprint": fingerprint(path)}
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
