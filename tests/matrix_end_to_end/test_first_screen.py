"""The two commands of README's first screen, in a clone, against an index on loopback."""

from __future__ import annotations

import dataclasses
import datetime
import re
from typing import Dict, Iterator, List

import pytest

from matrix_end_to_end.package_index import PackageIndex
from matrix_end_to_end.repository import CLIENT, HERE, SUITE, Repository, with_pants

ISO = "%Y-%m-%dT%H:%M:%SZ"
LOGGED = re.compile(r"\d\d:\d\d:\d\d\.\d\d \[[A-Z]+\] ")

pytestmark = pytest.mark.usefixtures("pristine")


def commands() -> List[List[str]]:
    """What a newcomer types, in the order of the page, without the launcher."""
    screen = (HERE / "README.md").read_text().split("## Goal by goal")[0]
    return [found.split() for found in re.findall(r"```sh\n\./pants (.+)\n```", screen)]


@pytest.fixture
def clone(
    repository: Repository, generated: Dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Repository]:
    """A fresh clone of a repository in which everything is current."""
    root = tmp_path_factory.mktemp("clone") / "clone"
    repository.git("clone", "-q", str(repository.root), str(root))
    env = {name: repository.env[name] for name in repository.env if name != "_PANTS_SERVER_EXE"}
    made = dataclasses.replace(repository, root=root, env=with_pants(root, env))
    # What `./pants` puts there.
    (root / ".cache/pex").symlink_to(HERE / ".cache/pex")
    try:
        yield made
    finally:
        made.stop()


def test_both_do_their_job_and_leave_the_checkout_as_it_was(
    clone: Repository, index: PackageIndex
) -> None:
    generate, test = commands()
    assert (generate[0], test[0]) == ("generate-matrix", "test")
    young = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    index.release("matrix-example", "2.2.0", uploaded=f"{young:{ISO}}", code="NAME = ''\n")
    usable = young + datetime.timedelta(days=3)

    told = clone.succeed(*generate).rstrip().splitlines()
    # What is logged goes another way, and on a busy machine comes later.
    printed = [line for line in told if not LOGGED.match(line)]
    assert printed[-2:] == [
        f"cooling until {usable:{ISO}}: matrix-example 2.2.0",
        "1 suite, 5 known releases, 4 samples, 8 cells: 0 suites changed.",
    ]
    output = clone.succeed(*test)
    passed = re.findall(rf"✓ {SUITE}:matrix#\S+@python=\S+ succeeded", output)
    assert len(passed) == 8
    assert clone.git("status", "--porcelain") == ""
    assert (clone.root / CLIENT).is_file()
