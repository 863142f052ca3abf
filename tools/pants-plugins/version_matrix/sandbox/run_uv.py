"""Runs uv as pip would reach the index, inside a sandbox.

    run_uv.py [--dated] [--cache-first] [--each=NAME]...
              [--finish=FOLDER --python=PYTHON --python-fingerprint=X] -- UV ARGUMENTS...

uv does not read pip's configuration; what matters of it is translated into uv's environment, so
that a URL with credentials is never an argument. With `--dated` only what can say when a file was
uploaded is asked: a folder cannot, and a cool-down that it escapes is none. With `--cache-first`
the index is asked only for what uv's cache does not hold. With `--each` uv is run once for each name,
which stands for `{}` in its arguments and in the folder. With `--finish` the folder uv has filled is made
the same to the byte whenever and wherever it is made.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

# Isolated, Python does not look beside the script that it runs.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# They lie beside this script in the sandbox; the home of the second is release-sampler.
import finish_wheel  # type: ignore[import-not-found]  # noqa: E402  # pants: no-infer-dep
import pip_options  # type: ignore[import-not-found]  # noqa: E402  # pants: no-infer-dep

# As pip reads a boolean.
_TRUE = ("1", "on", "t", "true", "y", "yes")

# A folder that is not there.
_NO_SETTINGS = "__uv/no-settings"

# What uv itself exits with if it is called wrongly.
_MISUSE = 2

_UNFINISHED = 1


def uv_environment(environment: dict[str, str], *, dated: bool) -> dict[str, str]:
    """uv's environment for the index, links and certificates that pip is configured with."""
    pip: dict[str, str] = pip_options.read_pip_options(environment)
    extra = pip.get("extra-index-url", "").split()
    if dated:
        extra = [url for url in extra if url.startswith(("http://", "https://"))]
    translated = {
        "UV_DEFAULT_INDEX": pip.get("index-url", ""),
        "UV_INDEX": " ".join(extra),
        "UV_FIND_LINKS": "" if dated else ",".join(pip.get("find-links", "").split()),
        "UV_INSECURE_HOST": pip.get("trusted-host", ""),
        "UV_NO_INDEX": "true" if pip.get("no-index", "").lower() in _TRUE else "",
        "UV_HTTP_TIMEOUT": pip.get("timeout", pip.get("default-timeout", "")),
        "UV_HTTP_RETRIES": pip.get("retries", ""),
        "SSL_CERT_FILE": pip.get("cert", ""),
        "SSL_CLIENT_CERT": pip.get("client-cert", ""),
        "HTTPS_PROXY": pip.get("proxy", ""),
        "HTTP_PROXY": pip.get("proxy", ""),
    }
    kept = {name: value for name, value in environment.items() if not name.startswith("UV_")}
    # Settings of the machine and of its user, as pip never had them.
    kept.update({"UV_NO_SYSTEM_CONFIG": "true", "XDG_CONFIG_HOME": os.path.abspath(_NO_SETTINGS)})
    # Several values may stand on lines of their own in a file of pip's.
    return {**kept, **{name: " ".join(v.split()) for name, v in translated.items() if v.strip()}}


def from_cache(command: list[str], environment: dict[str, str]) -> bool:
    """Whether uv did it with what is in its cache; if not, it is silent and nothing is done.

    To ask whether a page of the index has changed takes half of uv's time, and a round trip; what is
    pinned by its hash is the same whatever the page says.
    """
    offline = [*command, "--offline"]
    return (
        subprocess.run(offline, env=environment, check=False, capture_output=True).returncode == 0
    )


def main(argv: list[str]) -> int:
    split = argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("--dated", action="store_true")
    parser.add_argument("--cache-first", action="store_true")
    parser.add_argument("--each", action="append", metavar="NAME")
    parser.add_argument("--finish")
    parser.add_argument("--python")
    # Only so that a run with another Python at the same place is another run.
    parser.add_argument("--python-fingerprint")
    options = parser.parse_args(argv[:split])
    try:
        environment = uv_environment(dict(os.environ), dated=options.dated)
    except ValueError as error:
        sys.stderr.write(f"error: pip's configuration cannot be read: {error}\n")
        return _MISUSE
    command = argv[split + 1 :]
    if not any(argument.startswith("--python=") for argument in command):
        # A resolution needs some Python, whichever; an installation names its own.
        command.append(f"--python={sys.executable}")
    # Without names `{}` stands for itself.
    names = options.each or ["{}"]
    for name in names:
        own = [part.replace("{}", name) for part in command]
        if options.cache_first and from_cache(own, environment):
            continue
        status = subprocess.run(own, env=environment, check=False).returncode
        if status != 0:
            return status
    if options.finish:
        folders = [options.finish.replace("{}", name) for name in names]
        try:
            finish_wheel.finish(folders, options.python)
        except (finish_wheel.UnfinishedError, OSError) as error:
            sys.stderr.write(f"error: {error}\n")
            return _UNFINISHED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
