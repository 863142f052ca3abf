"""Jobs for CI: which tests each runs, so that all take about as long.

In: tests, what their last results took, how many jobs there may be. Out: jobs, as JSON.
It may import `stanza`.
"""
