"""pants.next.toml is pants.toml for a Pants of today, and differs from it where it must."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Iterator, Mapping

# (section, option) -> why the two differ.
DIFFERENCES = {
    (
        "GLOBAL",
        "pants_version",
    ): "the newest that was tried by hand, and not the newest on PyPI",
    ("python-infer", "use_rust_parser"): "there is no other parser any more, and no such option",
}


def options(file: str) -> dict[tuple[str, str], Any]:
    """(section, option) -> value; what is below an option is its value."""

    def flat(
        sections: Mapping[str, Any], before: str = ""
    ) -> Iterator[tuple[tuple[str, str], Any]]:
        for section, content in sections.items():
            for option, value in content.items():
                yield (f"{before}{section}", option), value

    return dict(flat(tomllib.loads(Path(file).read_text())))


def test_the_two_differ_only_where_the_list_says() -> None:
    here, there = options("pants.toml"), options("pants.next.toml")
    different = {key for key in here.keys() | there.keys() if here.get(key) != there.get(key)}
    assert different == DIFFERENCES.keys(), "what is changed in one is changed in the other"


def test_it_replaces_the_other_and_says_how() -> None:
    text = Path("pants.next.toml").read_text()
    command = """PANTS_TOML=pants.next.toml PANTS_CONFIG_FILES='["pants.next.toml"]'"""
    assert command in text and command in Path("CONTRIBUTING.md").read_text()


def test_its_pants_is_one_that_was_tried() -> None:
    version = options("pants.next.toml")["GLOBAL", "pants_version"]
    readme = Path("tools/pants-plugins/version_matrix/README.md").read_text()
    (row,) = [line for line in readme.splitlines() if line.startswith(f"| {version} |")]
    assert "run by hand" in row
