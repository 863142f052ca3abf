"""What is said of how far a run is, and when. Pure: the time is given."""

from __future__ import annotations

from pants.util.strutil import pluralize

from version_matrix.progress.requests import Step


class Tally:
    """Counts the steps of a run, and tells where it is whenever it has been silent for long enough."""

    def __init__(self, every: float, now: float) -> None:
        """`every` is how many seconds it may be silent; `now` the time at which the run begins."""
        self._every = every
        self._begun = self._told_at = now
        self._told = ""
        # Kind -> how many are ahead, and how many are done. In the order in which they came up.
        self._counts: dict[str, tuple[int, int]] = {}

    def add(self, step: Step) -> None:
        """Counts a step."""
        ahead, done = self._counts.get(step.kind, (0, 0))
        self._counts[step.kind] = (ahead + step.ahead, done + step.done)

    def line(self, now: float) -> str | None:
        """What to say now; nothing where all that was ahead is done, or it was said lately."""
        if all(done >= ahead for ahead, done in self._counts.values()):
            return None
        if now - self._told_at < self._every:
            return None
        counts = ", ".join(
            f"{done} of {pluralize(ahead, kind)}" for kind, (ahead, done) in self._counts.items()
        )
        still = "still " if counts == self._told else ""
        self._told, self._told_at = counts, now
        return f"{_duration(now - self._begun)}: {still}{counts}"


def _duration(seconds: float) -> str:
    """`40s`, `12m30s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"
