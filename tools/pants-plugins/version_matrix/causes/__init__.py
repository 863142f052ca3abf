"""Equal failures of many cells, told once at the end of a run with what those cells have in common.

In: how each cell ended. Out: what is shown of it at once, and log lines at the end.
It may import `stanza` and `tools`.
"""
