"""Runs uv as pip would reach the index, inside a sandbox.

    run_uv.py [--finish=FOLDER --python=PYTHON] -- UV ARGUMENTS...

uv does not read pip's configuration; what matters of it is translated into uv's environment, so
that a URL with credentials is never an argument. With `--finish` the folder uv has filled is made
the same to the byte whenever and wherever it is made.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys

# Lies beside this script in the sandbox; its home is release-sampler.
import pip_configuration  # type: ignore[import-not-found]  # pants: no-infer-dep


def uv_environment(environment: dict[str, str]) -> dict[str, str]:
    """uv's environment for the index, certificates and links that pip is configured with."""
    pip = pip_configuration.read_pip_configuration(environment)
    translated = {
        "UV_DEFAULT_INDEX": pip.index_url,
        "UV_INDEX": " ".join(pip.extra_index_urls),
        "UV_FIND_LINKS": ",".join(pip.find_links),
        "UV_INSECURE_HOST": " ".join(pip.trusted_hosts),
        "UV_NO_INDEX": "true" if pip.no_index else "",
        "SSL_CERT_FILE": pip.cert,
    }
    kept = {name: value for name, value in environment.items() if not name.startswith("UV_")}
    return {**{name: value for name, value in translated.items() if value}, **kept}


def finish(folder: str, python: str) -> None:
    """Drops what is not the packages themselves, and compiles them with stable byte-code."""
    shutil.rmtree(os.path.join(folder, "bin"), ignore_errors=True)
    lock = os.path.join(folder, ".lock")
    if os.path.exists(lock):
        os.remove(lock)
    # Byte-code that is never checked against its source needs no timestamp (PEP 552, 3.7 and
    # later). Sources that this Python cannot compile are no error: they may be for another.
    subprocess.run(
        [python, "-sE", "-m", "compileall", "-q", "--invalidation-mode=unchecked-hash", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )


def main(argv: list[str]) -> int:
    split = argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("--finish")
    parser.add_argument("--python")
    options = parser.parse_args(argv[:split])
    environment = uv_environment(dict(os.environ))
    command = argv[split + 1 :]
    if not any(argument.startswith("--python=") for argument in command):
        # A resolution needs some Python, whichever; an installation names its own.
        command.append(f"--python={sys.executable}")
    status = subprocess.run(command, env=environment, check=False).returncode
    if status == 0 and options.finish:
        finish(options.finish, options.python)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
