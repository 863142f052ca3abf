from __future__ import annotations

import json
from pathlib import Path

import pytest  # type: ignore[import-not-found]  # pants: no-infer-dep
from pip._internal.index.collector import IndexContent
from pip._internal.models.link import Link

from hash_locks.carried.environments import Environment
from hash_locks.carried.pins import Pin
from hash_locks.sandbox import observation
from hash_locks.sandbox.testing.compiling import (
    LINUX,
    ON,
    add_page,
    add_wheel,
    compiled,
    lines,
    served,
)


def test_what_others_install_from_a_wheel_is_not_built() -> None:
    seen = observation.Observation()
    for name, files in {
        "both": ("both-1.0-cp39-cp39-manylinux_2_17_x86_64.whl", "both-1.0.tar.gz"),
        "source": ("source-1.0.tar.gz",),
    }.items():
        links = (Link(f"http://index.example/{file}") for file in files)
        seen.files[name] = {link.url: link for link in links}
    asked = [("both", "3.9"), ("both", "3.10"), ("source", "3.10"), ("unknown", "3.10")]
    assert [
        seen.must_be_built(Pin(name, "1.0"), Environment(python, LINUX)) for name, python in asked
    ] == [False, True, False, False]


def test_every_file_of_a_release_has_its_hash(tmp_path: Path) -> None:
    """Also those that by themselves are for another Python than the one that is resolved for."""
    hashes = [
        add_wheel(tmp_path, "lib", "1.0", python=f"=={python}.*", tag=f"cp3{tag}-none-any")
        for python, tag in (("3.9", "9"), ("3.13", "13"))
    ]
    add_page(tmp_path, "lib")
    page = tmp_path / "lib.json"
    told = json.loads(page.read_text())
    for file in told["files"]:
        file["requires-python"] = "==3.13.*" if "cp313" in file["filename"] else "==3.9.*"
    page.write_text(json.dumps(told))
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "lib\n", pythons=("3.9", "3.13"))
    assert done.returncode == 0, done.stderr
    assert lines(tmp_path) == ["lib==1.0"]
    assert all(each in (tmp_path / "a.lock").read_text() for each in hashes)


@pytest.mark.parametrize(  # type: ignore[untyped-decorator]
    ("status", "file", "told"),
    [
        ({}, {}, []),
        ({"status": "active"}, {"yanked": False}, []),
        ({}, {"yanked": "It breaks."}, [("yanked", "It breaks.")]),
        ({}, {"yanked": True}, [("yanked", "")]),
        ({"status": "archived", "reason": "Use lib2."}, {}, [("archived", "Use lib2.")]),
        (
            {"status": "deprecated"},
            {"yanked": "Old."},
            [("deprecated", ""), ("yanked", "Old.")],
        ),
    ],
)
def test_what_the_index_says_of_a_kept_pin_is_told(
    tmp_path: Path, status: dict[str, str], file: dict[str, object], told: list[tuple[str, str]]
) -> None:
    add_wheel(tmp_path, "lib", "1.0")
    with served(tmp_path) as index:
        assert compiled(tmp_path, index, "lib\n").returncode == 0
        before = (tmp_path / "a.lock").read_text()
        add_wheel(tmp_path, "lib", "2.0")
        add_page(tmp_path, "lib", status=status, files={"1.0": file})
        done = compiled(tmp_path, index, "lib\n")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.lock").read_text() == before
    assert json.loads((tmp_path / "notices.json").read_text()) == [
        {"project": "lib", "version": "1.0", "status": each, "reason": why, "via": "-r a.in"}
        for each, why in told
    ]


def test_a_quarantined_project_is_named_with_the_reason(tmp_path: Path) -> None:
    """Its index offers no file of it, so that nobody could install the pin either."""
    (tmp_path / "lib").mkdir()
    add_page(tmp_path, "lib", status={"status": "quarantined", "reason": "Malware."})
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, "lib\n")
    assert done.returncode == 1
    assert done.stderr.endswith(
        f"No release satisfies {ON}:\n  a.in (line 1): lib\n"
        "  the index says that lib is quarantined: Malware.\n"
    )


def test_a_status_in_html_is_read_as_well() -> None:
    text = (
        '<html><head><meta name="pypi:project-status" content="archived">'
        '<meta name="pypi:project-status-reason" content="No time."></head></html>'
    )
    page = IndexContent(text.encode(), "text/html", None, "http://index.example/simple/lib/")
    assert observation.status_of(page) == observation.Status("archived", "No time.")
