"""In: a suite, a policy, a snapshot, what was chosen the last time. Out: samples, and a verdict on the rest.

May import: `basis`. Pure: no network, no clock, no files.
"""
