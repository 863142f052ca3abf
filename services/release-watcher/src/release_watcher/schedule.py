"""When to try again: pure functions of what happened and of a number that chance has drawn."""

from __future__ import annotations

#: Seconds: an index that asks for more is asked once a day.
_LONGEST_WISH = 86_400.0


def jittered(seconds: float, jitter: float, drawn: float) -> float:
    """A pause of about so many seconds, so that packages do not all come at once.

    jitter: the part that is left to chance. drawn: from 0 up to 1; 0.5 changes nothing.
    """
    return seconds * (1 + jitter * (drawn - 0.5))


def backoff(failures: int, first: float, longest: float) -> float:
    """Seconds to wait after so many failures in a row (at least 1): doubled each time."""
    # Beyond 2**60 the result is the longest in any case, and floats would overflow.
    return min(longest, first * 2.0 ** min(failures - 1, 60))


def until_next_poll(
    failures: int,
    *,
    interval: float,
    retry: float,
    longest: float,
    jitter: float,
    drawn: float,
    retry_after: float | None = None,
) -> float:
    """Seconds to the next poll of a package that has failed so often in a row (0: it succeeded).

    retry_after: what the index asked for, which is not undercut, up to a day.
    """
    pause = interval if failures == 0 else backoff(failures, retry, longest)
    return max(jittered(pause, jitter, drawn), min(retry_after or 0.0, _LONGEST_WISH))


def longest_pause(interval: float, longest: float, jitter: float) -> float:
    """The most that `until_next_poll` can return, whatever has happened."""
    return max(jittered(max(interval, longest), jitter, 1), _LONGEST_WISH)
