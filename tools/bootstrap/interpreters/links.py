"""The folder of links that lead to installed Pythons: what Pants and its launcher search.

As the rest of what finds Pants its own Python, this runs on a Python 3.7.
"""

import os
from pathlib import Path


def folder_of_links(cache: Path) -> Path:
    """Where they are; tools/bootstrap/find-python and python-settings know it as well."""
    return cache / "pythons/bin"


def put_link(cache: Path, program: str, python: Path) -> Path:
    """Has `program` lead to `python` from one moment to the next; returns the link."""
    link = folder_of_links(cache) / program
    link.parent.mkdir(parents=True, exist_ok=True)
    partial = link.with_name("{}.{}".format(program, os.getpid()))
    if partial.is_symlink():
        partial.unlink()
    partial.symlink_to(python)
    os.replace(str(partial), str(link))
    return link
