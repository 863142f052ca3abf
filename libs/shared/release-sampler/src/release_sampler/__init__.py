"""Which releases of a package deserve a test, and why."""

from release_sampler.errors import SamplerError
from release_sampler.model import Policy, Release, Sample, Sampling, Snapshot, Suite, Tier
from release_sampler.sampling import sample
from release_sampler.snapshot import make_snapshot, read_snapshot, write_snapshot

__all__ = [
    "Policy",
    "Release",
    "Sample",
    "SamplerError",
    "Sampling",
    "Snapshot",
    "Suite",
    "Tier",
    "make_snapshot",
    "read_snapshot",
    "sample",
    "write_snapshot",
]
