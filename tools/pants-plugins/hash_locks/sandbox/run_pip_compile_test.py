"""What is locked: for which Pythons and platforms, and with which hashes."""

from __future__ import annotations

from pathlib import Path

from hash_locks.sandbox.testing.compiling import (
    LINUX,
    MACOS,
    add_wheel,
    compiled,
    lines,
    run,
    served,
)


def test_pins_hashes_and_nothing_else(tmp_path: Path) -> None:
    app = add_wheel(tmp_path, "app", "1.0", "lib>=1")
    lib = add_wheel(tmp_path, "lib", "1.5")
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "app\n")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.lock").read_text() == (
        f"app==1.0 \\\n    {app}\n    # via -r a.in\nlib==1.5 \\\n    {lib}\n    # via app\n"
    )


def test_a_change_moves_only_what_it_must(tmp_path: Path) -> None:
    add_wheel(tmp_path, "app", "1.0", "lib>=1")
    add_wheel(tmp_path, "lib", "1.5")
    lock = tmp_path / "a.lock"
    with served(tmp_path) as index:
        compiled(tmp_path, index, "app\n")
        before = lock.read_text()
        for name in ("app", "lib"):
            add_wheel(tmp_path, name, "2.0")
        extra = add_wheel(tmp_path, "extra", "1.0")
        assert compiled(tmp_path, index, "app\nextra\n").returncode == 0
        assert lock.read_text() == before.replace(
            "lib==", f"extra==1.0 \\\n    {extra}\n    # via -r a.in\nlib=="
        )
        assert compiled(tmp_path, index, "app\n").returncode == 0
    assert lock.read_text() == before


def test_what_one_python_needs_has_a_marker(tmp_path: Path) -> None:
    """webob needs legacy-cgi from 3.13 on, which does not run on the oldest Python of the lock."""
    add_wheel(tmp_path, "app", "1.0", 'lib>=1 ; python_version >= "3.13"')
    lib = add_wheel(tmp_path, "lib", "1.0", "deep", python=">=3.10")
    add_wheel(tmp_path, "deep", "1.0")
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "app\n", pythons=("3.9", "3.12", "3.13", "3.14"))
    assert done.returncode == 0, done.stderr
    assert (
        (tmp_path / "a.lock")
        .read_text()
        .endswith(f'lib==1.0 ; python_version >= "3.13" \\\n    {lib}\n    # via app\n')
    )
    assert lines(tmp_path) == [
        "app==1.0",
        'deep==1.0 ; python_version >= "3.13"',
        'lib==1.0 ; python_version >= "3.13"',
    ]


def test_a_requirement_for_some_pythons_is_locked_for_those(tmp_path: Path) -> None:
    for version in ("1.0", "2.0"):
        add_wheel(tmp_path, "lib", version)
    add_wheel(tmp_path, "other", "1.0")
    text = (
        'lib<2 ; python_version < "3.10"\nlib>=2 ; python_version >= "3.10"\n'
        'other ; python_version == "3.10"\n'
    )
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, text, pythons=("3.9", "3.10", "3.11"))
        assert done.returncode == 0, done.stderr
        assert lines(tmp_path) == [
            'lib==1.0 ; python_version < "3.10"',
            'lib==2.0 ; python_version >= "3.10"',
            'other==1.0 ; python_version >= "3.10" and python_version < "3.11"',
        ]
        before = (tmp_path / "a.lock").read_text()
        for version in ("1.1", "2.1"):
            add_wheel(tmp_path, "lib", version)
        assert compiled(tmp_path, index, text, pythons=("3.9", "3.10", "3.11")).returncode == 0
    assert (tmp_path / "a.lock").read_text() == before


def test_a_lock_is_the_same_for_every_platform(tmp_path: Path) -> None:
    add_wheel(tmp_path, "app", "1.0", 'mac ; sys_platform == "darwin"', 'win ; os_name == "nt"')
    add_wheel(tmp_path, "mac", "1.0", tag="cp39-cp39-macosx_11_0_arm64")
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "app\n", platforms=(LINUX, MACOS))
    assert done.returncode == 0, done.stderr
    assert lines(tmp_path) == ["app==1.0", 'mac==1.0 ; sys_platform == "darwin"']


def test_what_a_platform_cannot_have_is_refused_with_its_line(tmp_path: Path) -> None:
    add_wheel(tmp_path, "app", "1.0", tag="cp39-cp39-manylinux_2_17_x86_64")
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "app>=1\n", platforms=(LINUX, MACOS))
    assert done.returncode == 1
    assert done.stderr.endswith(
        f"No release satisfies on Python 3.9 on {MACOS}:\n  a.in (line 1): app>=1\n"
    )


def test_a_pin_that_another_python_cannot_have_is_another_one_there(tmp_path: Path) -> None:
    """Kept pins that no longer serve all give way where they must, and nowhere else."""
    add_wheel(tmp_path, "lib", "1.0", tag="cp39-cp39-manylinux_2_17_x86_64")
    with served(tmp_path) as index:
        assert compiled(tmp_path, index, "lib\n").returncode == 0
        add_wheel(tmp_path, "lib", "1.1")
        done = compiled(tmp_path, index, "lib\n", pythons=("3.9", "3.10"))
    assert done.returncode == 0, done.stderr
    assert lines(tmp_path) == [
        'lib==1.0 ; python_version < "3.10"',
        'lib==1.1 ; python_version >= "3.10"',
    ]


def test_a_wrong_hash_is_refused_at_install(tmp_path: Path) -> None:
    app = add_wheel(tmp_path, "app", "1.0")
    install = ("-m", "pip", "install", "--require-hashes", "--target=out", "--requirement=a.lock")
    with served(tmp_path) as index:
        compiled(tmp_path, index, "app\n")
        good = run(tmp_path, index, *install)
        lock = (tmp_path / "a.lock").read_text()
        (tmp_path / "a.lock").write_text(lock.replace(app, f"--hash=sha256:{'0' * 64}"))
        bad = run(tmp_path, index, *install, "--upgrade")
    assert good.returncode == 0, good.stderr
    assert (tmp_path / "out/app.py").exists()
    assert bad.returncode == 1
    assert "DO NOT MATCH THE HASHES" in bad.stderr
