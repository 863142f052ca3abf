"""Gets the Python that Pants runs on, where a machine has only others: uv, and by uv a build of it.

Prints its path. Runs on any Python from 3.7 on, and needs of it pip, or `venv` and `ensurepip`.
"""

import argparse
import sys
from pathlib import Path

from interpreters.links import folder_of_links, put_link
from interpreters.uv import install_python
from steps import BootstrapError, only_one, open_cache, say
from wheel_program import wheel_program


def get_python(minor: str, uv_lock: Path, cache: Path) -> Path:
    """Returns the path of a Python `minor`, which is installed below `cache` unless it is there.

    Raises BootstrapError, with the reason, if uv or the Python cannot be had.
    """
    program = "python{}".format(minor)
    link = folder_of_links(cache) / program
    open_cache(cache)
    with only_one(cache / "pythons") as held:
        if link.exists():
            return link  # Another run installed it while this one waited.
        say("no Python {} here: getting one by uv into {}, once".format(minor, cache / "pythons"))
        uv = wheel_program("uv", uv_lock, cache)
        return put_link(
            cache, program, install_python(uv, minor, minor, cache / "pythons/uv", held)
        )


def main() -> int:
    """Returns 0, or 1 with the reason, in one line, on standard error."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="a folder for all clones")
    parser.add_argument(
        "--uv-lock", type=Path, required=True, help="uv, with the hashes of its wheels"
    )
    parser.add_argument("minor", help="the version, as in 3.9")
    options = parser.parse_args()
    try:
        print(get_python(options.minor, options.uv_lock, options.cache))
    except (BootstrapError, OSError) as error:
        say("cannot get one: {}".format(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
