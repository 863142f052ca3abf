"""Which lines tests have reached, those of this run and those of earlier ones that still hold.

In: what tests reached and what they rest on, then and now. Out: lines without a test, and a verdict.
It may import `stanza` and `tools`.
"""
