"""Drafts of stanzas from what a project already tests itself with.

In: a file that another tool is configured with. Out: drafts of suites, and what they leave out.
It may import `tools` and `stanza`.
"""
