"""Answers that are functions of what is stored: made once for a state of the database, then kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Optional, Tuple


@dataclass(frozen=True)
class Content:
    """The body of an answer and its media type."""

    body: bytes
    media_type: str


class PageCache:
    """The latest answers, up to a number of bytes. Safe to use from several threads.

    Beside a key they have the state of the database, which is asked anew for each request: nothing
    kept is ever out of date, whichever process stored what.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held: OrderedDict[Tuple[str, Hashable], Content] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, state: str, key: Hashable) -> Optional[Content]:
        """What was kept for a key in a state, if it still is."""
        with self._lock:
            found = self._held.get((state, key))
            if found is not None:
                self._held.move_to_end((state, key))
            return found

    def keep(self, state: str, key: Hashable, content: Content) -> None:
        """Keeps an answer; those unused the longest make room."""
        with self._lock:
            old = self._held.pop((state, key), None)
            self._bytes += len(content.body) - (len(old.body) if old else 0)
            self._held[state, key] = content
            while self._bytes > self._max_bytes:
                _, dropped = self._held.popitem(last=False)
                self._bytes -= len(dropped.body)
