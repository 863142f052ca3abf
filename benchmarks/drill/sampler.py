"""`release-sampler plan`, from pages of an index to the files of a suite."""

from __future__ import annotations

import json
import os

from drill.commands import Command, files_parts, garbled, python, python_path
from drill.index import Index, wheel
from drill.small_disk import Disk

_PROJECT = "drill-planned"


def planning(disk: Disk, index: Index) -> Command:
    """The command, all of whose files are on the disk."""
    room = disk.folder
    wheels = [wheel(_PROJECT, f"1.{number}") for number in range(9)]
    index.release(_PROJECT, *wheels)
    suite: dict[str, object] = {
        "package": _PROJECT,
        "python": {"*": ">=3.8"},
        "samples": None,
        "sdists": [],
    }
    request = {
        "suite": suite,
        "policy": {"target_pythons": ["3.8.18", "3.9.18"], "samples": 5, "cooldown_days": 3},
        "mode": "poll",
        "as_of": "2026-11-21T06:00:00Z",
        "upgrade": False,
    }
    (room / "request.json").write_text(json.dumps(request))
    previous, output = room / "previous", room / "output"
    previous.mkdir()
    output.mkdir()

    def reset() -> None:
        for path in output.iterdir():
            path.unlink()

    argv = python("release_sampler", "plan", f"--request={room / 'request.json'}")
    return Command(
        argv=(*argv, f"--previous={previous}", f"--output={output}"),
        environment={**index_environment(index), "XDG_CACHE_HOME": str(room / "cache")},
        folder=room,
        disk=disk,
        written=output,
        reset=reset,
        # A file of a name of its own, which a kill has left, is not yet one of the state.
        state=lambda: files_parts(output, below="[!.]*"),
        sabotages={
            **index.sabotages(_PROJECT),
            "cache: the sampler": garbled(room / "cache"),
        },
        whole=False,
    )


def index_environment(index: Index) -> dict[str, str]:
    """How programs of ours find this index alone, and do not wait for it for long."""
    return {
        **python_path(),
        "PIP_INDEX_URL": index.simple,
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DEFAULT_TIMEOUT": "1",
        "PIP_RETRIES": "0",
        "NO_PROXY": "127.0.0.1",
    }
