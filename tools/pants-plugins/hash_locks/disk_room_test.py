from __future__ import annotations

from pathlib import Path

from hash_locks.disk_room import FREE, no_room


def test_a_disk_that_is_as_good_as_full_is_named(tmp_path: Path) -> None:
    told = no_room("somewhere", lambda folder: FREE - 1)
    assert told is not None and told.startswith(
        "No space left on the disk of somewhere: 31,999,999"
    )
    assert no_room("somewhere", lambda folder: FREE) is None
    assert no_room(str(tmp_path)) is None
