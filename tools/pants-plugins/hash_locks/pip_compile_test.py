from __future__ import annotations

import json
from pathlib import Path

from hash_locks import pip_compile
from hash_locks.lock_file import LockInputs
from hash_locks.requirements_file import parse


def test_the_last_account_is_what_counts() -> None:
    stderr = (
        "WARNING: a location is ignored\n"
        "  ERROR: Cannot install a and b because these package versions conflict.\n"
        "These requirements exclude one another:\n"
        "  a.in (line 1): a\n"
        "  b.in (line 2): b -> b 1.0 -> a<1\n"
    )
    assert pip_compile.explain(stderr) == (
        "These requirements exclude one another:\n"
        "  a.in (line 1): a\n"
        "  b.in (line 2): b -> b 1.0 -> a<1"
    )
    assert pip_compile.explain("") == ""


def test_nothing_of_the_machine_gets_into_a_lock() -> None:
    assert {
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--no-emit-trusted-host",
    } <= set(pip_compile.ARGUMENTS)


TEXT = "a>=1  # Ends in a backslash \\\nb>=2  # B.\n"
INPUTS = LockInputs(
    (("x/a.in", parse(TEXT, "x/a.in")),),
    ("3.9", "3.10"),
    ("linux-x86_64-glibc2.28",),
    "2026-03-16T00:00:00+00:00",
)


def files(existing: str | None = None) -> dict[str, str]:
    return pip_compile.files(
        "x/a.lock",
        INPUTS,
        existing=existing,
        upgrade=("b",),
        cooldown_days=3,
        cooldown_exempt=["Ours"],
    )


def test_the_resolver_is_given_what_was_read() -> None:
    """A reason that ends in a backslash takes no requirement with it."""
    assert files()["x/a.in"] == "a>=1\nb>=2\n"


def test_what_is_asked_for() -> None:
    found = files("a==1.0\nb==2.0\n")
    assert found["x/a.lock"] == "a==1.0\n"
    (request,) = (path for path in pip_compile.ARGUMENTS if path.endswith(".json"))
    assert json.loads(found[request]) == {
        "cooldown_days": 3,
        "cooldown_exempt": ["ours"],
        "environments": [["3.9", "linux-x86_64-glibc2.28"], ["3.10", "linux-x86_64-glibc2.28"]],
        "held": [["a", "1.0"], ["b", "2.0"]],
        "inputs": ["x/a.in"],
        "lock": "x/a.lock",
        "notices": pip_compile.NOTICES,
        "prior_to": "2026-03-16T00:00:00+00:00",
        "requirements": [["x/a.in", "a>=1"], ["x/a.in", "b>=2"]],
    }


def test_every_module_of_the_process_is_shipped() -> None:
    plugin = Path(pip_compile.__file__).parent
    modules = {
        f"hash_locks/{path.relative_to(plugin).as_posix()}"
        for folder in ("carried", "sandbox")
        for path in (plugin / folder).glob("*.py")
        if not path.name.endswith("_test.py")
    }
    shipped = {path.split("/", 1)[1] for path in files() if path.endswith(".py")}
    script = "hash_locks/sandbox/run_pip_compile.py"
    assert shipped == modules - {script} | {"run_pip_compile.py"}


def test_what_the_index_says_is_told_with_the_way_out() -> None:
    notice = {"project": "a", "version": "1.0", "status": "yanked", "via": "-r a.in"}
    notices = json.dumps([{**notice, "reason": "It breaks"}, {**notice, "reason": ""}])
    one, other = pip_compile.told(notices, lock="a.lock", command="./pants generate-lockfiles")
    assert one == (
        "a.lock pins a==1.0 (via -r a.in), which its index says is yanked: It breaks. It stays; to "
        "move it, run `./pants generate-lockfiles --hash-locks-upgrade=a`."
    )
    assert "is yanked. It stays" in other
