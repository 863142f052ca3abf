"""Makes a cell's virtual environment in its sandbox, and runs a command in it.

    make_environment.py [--python-fingerprint=X] [--wheel=FOLDER]... [--sources=FOLDER]... -- SCRIPT ARGUMENTS...

Each FOLDER of a wheel is laid out as an environment is (`lib/pythonX.Y/site-packages`, `bin`, ...).
Its files are linked, not copied: they lie on the machine once, whatever the number of cells that
use them. The folders are the cell's own, so that a package may write new files beside its own.
What a test sees of the machine is decided here, too. Written for the oldest Python of a matrix
(3.6), and run by the interpreter that the environment is for.

https://docs.python.org/3/library/venv.html
https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

import argparse
import base64
import csv
import hashlib
import os
import shutil
import sys

ENVIRONMENT = ".venv"

# What POSIX systems agree on; the environment's own `bin` comes before it.
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Linux cuts longer ones off: https://man7.org/linux/man-pages/man2/execve.2.html
_LONGEST_SHEBANG = 127

_PLACEHOLDER = b"#!python"

_NOT_MADE = """\
The environment of this cell cannot be made: {}
Where no space is left, make room where [GLOBAL].local_execution_root_dir lies, and run it again."""


class Environment:
    """A virtual environment at `root`, for the Python that runs this."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.bin = os.path.join(root, "bin")
        self.python = os.path.join(self.bin, "python")
        self.packages = os.path.join(
            root, "lib", "python{}.{}".format(*sys.version_info), "site-packages"
        )

    def create(self) -> None:
        """What `python -m venv --without-pip` would make."""
        base = os.path.realpath(sys.executable)
        for folder in (self.bin, self.packages, os.path.join(self.root, "include")):
            os.makedirs(folder)
        if sys.maxsize > 2**32 and sys.platform != "darwin":
            os.symlink("lib", os.path.join(self.root, "lib64"))
        for name in ("python", "python3", "python{}.{}".format(*sys.version_info)):
            os.symlink(base, os.path.join(self.bin, name))
        with open(os.path.join(self.root, "pyvenv.cfg"), "w") as file:
            file.write("home = {}\n".format(os.path.dirname(base)))
            file.write("include-system-site-packages = false\n")
            file.write("version = {}.{}.{}\n".format(*sys.version_info))

    def add(self, wheel: str) -> None:
        """Adds what a wheel has installed; what is there already stays."""
        graft(wheel, self.root)

    def settle(self) -> None:
        """Gives scripts this environment's Python, and their records what they hold now."""
        written = {}
        for name in sorted(os.listdir(self.bin)):
            script = os.path.join(self.bin, name)
            if os.path.islink(script):
                continue
            with open(script, "rb") as file:
                first, rest = file.readline(), file.read()
            if first.rstrip() == _PLACEHOLDER:
                content = shebang(self.python) + rest
                # Not through the link: others have the same file.
                os.remove(script)
                with open(script, "wb") as file:
                    file.write(content)
                os.chmod(script, 0o755)
                written[os.path.relpath(script, self.packages)] = content
        if written:
            for name in os.listdir(self.packages):
                record = os.path.join(self.packages, name, "RECORD")
                if name.endswith(".dist-info") and os.path.isfile(record):
                    renew_record(record, written)

    def see(self, sources: "list[str]") -> None:
        """Lets every Python of the environment find first-party sources."""
        with open(os.path.join(self.packages, "first_party.pth"), "w") as file:
            file.writelines(os.path.abspath(folder) + "\n" for folder in sources)


def graft(source: str, target: str) -> None:
    """Links the files below a folder into another one, folder by folder."""
    with os.scandir(source) as entries:
        for entry in entries:
            path = os.path.join(target, entry.name)
            if entry.is_dir():
                if not os.path.isdir(path):
                    os.mkdir(path)
                graft(entry.path, path)
            elif not os.path.lexists(path):
                link(entry.path, path)


def link(source: str, target: str) -> None:
    """Makes a file appear at a second place; copied where that cannot be linked."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def shebang(python: str) -> bytes:
    """The first line of a script for this Python, or a line of sh that starts it."""
    if len(python) + 3 <= _LONGEST_SHEBANG and " " not in python:
        return "#!{}\n".format(python).encode()
    # Python reads the second line as a string, sh as a command.
    return "#!/bin/sh\n'''exec' \"{}\" \"$0\" \"$@\"\n' '''\n".format(python).encode()


def renew_record(record: str, written: "dict[str, bytes]") -> None:
    """Puts hash and size of these files (relative to `site-packages`) into a RECORD."""
    with open(record, newline="") as file:
        rows = list(csv.reader(file))
    if not any(row and row[0] in written for row in rows):
        return
    os.remove(record)
    with open(record, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in rows:
            if row and row[0] in written:
                content = written[row[0]]
                code = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
                row = [row[0], "sha256=" + code.decode(), str(len(content))]
            writer.writerow(row)


def surroundings(
    environment: Environment, sandbox: str, given: "dict[str, str]"
) -> "dict[str, str]":
    """The variables of the test's process: what is given, and for the rest the same everywhere."""
    private = {
        name: os.path.join(sandbox, folder)
        for name, folder in (("HOME", ".home"), ("TMPDIR", ".tmp"))
        if name not in given
    }
    for folder in private.values():
        os.mkdir(folder)
    # Pants gives an empty one where it is asked for none.
    path = given.get("PATH") or SYSTEM_PATH
    return {
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        **private,
        **given,
        "PATH": environment.bin + os.pathsep + path,
        "VIRTUAL_ENV": environment.root,
    }


def main(argv: "list[str]") -> None:
    split = argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("--wheel", action="append", default=[])
    # Only so that a run with another Python at the same place is another run.
    parser.add_argument("--python-fingerprint")
    parser.add_argument("--sources", action="append", default=[])
    options = parser.parse_args(argv[:split])
    sandbox = os.getcwd()
    environment = Environment(os.path.join(sandbox, ENVIRONMENT))
    try:
        environment.create()
        for wheel in options.wheel:
            environment.add(wheel)
        environment.settle()
        environment.see(options.sources)
        variables = surroundings(environment, sandbox, dict(os.environ))
    except OSError as error:
        sys.exit(_NOT_MADE.format(error))
    os.execve(environment.python, [environment.python, *argv[split + 1 :]], variables)


if __name__ == "__main__":
    main(sys.argv[1:])
