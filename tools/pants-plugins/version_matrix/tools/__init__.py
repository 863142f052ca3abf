"""The tools behind the plugin: uv, and the libraries of ours that run in processes of their own.

In: what a tool is to do. Out: the process that does it, and why a tool cannot be had.
It may import `stanza`.
"""
