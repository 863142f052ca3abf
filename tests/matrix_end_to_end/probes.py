"""What tests ask of a virtual environment: run by pytest, in a cell and in an environment made by hand.

Copied to where it is run. Answers go to `extra-output/probes.json`, paths told by what they lie in.
Needs the packages of `probed_packages.py`, and pip.
"""

import importlib
import importlib.util
import json
import locale
import multiprocessing
import os
import pkgutil
import shutil
import site
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, List

ROOT = os.getcwd()
CHILD = "import sys, probed; print(sys.prefix, sys.executable, probed.__file__)"
VERSION = "{}.{}".format(*sys.version_info)


def told(value: Any) -> Any:
    """The value with its paths replaced by what they mean."""
    text = json.dumps(value, sort_keys=True, default=str)
    for path, name in (
        (sys.prefix, "<environment>"),
        (ROOT, "<root>"),
        (os.path.realpath(ROOT), "<root>"),
        (sys.base_prefix, "<base>"),
        (os.path.realpath(sys.base_prefix), "<base>"),
    ):
        text = text.replace(path, name)
    return json.loads(text)


def child(*command: str, **options: Any) -> str:
    """What a command prints."""
    return str(subprocess.check_output(command, universal_newlines=True, **options)).strip()


def here() -> List[str]:
    """What a process that is started with this one's code sees."""
    probed: Any = importlib.import_module("probed")

    return [sys.prefix, sys.executable, probed.__file__]


def in_context(name: str) -> List[str]:
    with multiprocessing.get_context(name).Pool(1) as pool:
        return pool.apply(here)


def can_import(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def metadata(ask: Callable[[Any], Any]) -> Any:
    from importlib import metadata

    return ask(metadata)


def entry_points(metadata: Any) -> List[str]:
    found = metadata.entry_points()
    group = found.select(group="probed") if hasattr(found, "select") else found["probed"]
    return sorted({"{} = {}".format(each.name, each.value) for each in group})


def written_beside() -> str:
    probed: Any = importlib.import_module("probed")

    path = Path(probed.__file__).with_name("written")
    path.write_text("by the test")
    return path.read_text()


def nested_venv() -> str:
    folder = os.path.join(tempfile.mkdtemp(), "nested")
    subprocess.check_call([sys.executable, "-m", "venv", "--without-pip", folder])
    show = "import sys; print(sys.base_prefix, len(sys.path))"
    return child(os.path.join(folder, "bin", "python"), "-c", show)


def compiled() -> List[bool]:
    probed: Any = importlib.import_module("probed")

    cached = importlib.util.cache_from_source(probed.__file__)
    return [os.path.exists(cached), probed.__spec__.cached == cached]


PROBES: Dict[str, Callable[[], Any]] = {
    "prefix": lambda: sys.prefix,
    "exec_prefix": lambda: sys.exec_prefix,
    "is a virtual environment": lambda: sys.prefix != sys.base_prefix,
    "executable": lambda: sys.executable,
    "executable in the end": lambda: os.path.realpath(sys.executable),
    "base executable": lambda: os.path.realpath(vars(sys)["_base_executable"]),
    "paths of sysconfig": lambda: sysconfig.get_paths(),
    "purelib": lambda: sysconfig.get_path("purelib"),
    "scripts": lambda: sysconfig.get_path("scripts"),
    "site-packages on the path": lambda: [e for e in sys.path if e.endswith("site-packages")],
    "path of the standard library": lambda: [
        e for e in sys.path if e.startswith(sys.base_prefix + os.sep)
    ],
    "getsitepackages": site.getsitepackages,
    "user site": lambda: site.ENABLE_USER_SITE,
    "flags": lambda: [sys.flags.isolated, sys.flags.no_user_site, sys.flags.ignore_environment],
    "byte-code is written": lambda: not sys.dont_write_bytecode,
    "PYTHON variables": lambda: sorted(name for name in os.environ if name.startswith("PYTHON")),
    "VIRTUAL_ENV": lambda: os.environ["VIRTUAL_ENV"],
    "PATH": lambda: os.environ["PATH"],
    "home": lambda: str(Path.home()),
    "temporary folder": tempfile.gettempdir,
    "encoding": lambda: [locale.getpreferredencoding(), sys.getfilesystemencoding()],
    "time zone": lambda: time.tzname,
    "which python": lambda: [shutil.which(n) for n in ("python", "python3", "python" + VERSION)],
    "which script": lambda: shutil.which("probed"),
    "which pytest": lambda: shutil.which("pytest"),
    "which sh": lambda: shutil.which("sh"),
    "script by name": lambda: child("probed"),
    "script in a cleared environment": lambda: child(str(shutil.which("probed")), env={}),
    "script elsewhere": lambda: child("probed", cwd="/"),
    "script of the wheel": lambda: child("probed-script"),
    "script that is called a module": lambda: child("probed_script.py"),
    "script with an absolute shebang": lambda: child("probed-shell"),
    "child": lambda: child(sys.executable, "-c", CHILD),
    "child by name": lambda: child("python", "-c", CHILD),
    "child of a shell": lambda: child("python -c '{}'".format(CHILD), shell=True),
    "isolated child": lambda: child(sys.executable, "-I", "-c", CHILD),
    "child in a cleared environment": lambda: child(sys.executable, "-c", CHILD, env={}),
    "child elsewhere": lambda: child(sys.executable, "-c", CHILD, cwd="/"),
    "module of a package": lambda: child(sys.executable, "-m", "probed"),
    "spawn": lambda: in_context("spawn"),
    "forkserver": lambda: in_context("forkserver"),
    "version of a distribution": lambda: metadata(lambda m: m.version("probed")),
    "distributions": lambda: metadata(
        lambda m: sorted(
            "{} {}".format(each.metadata["Name"], each.version) for each in m.distributions()
        )
    ),
    "entry points": lambda: metadata(entry_points),
    "files of a distribution": lambda: metadata(lambda m: sorted(map(str, m.files("probed")))),
    "sizes in the record": lambda: metadata(
        lambda m: sorted(
            str(each)
            for each in m.files("probed")
            if each.size not in (None, each.locate().stat().st_size)
        )
    ),
    "requirements of a distribution": lambda: metadata(lambda m: m.requires("probed")),
    "installer": lambda: metadata(lambda m: m.distribution("probed").read_text("INSTALLER")),
    "path line of a .pth file": lambda: importlib.import_module("below_a_pth").IS,
    "import line of a .pth file": lambda: vars(sys)["probed_by_pth"],
    "native namespace": lambda: [
        importlib.import_module("native_space." + name).IS for name in ("one", "two")
    ],
    "pkgutil namespace": lambda: [
        importlib.import_module("pkgutil_space." + name).IS for name in ("one", "two")
    ],
    "pkg_resources namespace": lambda: [
        importlib.import_module("resources_space." + name).IS for name in ("one", "two")
    ],
    "data below the prefix": lambda: Path(sys.prefix, "share/probed/data.txt").read_text(),
    "data of a package": lambda: (pkgutil.get_data("probed", "data.txt") or b"").decode(),
    "file of a module": lambda: importlib.import_module("probed").__file__,
    "file in the end": lambda: os.path.realpath(str(importlib.import_module("probed").__file__)),
    "byte-code is there": compiled,
    "writing beside a module": written_beside,
    "pip list": lambda: child(sys.executable, "-m", "pip", "list", "--format=freeze", "--no-input"),
    "venv": nested_venv,
    "ensurepip": lambda: child(sys.executable, "-m", "ensurepip", "--version").split()[0],
    "what is not in the lock": lambda: [
        name
        for name in ("yaml", "flask", "setuptools", "_distutils_hack", "foreign", "sitecustomize")
        if can_import(name)
    ],
}


def test_probes(pytestconfig: Any) -> None:
    answers: Dict[str, Any] = {}
    for name, probe in PROBES.items():
        try:
            answers[name] = told(probe())
        except Exception as error:
            answers[name] = told("{}: {}".format(type(error).__name__, error))
    manager = pytestconfig.pluginmanager
    answers["plugins of pytest"] = sorted(
        {dist.project_name for _, dist in manager.list_plugin_distinfo()}
    )
    answers["fixture of a plugin"] = manager.hasplugin("probed_plugin")
    Path("extra-output").mkdir(exist_ok=True)
    Path("extra-output/probes.json").write_text(json.dumps(answers, indent=1, sort_keys=True))
