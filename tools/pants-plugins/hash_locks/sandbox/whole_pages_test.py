from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Iterator

import pytest  # type: ignore[import-not-found]  # pants: no-infer-dep
from pip._internal.exceptions import NetworkConnectionError

from hash_locks.sandbox import whole_pages
from hash_locks.sandbox.testing.compiling import NO_PAGES, add_wheel, compiled, served


def test_an_index_that_fails_is_no_index_without_releases(tmp_path: Path) -> None:
    app = add_wheel(tmp_path, "app", "1.0")
    pinned = f"app==1.0 \\\n    {app}\n    # via -r a.in\n"
    (tmp_path / "a.lock").write_text(pinned)
    with served(tmp_path) as index:
        broken = compiled(tmp_path, index, "app\nbroken\n")
    gone = compiled(tmp_path, index, "app\n")
    for done in (broken, gone):
        assert done.returncode == 1
        assert "The index cannot be reached:\n  Could not fetch URL" in done.stderr
        assert "secret" not in done.stderr
        assert "Traceback" not in done.stderr
    assert (tmp_path / "a.lock").read_text() == pinned


@pytest.mark.parametrize("project", NO_PAGES)  # type: ignore[untyped-decorator]
def test_what_is_no_page_is_no_page_without_releases(tmp_path: Path, project: str) -> None:
    with served(tmp_path) as index:
        done = compiled(tmp_path, index, f"{project}\n")
    assert done.returncode == 1
    assert "\nThe index cannot be reached:\n  " in done.stderr, done.stderr
    assert f"/{project}" in done.stderr and "secret" not in done.stderr
    assert "Traceback" not in done.stderr


class EndlessAnswer:
    """An answer of an index that goes on and on."""

    closed = False

    def iter_content(self, size: int) -> Iterator[bytes]:
        while not self.closed:
            yield b" " * size

    def close(self) -> None:
        self.closed = True


def test_a_page_without_end_is_read_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_pages, "MAX_PAGE", 5_000_000)
    answer = EndlessAnswer()
    session = whole_pages._Bounded(SimpleNamespace(get=lambda url, stream: answer))
    with pytest.raises(NetworkConnectionError, match="more than 5,000,000 bytes"):
        session.get("http://index.example/simple/lib/")
    assert answer.closed
