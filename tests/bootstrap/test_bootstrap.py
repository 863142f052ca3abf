"""`./pants` from its front door: first runs, later runs, and everything that can come between."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
from pathlib import Path

import pytest

from bootstrap.clone import PEX_BYTES, Clone

STARTED = "pants was started with: list ::\n"


def test_first_run_installs_and_later_runs_need_nothing(clone: Clone, tmp_path: Path) -> None:
    code, out, err = clone.run("./pants", "list", "::")
    assert (code, out) == (0, STARTED), err
    assert sorted(line.split(" into ")[0] for line in err.splitlines()) == [
        "pants: building the pex CLI from its wheel, once (about 15 s)",
        "pants: installing Pants",
    ]
    assert clone.pex.read_bytes() == PEX_BYTES

    nothing = str(tmp_path / "no-wheels-here")
    assert clone.run("./pants", "list", "::", PIP_FIND_LINKS=nothing) == (0, STARTED, "")

    clone.put_pex(b"damaged")
    from_elsewhere = ("bash", "-c", "cd tools && ../pants list ::")
    assert clone.run(*from_elsewhere, PIP_FIND_LINKS=nothing) == (0, STARTED, "")
    assert clone.pex.read_bytes() == PEX_BYTES, "the cache of built files mends it"


def test_starts_through_links_to_it(clone: Clone, tmp_path: Path) -> None:
    clone.put_pex()
    (tmp_path / "absolute").symlink_to(clone.root / "pants")
    (tmp_path / "linked").symlink_to("absolute")
    code, out, err = clone.run(str(tmp_path / "linked"), "list", "::")
    assert (code, out) == (0, STARTED), err


def test_says_how_to_get_a_python(clone: Clone) -> None:
    (Path(clone.env["PATH"]) / "python3.9").unlink()
    clone.put_pex()
    code, out, err = clone.run("./pants", "list", "::")
    assert (code, out) == (1, "")
    assert "needs a Python 3.9 to run on, and found none that works" in err
    for advice in ("pyenv install 3.9", "uv python install 3.9", "apt-get install python3.9"):
        assert advice in err
    assert not clone.installed.exists()


def test_passes_over_a_shim_that_stands_for_nothing(clone: Clone, python39: Path) -> None:
    shim = Path(clone.env["PATH"]) / "python3.9"
    shim.unlink()
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.9: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    find = "tools/bootstrap/find-python"
    code, _, err = clone.run(find, "3.9")
    assert code == 1
    assert f"{shim}: pyenv: python3.9: command not found" in err

    for place in (
        ".pyenv/versions/3.9.18/bin/python",
        ".local/share/uv/python/cpython-3.9.18-x/bin/python3.9",
    ):
        elsewhere = clone.home / place
        elsewhere.parent.mkdir(parents=True)
        elsewhere.symlink_to(python39)
        assert clone.run(find, "3.9") == (0, f"{elsewhere}\n", "")
        elsewhere.unlink()


def test_python_named_by_hand_ends_the_search(clone: Clone, python39: Path) -> None:
    find = "tools/bootstrap/find-python"
    assert clone.run(find, "3.9", PANTS_PYTHON=str(python39)) == (0, f"{python39}\n", "")
    code, out, err = clone.run(find, "3.9", PANTS_PYTHON="/no/such/python")
    assert (code, out) == (1, "")
    assert "PANTS_PYTHON=/no/such/python will not do: is not a program that can be run" in err
    code, out, err = clone.run(find, "3.11", PANTS_PYTHON=str(python39))
    assert (code, out) == (1, "")
    assert f"PANTS_PYTHON={python39} will not do: is Python 3.9" in err


@pytest.mark.parametrize("in_the_way", ["", "pants", "pants/bootstrap"])
def test_a_cache_that_cannot_be_written_is_told_once(
    clone: Clone, tmp_path: Path, in_the_way: str
) -> None:
    # Root may write anywhere, but no folder can be made where a file is.
    cache = tmp_path / "cache"
    (cache / in_the_way).parent.mkdir(parents=True, exist_ok=True)
    (cache / in_the_way).write_text("")
    code, out, err = clone.run("./pants", "list", "::", XDG_CACHE_HOME=str(cache))
    assert (code, out) == (1, "")
    reason = "File exists" if in_the_way == "pants/bootstrap" else "Not a directory"
    assert err == (
        f"pants: nothing can be installed into {cache}/pants/bootstrap: {reason}.\n"
        "Make it writable, or set XDG_CACHE_HOME to a folder that is.\n"
    )


def test_nor_is_a_python_got_into_it(clone: Clone, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.write_text("")
    code, _, err = clone.run("tools/bootstrap/find-python", "3.7", XDG_CACHE_HOME=str(cache))
    assert code == 1
    assert err.startswith(
        f"pants: cannot get one: nothing can be installed into {cache}/pants/bootstrap: "
    )
    assert err.count("set XDG_CACHE_HOME") == 1 and "Traceback" not in err


def test_refuses_a_wheel_with_another_hash_and_mends_a_broken_environment(clone: Clone) -> None:
    clone.put_pex()
    lock = clone.root / "tools/bootstrap/pants.lock"
    right = lock.read_text()
    lock.write_text(f"{right.split('sha256:')[0]}sha256:{'0' * 64}\n")
    code, out, err = clone.run("./pants", "list", "::")
    assert (code, out) == (1, "")
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in err
    assert "Nothing half-installed is used" in err
    assert not list(clone.installed.glob("pants-*/.ready"))

    lock.write_text(right)
    assert clone.run("./pants", "list", "::")[:2] == (0, STARTED)

    (ready,) = clone.installed.glob("pants-*/.ready")
    for program in ("python", "pants", "native_client"):
        broken = ready.parent / "bin" / program
        broken.unlink()
        broken.symlink_to("/no/such/program")
        code, out, err = clone.run("./pants", "list", "::")
        assert (code, out) == (0, STARTED), err
        assert "installing Pants" in err, f"{program} was gone"


def test_refuses_a_pex_cli_with_another_digest(clone: Clone) -> None:
    (clone.root / "tools/bootstrap/pex.sha256").write_text(f"{'0' * 64}  .cache/pex/pex\n")
    code, out, err = clone.run("tools/bootstrap/ensure", "pex")
    assert (code, out) == (1, "")
    assert f"should have\n  {'0' * 64}\n" in err
    assert "[pex-cli] of pants.toml" in err
    assert not clone.pex.exists()


def test_official_launcher_gets_the_pex_cli(clone: Clone) -> None:
    """The launcher sources the file so, and exports to Pants what it leaves in the shell."""
    clone.installed.mkdir(parents=True)
    digest = hashlib.sha256(PEX_BYTES).hexdigest()
    (clone.installed / f"pex-{digest}").write_bytes(PEX_BYTES)
    sourced = 'source "$PWD/.pants.bootstrap"; compgen -A function || true; compgen -v pants'
    assert clone.run("bash", "-euo", "pipefail", "-c", sourced)[1:] == ("", "")
    assert clone.pex.read_bytes() == PEX_BYTES


def test_pants_is_started_with_few_pools_of_memory(clone: Clone) -> None:
    clone.put_pex()
    show = 'source "$PWD/.pants.bootstrap"; echo "$MALLOC_ARENA_MAX"'
    shell = ("bash", "-euo", "pipefail", "-c", show)
    assert clone.run(*shell)[1] == "2\n"
    assert clone.run(*shell, MALLOC_ARENA_MAX="7")[1] == "7\n"


def test_run_after_one_interrupted_and_one_killed_midway(clone: Clone) -> None:
    """Both end while pip waits for an index that never answers."""
    clone.put_pex()
    with socket.create_server(("127.0.0.1", 0)) as index:
        index.settimeout(600)
        url = f"http://127.0.0.1:{index.getsockname()[1]}/simple"
        for end in (signal.SIGINT, signal.SIGKILL):
            run = clone.start(
                "./pants", "list", "::", PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL=url
            )
            connection, _ = index.accept()
            os.killpg(run.pid, end)
            connection.close()
            out, err = run.communicate()
            assert (run.returncode != 0, out) == (True, "")
            assert "Traceback" not in err
    (left,) = (path for path in clone.installed.iterdir() if path.is_dir())
    assert (left / "bin/pip").exists(), "the run was to be killed midway"

    code, out, err = clone.run("./pants", "list", "::")
    assert (code, out) == (0, STARTED), err


def test_two_first_runs_at_once(clone: Clone) -> None:
    runs = [clone.start("./pants", "list", "::") for _ in range(2)]
    results = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], results
    assert [out for out, _ in results] == [STARTED, STARTED]
    for step in ("pants: building the pex CLI", "pants: installing Pants"):
        assert sum(err.count(step) for _, err in results) == 1
