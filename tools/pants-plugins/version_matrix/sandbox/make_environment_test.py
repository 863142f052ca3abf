from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Mapping

import pytest

from version_matrix.sandbox import make_environment

SCRIPT = Path(make_environment.__file__)
MINOR = f"python{sys.version_info[0]}.{sys.version_info[1]}"
PYTHON = Path(os.path.realpath(sys.executable))
PACKAGES = f"lib/{MINOR}/site-packages"


@dataclass(frozen=True)
class Sandbox:
    """A sandbox as the plugin lays it out."""

    root: Path

    def write(self, path: str, text: str = "") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def wheel(self, name: str, files: Mapping[str, str]) -> str:
        """What a wheel has installed; returns the argument that adds it."""
        for path, text in files.items():
            self.write(f"__wheels/{name}/{path}", text)
        return f"--wheel=__wheels/{name}"

    def run(
        self,
        *arguments: str,
        test: str,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> Any:
        """What the test prints, as JSON, in the environment that the arguments make."""
        self.write("test.py", test)
        done = subprocess.run(
            [str(PYTHON), "-I", "-S", "make_environment.py", *arguments, "--", "test.py"],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = Sandbox(tmp_path.resolve())
    sandbox.write("make_environment.py", SCRIPT.read_text())
    return sandbox


def test_the_script_is_written_for_the_oldest_python() -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 6))


def test_it_is_a_virtual_environment_of_the_python_that_makes_it(sandbox: Sandbox) -> None:
    seen = sandbox.run(
        test=(
            "import json, sys, sysconfig\n"
            "print(json.dumps([sys.prefix, sys.base_prefix, sys.executable,"
            " sysconfig.get_path('purelib'), sysconfig.get_path('scripts')]))\n"
        )
    )
    venv = sandbox.root / ".venv"
    base = str(PYTHON.parents[1])
    assert seen == [
        *(str(venv), base, str(venv / "bin/python")),
        *(str(venv / PACKAGES), str(venv / "bin")),
    ]


def test_wheels_share_folders_and_files(sandbox: Sandbox) -> None:
    """Namespace packages of every kind, and what two wheels bring alike."""
    old_style = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
    seen = sandbox.run(
        *(
            sandbox.wheel(
                name,
                {
                    f"{PACKAGES}/native/{name}.py": f"IS = 'native {name}'\n",
                    f"{PACKAGES}/old/__init__.py": old_style,
                    f"{PACKAGES}/old/{name}.py": f"IS = 'old {name}'\n",
                    f"share/{name}.txt": "",
                },
            )
            for name in ("one", "two")
        ),
        test=(
            "import json, os, sys\n"
            "import native.one, native.two, old.one, old.two\n"
            "print(json.dumps([native.one.IS, native.two.IS, old.one.IS, old.two.IS,"
            " sorted(os.listdir(os.path.join(sys.prefix, 'share')))]))\n"
        ),
    )
    assert seen == ["native one", "native two", "old one", "old two", ["one.txt", "two.txt"]]


def test_a_package_writes_beside_its_files_and_into_no_other_environment(sandbox: Sandbox) -> None:
    seen = sandbox.run(
        sandbox.wheel("it", {f"{PACKAGES}/it/__init__.py": "open(__file__ + '.cache', 'w')\n"}),
        test="import json, it\nprint(json.dumps(it.__file__))\n",
    )
    assert Path(f"{seen}.cache").is_file()
    assert [path.name for path in (sandbox.root / "__wheels").rglob("*.cache")] == []


def test_scripts_run_with_this_python_and_their_record_holds(sandbox: Sandbox) -> None:
    wheel = sandbox.wheel(
        "it",
        {
            "bin/it": "#!python\nprint('\"it\"')\n",
            "bin/other": "#!/bin/sh\necho '\"other\"'\n",
            f"{PACKAGES}/it-1.dist-info/RECORD": "../../../bin/it,,\nit.py,sha256=x,1\n",
        },
    )
    for script in ("it", "other"):
        (sandbox.root / f"__wheels/it/bin/{script}").chmod(0o755)
    test = (
        "import json, subprocess\n"
        "print(json.dumps([json.loads(subprocess.check_output(each))"
        " for each in (['it'], ['other'])]))\n"
    )
    assert sandbox.run(wheel, test=test) == ["it", "other"]
    content = (sandbox.root / ".venv/bin/it").read_bytes()
    assert content.startswith(f"#!{sandbox.root}/.venv/bin/python\n".encode())
    hashed, _, size = (
        (sandbox.root / ".venv" / PACKAGES / "it-1.dist-info/RECORD")
        .read_text()
        .splitlines()[0]
        .partition("sha256=")[2]
        .partition(",")
    )
    assert (len(hashed), int(size)) == (43, len(content))
    # What other cells use is as it was.
    assert (sandbox.root / "__wheels/it/bin/it").read_text().startswith("#!python\n")


@pytest.mark.parametrize("python", ["/x" * 80 + "/python", "/with a space/python"])
def test_a_path_that_no_first_line_holds(python: str) -> None:
    first, second, third, end = make_environment.shebang(python).decode().split("\n")
    assert (first, end) == ("#!/bin/sh", "")
    assert ast.literal_eval(f"{second}\n{third}".replace("\n", "\\n")) is not None
    assert f'"{python}"' in second


def test_path_configuration_files_count_and_sources_are_seen(sandbox: Sandbox) -> None:
    sandbox.write("src/first_party_module.py")
    seen = sandbox.run(
        sandbox.wheel(
            "it",
            {
                f"{PACKAGES}/nested/inside.py": "",
                f"{PACKAGES}/it.pth": "nested\nimport sys; sys.path.append('from a .pth')\n",
            },
        ),
        "--sources=src",
        test=(
            "import json, subprocess, sys\n"
            "child = 'import inside, first_party_module, sys; print(int(\"from a .pth\" in sys.path))'\n"
            "print(subprocess.check_output([sys.executable, '-I', '-c', child], env={}).decode())\n"
        ),
    )
    assert seen == 1


@pytest.mark.parametrize("bytes_a_file", [10, 400])
def test_where_nothing_can_be_written_it_says_so(sandbox: Sandbox, bytes_a_file: int) -> None:
    """A full disk is hard to have in a test: no file may be longer than so many bytes."""
    sandbox.write("test.py", "print('was run')\n")
    # What wheels hold is linked, but a script is written.
    wheel = sandbox.wheel("it", {"bin/it": "#!python\n" + "#" * 400})
    command = "import os, resource, sys\n"
    command += f"resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes_a_file}, {bytes_a_file}))\n"
    command += "os.execv(sys.argv[1], sys.argv[1:])\n"
    done = subprocess.run(
        (PYTHON, "-c", command, PYTHON, "-I", "-S", "make_environment.py", wheel, "--", "test.py"),
        cwd=sandbox.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    first, second = done.stderr.splitlines()
    assert first.startswith("The environment of this cell cannot be made: [Errno 27] ")
    assert "local_execution_root_dir" in second


SHOW = "import json, os\nprint(json.dumps(dict(os.environ)))\n"


@pytest.mark.parametrize("given", [{}, {"PATH": ""}])
def test_what_a_test_sees_of_the_machine(sandbox: Sandbox, given: dict[str, str]) -> None:
    seen = sandbox.run(test=SHOW, environment=given)
    seen.pop("LC_CTYPE", None)
    root = str(sandbox.root)
    assert seen == {
        "HOME": f"{root}/.home",
        "LANG": "C.UTF-8",
        "PATH": f"{root}/.venv/bin:{make_environment.SYSTEM_PATH}",
        "TMPDIR": f"{root}/.tmp",
        "TZ": "UTC",
        "VIRTUAL_ENV": f"{root}/.venv",
    }
    assert (sandbox.root / ".home").is_dir() and (sandbox.root / ".tmp").is_dir()


def test_what_a_suite_asks_for_it_gets(sandbox: Sandbox) -> None:
    given = {"HOME": "/home/me", "TMPDIR": "/t", "PATH": "/mine", "TZ": "Asia/Tokyo", "X": "1"}
    seen = sandbox.run(test=SHOW, environment=given)
    path = f"{sandbox.root}/.venv/bin:/mine"
    assert {name: seen[name] for name in given} == {**given, "PATH": path}


def test_files_are_copied_where_they_cannot_be_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: str, target: str) -> None:
        raise OSError(18, "Invalid cross-device link")

    source = tmp_path / "source"
    source.write_text("text")
    monkeypatch.setattr(os, "link", refuse)
    make_environment.link(str(source), str(tmp_path / "target"))
    assert (tmp_path / "target").read_text() == "text"
    assert not (tmp_path / "target").samefile(source)
