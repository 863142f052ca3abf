"""What people have written down: a stanza and the policy; and what was generated from them.

In: BUILD files, options, the text of generated files. Out: suites, and the targets of their cells.
It imports no other room but `engine` and the field of `programs`.
"""
