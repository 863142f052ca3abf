"""Drafts of stanzas from what a project already tests itself with.

In: the environments of another tool, as its reader tells them. Out: drafts, and what they leave out.
It may import `stanza`.
"""
