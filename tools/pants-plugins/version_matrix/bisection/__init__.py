"""From a cell that fails and one that passes to the release, or the pins, that make the difference.

In: two environments, the snapshot, and what a probe did. Out: the next probe, and in the end a finding.
It may import `stanza`, `tools`, `disk`, `programs`, `generate` and `cells`.
"""
