"""What to look at beside a sampling: where a suite or the index says what one may not expect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from packaging.version import Version

from release_sampler.basis.model import ACTIVE, Policy, Sample, Snapshot, Suite, Tier
from release_sampler.basis.specifiers import parse_specifiers

_MINOR = re.compile(r"\d+\.\d+", re.ASCII)


def notes_on(
    suite: Suite, policy: Policy, snapshot: Snapshot, samples: Sequence[Sample]
) -> tuple[str, ...]:
    """A line for each thing to look at."""
    notes = (
        _on_status(snapshot),
        *_on_python(suite),
        _on_few_samples(suite, policy, samples),
    )
    return tuple(note for note in notes if note)


def _on_status(snapshot: Snapshot) -> str | None:
    """What the index says of the project as a whole, PEP 792."""
    if snapshot.status == ACTIVE:
        return None
    meaning = {"archived": "; no more releases are to be expected"}.get(snapshot.status.name, "")
    return f"the index says that {snapshot.package} is {snapshot.status}{meaning}"


def _on_python(suite: Suite) -> Iterator[str]:
    """Limits on Python that PEP 440 reads otherwise than people do: a minor is its first patch."""
    for versions, admitted in suite.python.items():
        where = "python" if versions.strip() == "*" else f"python[{versions!r}]"
        for specifier in parse_specifiers(admitted):
            if _MINOR.fullmatch(specifier.version):
                meaning = _meaning(specifier.operator, specifier.version)
                if meaning:
                    yield f"{where}: by PEP 440 {specifier} {meaning}"


def _meaning(operator: str, minor: str) -> str | None:
    major, number = Version(minor).release
    following = f"{major}.{number + 1}"
    return {
        ">": f"admits {minor}.1 and later; write >={following} to leave {minor} out",
        "<=": f"admits {minor}.0 alone of {minor}; write <{following} for all of it",
        "==": f"admits {minor}.0 alone; write =={minor}.* for all of {minor}",
        "!=": f"leaves out {minor}.0 alone; write !={minor}.* for all of {minor}",
    }.get(operator)


def _on_few_samples(suite: Suite, policy: Policy, samples: Iterable[Sample]) -> str | None:
    """More is kept than was asked for."""
    wanted = suite.samples or policy.samples
    stable = [sample for sample in samples if sample.tier is not Tier.PRERELEASE]
    if len(stable) <= wanted:
        return None
    kept = ", ".join(f"{sample.version} {sample.tier.value}" for sample in stable)
    fewer = ""
    majors = suite.max_majors or policy.max_majors
    if any(sample.tier is Tier.MAJOR for sample in stable) and majors > 1:
        fewer = f"; a lower max_majors (now {majors}) keeps fewer"
    return f"samples={wanted}, but {len(stable)} are kept in any case: {kept}{fewer}"
