"""The README says what really happens."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from matrix_updates import configuration, exit_codes
from matrix_updates.configuration import Configuration

pytest_plugins = ["updates_fixtures"]

README = Path(__file__).parents[1] / "README.md"


def test_examples() -> None:
    found = doctest.testfile(str(README), module_relative=False)
    assert (found.failed, found.attempted > 0) == (0, True)


def test_the_configuration_can_be_read_and_shows_the_defaults() -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", README.read_text(), re.M | re.S)
    shown = configuration.parse(example, None)
    default = Configuration()
    differing = {"support_tables", "ignored_locks", "groups"}
    for name in Configuration.__dataclass_fields__:
        if name not in differing:
            assert getattr(shown, name) == getattr(default, name), name
    keys = {name.replace("_", "-") for name in Configuration.__dataclass_fields__}
    missing = [key for key in keys - {"locks", "main-resolve"} if key not in example]
    assert not missing


def test_exit_codes() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d) \|", README.read_text(), re.M)}
    known = {value for name, value in vars(exit_codes).items() if name.isupper()}
    assert told == known | {2}
