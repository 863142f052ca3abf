"""Which releases of a package deserve a test, and why.

>>> from datetime import datetime, timezone
>>> releases = (Release(f"1.{minor}", files=("wheel",)) for minor in range(9))
>>> sampling = sample(
...     Suite("thing>=1.0"),
...     Policy(target_pythons=("3.11", "3.12"), samples=3),
...     make_snapshot("thing", releases),
...     previous_samples=(),
...     as_of=datetime(2026, 11, 21, tzinfo=timezone.utc),
... )
>>> for chosen in sampling.samples:
...     print(chosen.version, chosen.tier.value, *chosen.pythons)
1.0 lowest 3.11 3.12
1.4 between 3.11 3.12
1.8 latest 3.11 3.12
>>> sampling.verdicts["1.3"]
'not needed (gap of 4 series)'
"""

from release_sampler.answers.news import ended_pythons, new_pythons, old_limits, spokesman
from release_sampler.basis.errors import NoReleases, SamplerError
from release_sampler.basis.model import (
    Breadth,
    Combination,
    Combine,
    FileGroup,
    Impossible,
    Policy,
    Previous,
    Refusal,
    Release,
    Sample,
    Sampling,
    Snapshot,
    Status,
    Suite,
    Tier,
    make_snapshot,
)
from release_sampler.choice.combination import sample_suite
from release_sampler.choice.sampling import sample
from release_sampler.documents.snapshot import read_snapshot, write_snapshot
from release_sampler.version import __version__

__all__ = [
    "Breadth",
    "Combination",
    "Combine",
    "FileGroup",
    "NoReleases",
    "Impossible",
    "Policy",
    "Previous",
    "Refusal",
    "Release",
    "Sample",
    "SamplerError",
    "Sampling",
    "Snapshot",
    "Status",
    "Suite",
    "Tier",
    "__version__",
    "ended_pythons",
    "make_snapshot",
    "new_pythons",
    "old_limits",
    "read_snapshot",
    "sample",
    "sample_suite",
    "spokesman",
    "write_snapshot",
]
