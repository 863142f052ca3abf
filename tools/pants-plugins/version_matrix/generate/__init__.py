"""From a suite and the index to its generated files: sampled, locked, compared, told.

In: a suite, its closure, what its folder holds. Out: what its folder must hold, and why.
It may import `stanza`, `tools`, `disk` and `progress`.
"""
