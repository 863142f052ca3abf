"""Installs what `./pants` stands on, from PyPI and checked by hash: Pants, and the pex CLI.

Only the standard library, and only when something is missing: `ensure` is the way in. A run that
is killed at any point leaves nothing that a later run takes for finished, and of several runs at
once one installs while the others wait. What one run needs of both is made at the same time.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Callable, List, Sequence

from steps import (
    BootstrapError,
    copy_program,
    digest,
    make_venv,
    only_one,
    open_cache,
    pip,
    run,
    say,
)

HERE = Path(__file__).resolve().parent


def install_pants(lock: Path, venv: Path) -> None:
    """Makes the virtual environment `venv` with everything that `lock` names.

    The file `.ready`, written last, is what says that the environment is whole.

    Raises BootstrapError if a file does not match its hash or cannot be had.
    """
    with only_one(venv) as held:
        if _is_whole(venv):
            return  # Another run installed it while this one waited.
        say(f"installing Pants into {venv}, once (about a minute)")
        make_venv(venv, held)
        pip(
            str(venv / "bin/python"),
            held,
            "install",
            "--require-hashes",
            "--requirement",
            str(lock),
        )
        _link_client(venv)
        (venv / ".ready").touch()


def _is_whole(venv: Path) -> bool:
    programs = (venv / "bin" / name for name in ("python", "pants", "native_client"))
    return (venv / ".ready").exists() and all(os.access(each, os.X_OK) for each in programs)


def _link_client(venv: Path) -> None:
    """Puts Pants' native client, which its wheel carries as plain data, on the bin of `venv`."""
    (client,) = venv.glob("lib/python*/site-packages/pants/bin/native_client")
    client.chmod(0o755)
    (venv / "bin/native_client").symlink_to(client)


def install_pex(lock: Path, sha256: str, cache: Path, target: Path) -> None:
    """Puts the pex CLI at `target`, built from the wheel in `lock` unless `cache` has it already.

    Args:
        lock: one requirement, pex, with the hashes of its wheels.
        sha256: hex digest that the built file must have; the build is reproducible.
        cache: folder shared by all clones, which keeps the built file under its digest.
        target: replaced in one step.

    Raises BootstrapError if what was built has another digest; `target` is then untouched.
    """
    built = cache / f"pex-{sha256}"
    with only_one(built) as held:
        if not built.is_file() or digest(built) != sha256:
            say("building the pex CLI from its wheel, once (about 15 s)")
            _build_pex(lock, sha256, built, held)
    copy_program(built, target)


def _build_pex(lock: Path, sha256: str, built: Path, held: int) -> None:
    # In the system's temporary folder: pex warns when the paths it works in are long.
    with tempfile.TemporaryDirectory(prefix="pex-") as folder:
        work = Path(folder)
        venv, wheels, output = work / "venv", work / "wheels", work / "pex"
        # Not executable, whatever a checkout makes of it: its mode is part of the file.
        program = work / "pex_cli.py"
        program.write_bytes((HERE / program.name).read_bytes())
        python = str(venv / "bin/python")
        make_venv(venv, held)
        pip(
            *(python, held, "download", "--require-hashes", "--no-deps", "--only-binary", ":all:"),
            *("--dest", str(wheels), "--requirement", str(lock)),
        )
        (wheel,) = wheels.glob("*.whl")
        pip(python, held, "install", "--no-index", "--no-deps", str(wheel))
        run(
            (
                *(python, "-I", "-m", "pex", str(wheel), "--no-index"),
                *("--executable", str(program), "--no-strip-pex-env"),
                *("--output-file", str(output)),
                *("--interpreter-constraint", ">=3.6", "--venv", "prepend"),
                *("--python-shebang", "/usr/bin/env python3"),
                # Its default differs between Linux and macOS, and is part of the file.
                *("--runtime-pex-root", "~/.cache/pex"),
            ),
            held,
            env={"PEX_ROOT": str(work / "root")},
        )
        found = digest(output)
        if found != sha256:
            raise BootstrapError(
                f"the pex CLI built from {lock} has the sha256\n  {found}\n"
                f"and should have\n  {sha256}\n"
                "If the lock was updated on purpose, put the new digest into pex.sha256 beside it "
                f"and, with the size {output.stat().st_size}, into [pex-cli] of pants.toml; "
                "otherwise run `git checkout tools/bootstrap`."
            )
        copy_program(output, built)


def _attempt(step: Callable[[], None]) -> int:
    """Takes one step; returns 0, or 1 with the reason on standard error."""
    try:
        step()
    except BootstrapError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"cannot install: {error}")
        return 1
    return 0


def main(arguments: Sequence[str]) -> int:
    """Makes the parts that are named; returns 0, 1 if one failed, or 130 if interrupted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="a folder for all clones")
    parser.add_argument("--pants", type=Path, help="the virtual environment to make of pants.lock")
    parser.add_argument("--pex", type=Path, help="where the pex CLI of pex.lock goes, as one file")
    options = parser.parse_args(arguments)
    if _attempt(partial(open_cache, options.cache)) != 0:
        return 1
    steps: List[Callable[[], None]] = []
    if options.pants:
        steps.append(partial(install_pants, HERE / "pants.lock", options.pants))
    if options.pex:
        sha256 = (HERE / "pex.sha256").read_text().split()[0]
        steps.append(partial(install_pex, HERE / "pex.lock", sha256, options.cache, options.pex))
    try:
        with ThreadPoolExecutor() as pool:
            return max(pool.map(_attempt, steps), default=0)
    except KeyboardInterrupt:
        # The terminal has interrupted what the steps run, too.
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
