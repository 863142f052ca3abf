"""The matrix and its results, as people and programs want to see them.

In: suites and the text of their generated files. Out: tables, JSON, and what matrix-results is told.
It may import `stanza`, `tools` and `disk`.
"""
