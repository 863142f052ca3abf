"""Which releases an environment's specifier stands for, among those of its neighbours.

An environment takes the newest release that its specifier admits, so the specifier's upper end says
which one that is; between two environments the older one speaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, total_ordering
from typing import Iterable, Optional, Tuple

from packaging.specifiers import Specifier
from packaging.version import Version


@total_ordering
@dataclass(frozen=True, eq=False)
class Edge:
    """A place between two releases: before `version`, or right after it. 1.0 is where 1 is."""

    version: str
    after: bool = False

    @property
    def below(self) -> str:
        """The specifier of what comes before."""
        return f"{'<=' if self.after else '<'}{self.version}"

    @property
    def above(self) -> str:
        """The specifier of what comes behind."""
        return f"{'>' if self.after else '>='}{self.version}"

    @property
    def _place(self) -> Tuple[Version, bool]:
        return Version(self.version), self.after

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Edge) and self._place == other._place

    def __hash__(self) -> int:
        return hash(self._place)

    def __lt__(self, other: "Edge") -> bool:
        return self._place < other._place


@dataclass(frozen=True)
class Span:
    """From where to where a specifier admits releases; None is no end."""

    low: Optional[Edge]
    high: Optional[Edge]


@lru_cache(maxsize=None)
def span_of(specifier: str) -> Span:
    """The span of a PEP 440 specifier; what it excludes in between (`!=`) does not count."""
    lows, highs = [], []
    for clause in filter(None, specifier.split(",")):
        low, high = _ends(Specifier(clause.strip()))
        lows.extend([low] if low else [])
        highs.extend([high] if high else [])
    return Span(max(lows, default=None), min(highs, default=None))


def _ends(clause: Specifier) -> Tuple[Optional[Edge], Optional[Edge]]:
    operator, text = clause.operator, clause.version
    if operator == "==" and text.endswith(".*"):
        prefix = Version(text[:-2])
        return Edge(str(prefix)), Edge(_next(prefix.release))
    if operator in ("==", "==="):
        return Edge(text), Edge(text, after=True)
    version = Version(text)
    # Releases are matched by their base version, so that an alpha of 6.0 is where 6.0 is.
    base = text if version.is_postrelease else version.base_version
    if operator == "~=":
        return Edge(base), Edge(_next(version.release[:-1]))
    return {
        ">=": (Edge(base), None),
        ">": (Edge(text, after=True), None),
        "<": (None, Edge(base)),
        "<=": (None, Edge(text, after=True)),
    }.get(operator, (None, None))


def _next(release: Tuple[int, ...]) -> str:
    return ".".join(map(str, (*release[:-1], release[-1] + 1)))


@dataclass(frozen=True)
class Scale:
    """The releases that several specifiers stand for, oldest first.

    `points` are their upper ends, None for the newest release of all; `edges` lie between two points.
    """

    points: Tuple[Optional[Edge], ...]
    edges: Tuple[Edge, ...]
    floor: Optional[Edge]
    excluded: Tuple[str, ...] = ()

    def at(self, specifier: str) -> int:
        """Which point a specifier stands for."""
        return self.points.index(span_of(specifier).high)

    @property
    def ceiling(self) -> Optional[Edge]:
        """What no specifier admits; None if one of them admits the newest."""
        return self.points[-1]

    @property
    def limits(self) -> str:
        """The specifier of all releases from the floor to the ceiling."""
        ends = [self.floor.above] if self.floor else []
        ends += [self.ceiling.below] if self.ceiling else []
        return ",".join([*ends, *self.excluded])

    def between(self, first: Optional[int], last: Optional[int]) -> str:
        """The specifier of some points; None is no end."""
        ends = [self.edges[first - 1].above] if first else []
        bounded = last is not None and last < len(self.edges)
        return ",".join(
            [*ends, *([self.edges[last].below] if bounded and last is not None else [])]
        )


def scale_of(specifiers: Iterable[str]) -> Scale:
    """The scale on which each of the specifiers has its point."""
    lows: dict[Optional[Edge], list[Optional[Edge]]] = {}
    excluded: dict[str, None] = {}
    for specifier in specifiers:
        clauses = (clause.strip() for clause in specifier.split(","))
        excluded.update((clause, None) for clause in clauses if clause.startswith("!="))
        span = span_of(specifier)
        lows.setdefault(span.high, []).append(span.low)
    bounded = sorted(high for high in lows if high is not None)
    points: Tuple[Optional[Edge], ...] = (*bounded, *([None] if None in lows else []))
    edges = []
    for high, following in zip(bounded, points[1:]):
        low = _lowest(lows[following])
        edges.append(low if low is not None and low > high else high)
    return Scale(points, tuple(edges), _lowest(lows[points[0]]), tuple(sorted(excluded)))


def _lowest(lows: Iterable[Optional[Edge]]) -> Optional[Edge]:
    known = list(lows)
    return None if None in known else min(edge for edge in known if edge is not None)
