"""A sampling for people."""

from __future__ import annotations

from release_sampler.basis.model import Sample, Sampling, Suite
from release_sampler.basis.times import format_time


def format_sampling(suite: Suite, sampling: Sampling, explain: bool = False) -> str:
    """The samples as a table; with `explain` the verdict on every release and, for samples, every Python."""
    rows: list[tuple[str, str, str, str]] = []
    chosen = {sample.version: sample for sample in sampling.samples}
    for version, verdict in sampling.verdicts.items():
        sample = chosen.get(version)
        if sample is not None:
            day = format_time(sample.uploaded)[:10] if sample.uploaded else "?"
            rows.append((version, verdict, day, _pythons(sample)))
            told = sampling.python_verdicts.get(version, {}) if explain else {}
            rows += [("", "", "", f"{minor}: {why}") for minor, why in told.items()]
        elif explain:
            rows.append((version, verdict, "", ""))
    lines = [f"{suite.package}: {len(chosen)} of {len(sampling.verdicts)} releases"]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        lines.append(f"  {'  '.join((*cells, row[3]))}".rstrip())
    lines += [f"  Python {minor}: {why}" for minor, why in sampling.uncovered.items()]
    lines += [
        f"  {sample.version} has no file for {platform} on {', '.join(minors)}"
        for sample in sampling.samples
        for platform, minors in sample.not_on
    ]
    lines += [f"  {note}" for note in sampling.notes]
    return "\n".join(lines)


def _pythons(sample: Sample) -> str:
    return ", ".join(
        f"{minor} (trial)" if minor in sample.trials else minor for minor in sample.pythons
    )
