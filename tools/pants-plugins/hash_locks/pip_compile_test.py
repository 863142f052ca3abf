from __future__ import annotations

from hash_locks import pip_compile


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
    arguments = pip_compile.arguments("x/a.lock", ["a.in", "b.in"])
    assert arguments[-3:] == ("--output-file=x/a.lock", "a.in", "b.in")
    assert {
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--no-emit-trusted-host",
    } <= set(arguments)


def test_the_script_is_shipped() -> None:
    assert "def main()" in pip_compile.script()
