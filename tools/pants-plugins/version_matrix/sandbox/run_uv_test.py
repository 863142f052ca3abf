from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from types import MappingProxyType
from typing import Any, Mapping

import pytest

from version_matrix import sandbox as scripts
from version_matrix.sandbox import finish_wheel

SCRIPT = Path(scripts.__file__).with_name("run_uv.py")

# Stands for the module of release-sampler: `PIP_INDEX_URL` alone gives `index-url`.
PIP_OPTIONS = dedent("""\
    def read_pip_options(environ):
        if "PIP_CONFIG_FILE" in environ:
            raise ValueError(f"{environ['PIP_CONFIG_FILE']}: no section headers")
        return {
            name[4:].lower().replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("PIP_")
        }
    """)

# Stands for uv: tells how it was called, and "installs" a package.
UV = dedent(f"""\
    #!{sys.executable}
    import json, os, sys

    with open("seen.json", "w") as file:
        json.dump({{"arguments": sys.argv[1:], "environment": dict(os.environ)}}, file)
    python = os.environ.get("PYTHON", sys.executable)
    packages = "__deps/lib/python3/site-packages"
    files = {{
        "__deps/.lock": "",
        "__deps/bin/tool": f"#!{{python}}\\nimport module\\n",
        "__deps/bin/perl": "#!/usr/bin/perl\\n",
        "__deps/bin/admin.py": "import module\\n",
        f"{{packages}}/module.py": "ANSWER = 42\\n",
        f"{{packages}}/for_another_python.py": "print 42\\n",
        f"{{packages}}/it-1.dist-info/RECORD": (
            f"../../../bin/tool,sha256=of {{python}},42\\n"
            "../../../bin/perl,sha256=1,16\\n"
            "module.py,sha256=2,12\\n"
        ),
    }}
    for path, text in files.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    if "IN_THE_WAY" in os.environ:
        open(os.environ["IN_THE_WAY"], "w").close()
    os.utime(f"{{packages}}/module.py", (0, int(os.environ.get("MTIME", "0"))))
    sys.stderr.write("from uv\\n")
    if "--offline" in sys.argv and "NOT_CACHED" in os.environ:
        sys.exit(1)
    sys.exit(int(os.environ.get("STATUS", "0")))
    """)


@dataclass(frozen=True)
class Sandbox:
    """A sandbox as the plugin lays it out."""

    root: Path

    def run(
        self, *arguments: str, environment: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", "-S", "settings/run_uv.py", *arguments],
            cwd=self.root,
            env={**environment},
            capture_output=True,
            text=True,
        )

    @property
    def seen(self) -> Any:
        return json.loads((self.root / "seen.json").read_text())

    def environment(self, *arguments: str, **environment: str) -> dict[str, str]:
        """uv's environment, given that of the process."""
        self.run(*arguments, "--", "./uv", environment=environment)
        seen: dict[str, str] = self.seen["environment"]
        return {name: value for name, value in seen.items() if name != "LC_CTYPE"}

    def digests(self) -> dict[str, str]:
        """Path -> digest of everything that was installed."""
        folder = self.root / "__deps"
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


def make_sandbox(root: Path) -> Sandbox:
    (root / "settings").mkdir(parents=True)
    (root / "settings/run_uv.py").write_text(SCRIPT.read_text())
    (root / "settings/finish_wheel.py").write_text(Path(finish_wheel.__file__).read_text())
    (root / "settings/pip_options.py").write_text(PIP_OPTIONS)
    (root / "uv").write_text(UV)
    (root / "uv").chmod(0o755)
    return Sandbox(root)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return make_sandbox(tmp_path)


@pytest.mark.parametrize("status", [0, 1, 2, 42])
def test_it_ends_as_uv_does_and_lets_uv_speak(sandbox: Sandbox, status: int) -> None:
    result = sandbox.run("--", "./uv", environment={"STATUS": str(status)})
    assert (result.returncode, result.stderr) == (status, "from uv\n")


def test_a_resolution_needs_some_python(sandbox: Sandbox) -> None:
    sandbox.run("--", "./uv", "pip", "compile", "--", "in")
    *given, python = sandbox.seen["arguments"]
    assert given == ["pip", "compile", "--", "in"]
    assert Path(python.replace("--python=", "")).samefile(sys.executable)


def test_an_installation_names_its_own(sandbox: Sandbox) -> None:
    sandbox.run("--", "./uv", "pip", "install", "--python=/usr/bin/python3.13")
    assert sandbox.seen["arguments"] == ["pip", "install", "--python=/usr/bin/python3.13"]


@pytest.mark.parametrize(
    "environment, status, told, offline",
    [
        ({}, 0, "", True),
        ({"NOT_CACHED": "1"}, 0, "from uv\n", False),
        ({"NOT_CACHED": "1", "STATUS": "1"}, 1, "from uv\n", False),
    ],
)
def test_what_uv_has_in_its_cache_is_not_asked_of_the_index(
    sandbox: Sandbox, environment: dict[str, str], status: int, told: str, offline: bool
) -> None:
    result = sandbox.run("--cache-first", "--", "./uv", "--python=p", environment=environment)
    assert (result.returncode, result.stderr) == (status, told)
    assert sandbox.seen["arguments"] == ["--python=p", *(["--offline"] if offline else [])]


# ------------------------------------------------------------------------------------------
# The index
# ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pip, uv",
    [
        ({}, {}),
        ({"PIP_INDEX_URL": "https://a/simple"}, {"UV_DEFAULT_INDEX": "https://a/simple"}),
        (
            {"PIP_EXTRA_INDEX_URL": "https://b/simple\n  https://c/simple"},
            {"UV_INDEX": "https://b/simple https://c/simple"},
        ),
        ({"PIP_FIND_LINKS": "wheels https://d/links"}, {"UV_FIND_LINKS": "wheels,https://d/links"}),
        ({"PIP_TRUSTED_HOST": "a\nb:8080"}, {"UV_INSECURE_HOST": "a b:8080"}),
        ({"PIP_NO_INDEX": "1"}, {"UV_NO_INDEX": "true"}),
        ({"PIP_NO_INDEX": "Yes"}, {"UV_NO_INDEX": "true"}),
        ({"PIP_NO_INDEX": "t"}, {"UV_NO_INDEX": "true"}),
        ({"PIP_NO_INDEX": "false"}, {}),
        ({"PIP_NO_INDEX": "0"}, {}),
        ({"PIP_TIMEOUT": "7"}, {"UV_HTTP_TIMEOUT": "7"}),
        ({"PIP_DEFAULT_TIMEOUT": "9"}, {"UV_HTTP_TIMEOUT": "9"}),
        ({"PIP_RETRIES": "0"}, {"UV_HTTP_RETRIES": "0"}),
        ({"PIP_CERT": "ca.pem"}, {"SSL_CERT_FILE": "ca.pem"}),
        ({"PIP_CLIENT_CERT": "me.pem"}, {"SSL_CLIENT_CERT": "me.pem"}),
        ({"PIP_PROXY": "http://p:1"}, {"HTTPS_PROXY": "http://p:1", "HTTP_PROXY": "http://p:1"}),
        # What is set for everybody stays, and what is meant for another uv does not reach this one.
        ({"NO_PROXY": "localhost", "UV_OFFLINE": "1"}, {"NO_PROXY": "localhost"}),
    ],
)
def test_uv_reaches_the_index_as_pip_does(
    sandbox: Sandbox, pip: dict[str, str], uv: dict[str, str]
) -> None:
    kept = {name: value for name, value in pip.items() if name.startswith("PIP_")}
    # Settings of the machine and its user are none of pip's.
    hidden = {
        "UV_NO_SYSTEM_CONFIG": "true",
        "XDG_CONFIG_HOME": str(sandbox.root / "__uv/no-settings"),
    }
    assert sandbox.environment(**pip) == {**kept, **uv, **hidden}


def test_a_dated_run_asks_only_what_can_say_when_a_file_was_uploaded(sandbox: Sandbox) -> None:
    seen = sandbox.environment(
        "--dated",
        PIP_INDEX_URL="https://a/simple",
        PIP_EXTRA_INDEX_URL="file:///folder https://b/simple",
        PIP_FIND_LINKS="wheels",
    )
    asked = {name: value for name, value in seen.items() if re.match("UV_.*(INDEX|LINKS)$", name)}
    assert asked == {"UV_DEFAULT_INDEX": "https://a/simple", "UV_INDEX": "https://b/simple"}


def test_credentials_are_no_argument(sandbox: Sandbox) -> None:
    sandbox.environment(PIP_INDEX_URL="https://user:secret@a/simple")
    assert "secret" not in " ".join(sandbox.seen["arguments"])


def test_a_configuration_that_cannot_be_read_is_told_without_a_traceback(sandbox: Sandbox) -> None:
    result = sandbox.run("--", "./uv", environment={"PIP_CONFIG_FILE": "pip.conf"})
    assert result.returncode == 2
    assert result.stderr == (
        "error: pip's configuration cannot be read: pip.conf: no section headers\n"
    )
    assert not (sandbox.root / "seen.json").exists()


# ------------------------------------------------------------------------------------------
# What is installed
# ------------------------------------------------------------------------------------------

FINISH = ("--finish=__deps", f"--python={sys.executable}", "--", "./uv")


PACKAGES = "lib/python3/site-packages"


def test_what_is_installed_and_its_byte_code_stay(sandbox: Sandbox) -> None:
    assert sandbox.run(*FINISH).returncode == 0
    version = f"cpython-{sys.version_info[0]}{sys.version_info[1]}"
    assert sorted(sandbox.digests()) == [
        # A script is run and not imported: nothing of it is compiled.
        "bin/admin.py",
        "bin/perl",
        "bin/tool",
        f"{PACKAGES}/__pycache__/module.{version}.pyc",
        # What this Python cannot compile may be for another.
        f"{PACKAGES}/for_another_python.py",
        f"{PACKAGES}/it-1.dist-info/RECORD",
        f"{PACKAGES}/module.py",
    ]


def test_the_same_is_installed_whenever_and_wherever(tmp_path: Path) -> None:
    one, other = make_sandbox(tmp_path / "one"), make_sandbox(tmp_path / "elsewhere/other")
    one.run(*FINISH)
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    there = ("--finish=__deps", f"--python={python}", "--", "./uv")
    other.run(*there, environment={"MTIME": "1000000", "PYTHON": str(python)})
    assert one.digests() == other.digests() != {}
    # PEP 552: an unchecked hash, so that no time of a file counts.
    (compiled,) = (one.root / f"__deps/{PACKAGES}/__pycache__").glob("module.*.pyc")
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 0b01


LONG = "/a folder/" + "x" * 120 + "/python"


@pytest.mark.parametrize(
    "script, loose",
    [
        ("#!/opt/python\nimport x\n", "#!python\nimport x\n"),
        # As pip and uv write it where a first line would be too long.
        (f"#!/bin/sh\n'''exec' '{LONG}' \"$0\" \"$@\"\n' '''\nimport x\n", "#!python\nimport x\n"),
        (
            f"#!/bin/sh\n'''exec' \"{LONG}\" \"$0\" \"$@\"\n' '''\nimport x\n",
            "#!python\nimport x\n",
        ),
        # What a wheel says itself stays.
        ("#!/usr/bin/python\nimport x\n", "#!/usr/bin/python\nimport x\n"),
        ("#!/bin/sh\nexec python\n", "#!/bin/sh\nexec python\n"),
        ("\x7fELF", "\x7fELF"),
        ("", ""),
    ],
)
def test_a_script_is_for_no_python_of_this_machine(script: str, loose: str) -> None:
    python = LONG if LONG in script else "/opt/python"
    assert finish_wheel.loosen(script.encode(), python) == loose.encode()


def test_a_record_holds_no_hash_of_what_differs_by_machine(sandbox: Sandbox) -> None:
    sandbox.run(*FINISH)
    record = sandbox.root / f"__deps/{PACKAGES}/it-1.dist-info/RECORD"
    assert record.read_text() == (
        "../../../bin/tool,,\n../../../bin/perl,sha256=1,16\nmodule.py,sha256=2,12\n"
    )


def test_a_wheel_whose_byte_code_cannot_be_written_is_none(sandbox: Sandbox) -> None:
    """On a full disk, say. Else it would be remembered, and every cell have it without."""
    done = sandbox.run(*FINISH, environment={"IN_THE_WAY": f"__deps/{PACKAGES}/__pycache__"})
    assert done.returncode == 1
    assert done.stderr == (
        f"from uv\nerror: byte-code of __deps/{PACKAGES}/module.py cannot be written: Not a directory\n"
    )


def test_what_uv_could_not_install_is_left_as_it_is(sandbox: Sandbox) -> None:
    assert sandbox.run(*FINISH, environment={"STATUS": "1"}).returncode == 1
    assert ".lock" in sandbox.digests()
    assert not any("__pycache__" in path for path in sandbox.digests())


EACH = ("--each=one", "--each=two", "--finish=__wheels/{}", f"--python={sys.executable}", "--")


def test_several_are_installed_each_by_itself_and_compiled_together(sandbox: Sandbox) -> None:
    """This uv puts a module into the prefix it is given, named like its requirements."""
    (sandbox.root / "uv").write_text(dedent(f"""\
        #!{sys.executable}
        import os, sys

        prefix, name = sys.argv[1:3]
        os.makedirs(f"{{prefix}}/lib")
        with open(f"{{prefix}}/lib/{{name}}.py", "w") as file:
            file.write("it = {{}}")
        """))
    done = sandbox.run(*EACH, "./uv", "__wheels/{}", "{}")
    version = f"cpython-{sys.version_info[0]}{sys.version_info[1]}"
    wheels = sandbox.root / "__wheels"
    assert (done.returncode, done.stderr) == (0, "")
    assert {str(path.relative_to(wheels)) for path in wheels.rglob("*.py*")} == {
        *("one/lib/one.py", f"one/lib/__pycache__/one.{version}.pyc"),
        *("two/lib/two.py", f"two/lib/__pycache__/two.{version}.pyc"),
    }


def test_of_several_the_first_that_fails_ends_it(sandbox: Sandbox) -> None:
    (sandbox.root / "uv").write_text(
        f"#!{sys.executable}\nimport sys\nsys.exit('no ' + sys.argv[1])\n"
    )
    done = sandbox.run(*EACH, "./uv", "{}")
    assert (done.returncode, done.stderr) == (1, "no one\n")


def test_without_a_folder_to_finish_nothing_is_removed(sandbox: Sandbox) -> None:
    sandbox.run("--", "./uv")
    assert ".lock" in sandbox.digests()
