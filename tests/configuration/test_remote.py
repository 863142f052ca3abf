"""The keys that pants.remote.toml proposes exist in this Pants, each with a value of its type."""

from __future__ import annotations

import re
from pathlib import Path

from pants.engine.fs import FileContent
from pants.option.config import Config
from pants.option.global_options import BootstrapOptions, GlobalOptions


def test_every_proposed_key_is_real() -> None:
    text = Path("pants.remote.toml").read_text()
    proposed = re.sub(r"^# (?=\w+ = )", "", text, flags=re.MULTILINE)
    loaded = Config.load([FileContent("pants.remote.toml", proposed.encode())], env={})
    values = loaded.values[0].section_to_values["GLOBAL"]
    assert len(values) >= 8
    for key in values:
        assert hasattr(BootstrapOptions, key) or hasattr(GlobalOptions, key), key


def test_nothing_is_switched_on() -> None:
    text = Path("pants.remote.toml").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines == ["[GLOBAL]"]
