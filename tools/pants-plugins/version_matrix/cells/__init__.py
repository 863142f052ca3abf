"""From a cell to its result: its Python, its environment, its pytest process.

In: the target of a cell. Out: the result of its test.
It may import `stanza`, `tools`, `disk`, `programs`, `not_run` and `progress`.
"""
